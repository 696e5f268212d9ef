/* What portmap says in the log after a good pass: what changed, and what it repaired. */
#ifndef PORTMAP_REPORT_H
#define PORTMAP_REPORT_H

#include <stddef.h>

#include "portmap/assign.h"
#include "portmap/committed.h"
#include "portmap/kernel.h"

/* When the log last told of a repair, in ev time; 0: never. The same is told once a minute at most:
 * somebody may break it again and again. */
struct report {
    double table;
    double rule;
};

/* Somebody else had changed our table, or deleted elements of it, before the kernel was looked at
 * for 'view'; if so, it is repaired now. 'c' is what was committed before. */
void report_table(struct report *r, double now, const struct committed *c,
                  const struct kernel_view *view);

/* Our rule in DOCKER-USER had to be written again. */
void report_rule(struct report *r, double now);

/* The mappings that others see come and go: the difference of 'plan' to what was committed before,
 * or, with 'c' NULL at the first pass, to what was in the kernel. A mapping that was lost and
 * restored is none of them. */
void report_changes(const struct committed *c, const struct kernel_view *view,
                    const struct assignment *plan);

/* Old connections were made to end. */
void report_flush(size_t n);

#endif

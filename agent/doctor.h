/* `berth doctor`: runs every check over a host, and prints what they found. Pure. */
#ifndef AGENT_DOCTOR_H
#define AGENT_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/finding.h"
#include "agent/host.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

/* What --fix has done. */
struct doctor_fixes {
    struct strv done;   /* "net.ipv4.ip_forward = 1 (it was 0)" */
    struct strv failed; /* the same, with why not */
};

/* Fills 'ret' (empty) with what every check finds, in the order of the manual page. */
void doctor_examine(const struct host *h, struct findings *ret);

/* Appends the findings as text for people; 'fixes' may be NULL. 'colour' is for terminals. Bytes
 * that no terminal should see are escaped. */
void doctor_print(const struct findings *l, const struct doctor_fixes *fixes, bool colour,
                  struct sbuf *out);

/* The same for machines. The caller drops it. */
json_t *doctor_json(const struct findings *l, const struct doctor_fixes *fixes);

/* The exit status: 0 all is well, 1 warnings or what could not be found out, 2 failures. */
int doctor_status(const struct findings *l);

void doctor_fixes_done(struct doctor_fixes *f);

#endif

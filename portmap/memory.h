/* What portmap knows of ports beyond the mappings there are: which rest, and who had them last.
 *
 * The kernel keeps the first and a file the second, for an agent that is started anew. */
#ifndef PORTMAP_MEMORY_H
#define PORTMAP_MEMORY_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/problem.h"
#include "portmap/assign.h"
#include "portmap/element.h"
#include "portmap/quarantine.h"
#include "portmap/sticky.h"

struct memory {
    struct quarantine quarantine;
    bool recalled;        /* what the kernel had at first has been taken in */
    struct sticky sticky; /* as the file has it, once that is written */
    bool dirty;           /* it has yet to be written */
    char *file;           /* NULL: none; owned */
    struct err *failed;   /* why the file could not be written last time, or NULL */
    struct ev_loop *loop;
    void (*on_failed)(void *arg);
    void *arg;
    ev_timer write; /* writes what has become dirty, at once for all of a burst */
};

/* Reads 'file', which may be NULL and is copied. A file that cannot be read is logged. 'on_failed'
 * is called when it begins to be one that cannot be written. */
void memory_init(struct memory *m, struct ev_loop *loop, const char *file,
                 void (*on_failed)(void *arg), void *arg);

/* Writes what has yet to be written. */
void memory_done(struct memory *m);

/* Takes in, once, what an agent before us left to rest, as the kernel has it; drops what has
 * rested. */
void memory_recall(struct memory *m, const struct elements *resting, double now);

/* Those of the 'n' leases, sorted by key, that 'plan' gives up rest until 'ends'; ports outside of
 * 'pool' need not. What 'plan' uses does not rest. */
void memory_let_rest(struct memory *m, const struct mapping *leases, size_t n,
                     const struct assignment *plan, const struct portset *pool, double ends);

/* Remembers the ports of the claims that 'plan' serves, but for those of the 'n' mappings 'noted',
 * sorted by key, which have been remembered under the names that they have now. The file is written
 * a moment later: a disk that syncs must not keep a container waiting. Where it cannot be written,
 * which becomes a problem, the ports are remembered as long as the agent runs. */
void memory_note(struct memory *m, const struct claims *claims, const struct assignment *plan,
                 const struct mapping *noted, size_t n, struct problems *problems);

#endif

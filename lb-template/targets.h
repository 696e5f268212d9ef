/* All HAProxys of this host that are kept in step: one of ours, or those of [lb] sockets. */
#ifndef LB_TEMPLATE_TARGETS_H
#define LB_TEMPLATE_TARGETS_H

#include "lb-template/reload.h"
#include "lb-template/target.h"
#include "lib/strv.h"

struct targets {
    struct target **v;
    struct reload_worker *workers; /* who answered at each, as of the last look */
    size_t n;                      /* at least one */

    size_t waiting; /* of them, who have not answered yet */
    void (*on_done)(void *arg);
    void *arg;
};

/* One for each of 'paths'. */
void targets_init(struct targets *l, struct ev_loop *loop, const struct strv *paths,
                  struct lb_counters *counters);
void targets_done(struct targets *l);

/* As target_look() and target_apply() of each, side by side. */
void targets_look(struct targets *l, enum target_depth depth, const struct target_wish *wish,
                  void (*on_done)(void *arg), void *arg);
void targets_apply(struct targets *l, const struct model *loaded, void (*on_done)(void *arg),
                   void *arg);

/* One that answers, the first otherwise. */
struct target *targets_first(const struct targets *l);

bool targets_any_runs(const struct targets *l);
bool targets_all_run(const struct targets *l);

/* Is everything known of all that there are, so that a look at changes is enough? */
bool targets_are_known(const struct targets *l);

/* Do all that run have this structure? */
bool targets_have(const struct targets *l, uint64_t structure);

/* As target_is_odd() of any, target_next() of the earliest, target_err() of the first. */
bool targets_are_odd(const struct targets *l);
double targets_next(const struct targets *l);
const struct err *targets_err(const struct targets *l);

/* A number that is another one when other workers answer; 0: none does. */
uint64_t targets_workers_id(const struct targets *l);

#endif

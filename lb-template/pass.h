/* One pass: work out what HAProxy should run, look at what it runs, bring it there.
 *
 *     make      the renderer's text as values
 *     look      which worker answers; what it has where something should change
 *     load      where the structure differs: check, swap, start or reload, look again
 *     apply     where only servers or maps differ: the files, then runtime commands
 *
 * What it knows from earlier passes is only believed of the worker that it was learnt of, and all
 * of it is read again every 'resync' seconds, after an odd answer, and after a reload. */
#ifndef LB_TEMPLATE_PASS_H
#define LB_TEMPLATE_PASS_H

#include <ev.h>
#include <sys/types.h>

#include "lb-template/lb.h"
#include "lb-template/rendering.h"
#include "lb-template/settings.h"
#include "lb-template/targets.h"

struct pass;

/* 'settings' and 'renderer' are borrowed. Makes the directory. */
struct pass *pass_new(struct ev_loop *loop, const struct settings *settings,
                      struct renderer *renderer, struct err **err);

/* Forgets what is under way; HAProxy is left as it is. */
void pass_free(struct pass *p);

/* Runs one pass; then 'on_done' is called with an error that it owns, or NULL. What was odd is
 * added to 'problems'. Nothing is done while the renderer has nothing to render. */
void pass_run(struct pass *p, struct problems *problems,
              void (*on_done)(void *arg, struct err *err), void *arg);

/* When a pass has something to do again though nothing changes; 0: never. */
double pass_next(const struct pass *p);

/* What was rendered last, NULL before the first time, and as values. */
const struct rendering *pass_rendering(const struct pass *p);
const struct model *pass_model(const struct pass *p);

/* The HAProxys. */
const struct targets *pass_targets(const struct pass *p);

/* Is the port one that the running HAProxy holds, as far as it is known? */
bool pass_holds_port(const struct pass *p, unsigned port);

/* How many owners are left out because HAProxy refuses what they bring. */
size_t pass_banned(const struct pass *p);

const struct lb_counters *pass_counters(const struct pass *p);

#endif

/* One pass: look at HAProxy, work out what it should run, bring it there.
 *
 *     observe   show info, show servers state, show map
 *     wanted    the renderer's text, parsed
 *     load      where the structure differs: check, swap, start or reload, observe again
 *     apply     where only servers or the map differ: runtime commands; then the files
 *     leave     servers that are not wanted any more: finish, then delete
 *
 * Nothing is assumed from an earlier pass but what only time can tell: lingering services, leaving
 * servers, the last reload, the last refusal. */
#ifndef LB_TEMPLATE_PASS_H
#define LB_TEMPLATE_PASS_H

#include <ev.h>
#include <sys/types.h>

#include "lb-template/lb.h"
#include "lb-template/rendering.h"
#include "lb-template/runtime.h"
#include "lb-template/settings.h"

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

/* Has a pass rendered something? */
bool pass_has_looked(const struct pass *p);

/* When a pass has something to do again though nothing changes; 0: never. */
double pass_next(const struct pass *p);

/* The worker that answered last; 0: none. */
pid_t pass_worker(const struct pass *p);

/* What was rendered last, and what HAProxy had last. */
const struct routes *pass_routes(const struct pass *p);
const struct runtime_servers *pass_servers(const struct pass *p);
const char *pass_stats_path(const struct pass *p);

/* Takes a newer answer to `show servers state`; not while a pass is running. */
void pass_read_servers(struct pass *p, const char *answer);

const struct lb_counters *pass_counters(const struct pass *p);

#endif

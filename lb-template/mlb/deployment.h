/* Two apps of one HAPROXY_DEPLOYMENT_GROUP: one is on its way in, the other one on its way out.
 *
 * Both serve under the older one's definition; as many of its tasks drain as new ones are healthy,
 * so far as the target is not undercut. As marathon-lb has it for zdd.py. Pure. */
#ifndef LB_TEMPLATE_MLB_DEPLOYMENT_H
#define LB_TEMPLATE_MLB_DEPLOYMENT_H

#include <stddef.h>

#include "lib/marathon_app.h"

/* The id under which 'app' is served: its group's ("/" in front), or its own. The caller frees it.
 */
char *mlb_deployment_id(const struct marathon_app *app);

/* Is 'a' the older one, whose definition counts? By HAPROXY_DEPLOYMENT_STARTED_AT; one without it
 * is older than any. 'a' is listed before 'b'. */
bool mlb_deployment_is_older(const struct marathon_app *a, const struct marathon_app *b);

/* How many tasks of 'old', from its first one, drain in favour of 'new'. */
size_t mlb_deployment_draining(const struct marathon_app *old, const struct marathon_app *new);

#endif

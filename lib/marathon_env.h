/* What Marathon and a Mesos agent tell a container of the task that it is. Pure.
 *
 * Enough to run with Marathon away: the app's id and its labels are in the environment. */
#ifndef LIB_MARATHON_ENV_H
#define LIB_MARATHON_ENV_H

#include <stdbool.h>

#include "lib/kv.h"

/* How a service is called after its app, "/shop/greet":
 *     last      greet
 *     path      shop-greet
 *     reversed  greet-shop
 *     image     after its image, as any other container */
#define MARATHON_SCHEMES "last, path, reversed or image"
bool marathon_scheme_ok(const char *scheme);

/* The name of app 'id' by 'scheme', or NULL for "image"; the caller frees it. */
char *marathon_service_name(const char *id, const char *scheme);

/* Adds to 'env' what the app's labels say of services: MARATHON_APP_LABEL_SERVICE_NAME=x becomes
 * SERVICE_NAME=x, and HAPROXY_* likewise, where 'env' does not say it itself. */
void marathon_env_expand(struct kvs *env);

/* Sets 'ret', which is empty, to 'labels' and what the app's own labels 'app' say of services
 * besides: SERVICE_*, HAPROXY_* and berth.* as they are spelled in Marathon, of any length. What
 * 'labels' or 'env' say counts more. Returns false, and leaves 'ret' alone, where they add nothing.
 */
bool marathon_env_join(const struct kvs *labels, const struct kvs *env, const struct kvs *app,
                       struct kvs *ret);

/* The id and version of the app, and of the task, which may be one of another framework; NULL:
 * none. Borrowed from 'env' or 'labels'. */
const char *marathon_env_app(const struct kvs *env);
const char *marathon_env_version(const struct kvs *env);
const char *marathon_env_task(const struct kvs *labels, const struct kvs *env);

#endif

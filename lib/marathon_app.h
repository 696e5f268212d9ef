/* Marathon's apps and their tasks, as values: what GET /v2/apps?embed=apps.tasks answers. Pure.
 *
 * Read by the node (service ports, labels), by the load balancer (apps as a source of servers, and
 * marathon-lb's labels) and by `berth deploy`. Marathon says the same in two forms, before and
 * after 1.5; both end in the same value. Foreign bytes: an app or a task that does not fit is left
 * out with a problem, and the others stay. Label values may hold anything but a NUL, line ends and
 * quotes included: whoever writes one somewhere looks after that. */
#ifndef LIB_MARATHON_APP_H
#define LIB_MARATHON_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/kv.h"
#include "lib/marathon_check.h"
#include "lib/marathon_port.h"
#include "lib/marathon_task.h"
#include "lib/problem.h"
#include "lib/strv.h"

#define MARATHON_APPS_MAX 65536
#define MARATHON_DEPLOYMENTS_MAX 64 /* of one app that are kept */

struct marathon_app {
    char *id;           /* "/shop/greet" */
    char *version;      /* of its definition: a time as text; "": not said */
    struct kvs labels;  /* sorted by key */
    struct kvs env;     /* sorted by key; secrets left out */
    unsigned instances; /* wanted */
    enum marathon_network network;
    struct strv networks; /* names, of MARATHON_CONTAINER */
    struct marathon_ports ports;
    struct marathon_checks checks;
    struct marathon_tasks tasks; /* sorted by id; also those that have ended or not begun */
    struct strv deployments;     /* ids of those that are changing it now */
    unsigned readiness_checks;   /* how many it has */
    double min_health;           /* upgradeStrategy.minimumHealthCapacity, 0..1 */
    double max_over;             /* upgradeStrategy.maximumOverCapacity, 0..1 */
};

struct marathon_apps {
    struct marathon_app *v; /* sorted by id, each one once */
    size_t n;
    size_t cap;
};

/* Reads a list, {"apps": [...]}, into 'ret', which is empty. What is wrong with one app goes to
 * 'problems' (NULL: nowhere). Fails where the whole is none: HTML, half a document. */
int marathon_apps_parse(const char *text, size_t len, struct marathon_apps *ret,
                        struct problems *problems, struct err **err);

/* Reads one, {"app": {...}} or the bare object. */
int marathon_app_parse(const char *text, size_t len, struct marathon_app *ret,
                       struct problems *problems, struct err **err);

void marathon_app_done(struct marathon_app *a);
void marathon_apps_done(struct marathon_apps *l);

/* The app 'id', or NULL. */
struct marathon_app *marathon_apps_find(const struct marathon_apps *l, const char *id);

/* Puts 'app' in the place of the one with its id, or adds it; it is moved, and empty afterwards.
 * Returns whether anything has changed. */
bool marathon_apps_put(struct marathon_apps *l, struct marathon_app *app);

/* Removes the app 'id'. Returns whether it was there. */
bool marathon_apps_remove(struct marathon_apps *l, const char *id);

/* Same value throughout? */
bool marathon_app_equal(const struct marathon_app *a, const struct marathon_app *b);
bool marathon_apps_equal(const struct marathon_apps *a, const struct marathon_apps *b);

/* Port 'index' of 'task' on its host; 0: it has none. A task lists only ports that are mapped, so
 * its n-th is not always the app's n-th. */
uint16_t marathon_app_host_port(const struct marathon_app *a, const struct marathon_task *task,
                                size_t index);

/* Where others reach port 'index' of 'task': its own address and container port, or its host and
 * host port. The address is borrowed from 'task', and may be the name of a host. Returns false
 * where there is none (yet). */
bool marathon_app_reach(const struct marathon_app *a, const struct marathon_task *task,
                        size_t index, const char **ret_address, uint16_t *ret_port);

/* What Marathon's health checks say of 'task': each has a good result. Without checks, true. A
 * check that has no result counts as good only where 'lenient'. */
bool marathon_app_healthy(const struct marathon_app *a, const struct marathon_task *task,
                          bool lenient);

#endif

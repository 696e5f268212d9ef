/* A running copy of a Marathon app, as the app's document lists it. Pure. */
#ifndef LIB_MARATHON_TASK_H
#define LIB_MARATHON_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/strv.h"

#define MARATHON_TASKS_MAX 65536  /* of one app */
#define MARATHON_ADDRESSES_MAX 32 /* of one task */

enum marathon_state {
    MARATHON_UNKNOWN, /* what a later Marathon may say, too */
    MARATHON_STAGING,
    MARATHON_STARTING,
    MARATHON_RUNNING,
    MARATHON_KILLING,
    MARATHON_UNREACHABLE, /* its agent does not answer: the task may well be fine */
    MARATHON_LOST,        /* the same, before Mesos told them apart */
    MARATHON_ENDED,       /* finished, failed, killed, error, dropped, gone */
};

enum marathon_ready {
    MARATHON_READY_UNSAID, /* no result: the app has no readiness check, or is not being deployed */
    MARATHON_READY_NO,
    MARATHON_READY_YES,
};

struct marathon_task {
    char *id;
    char *host;    /* of its agent: a name or an address */
    char *version; /* of the app's definition that it runs; NULL: unknown */
    enum marathon_state state;
    double started_at;       /* seconds since 1970; 0: it has not started */
    uint16_t *ports;         /* host ports, those of mapped ports alone, in their order */
    size_t n_ports;          /* marathon_app_host_port() finds one's */
    uint16_t *service_ports; /* as the task repeats them */
    size_t n_service_ports;
    struct strv addresses; /* numeric; also a bridge's own, which nobody else can reach */
    unsigned checked;      /* results of health checks there are */
    unsigned alive;        /* ... of them good */
    enum marathon_ready ready;
};

struct marathon_tasks {
    struct marathon_task *v; /* sorted by id */
    size_t n;
    size_t cap;
};

/* Fills 'ret' from the object 'from'. On failure 'ret' is to be freed with marathon_task_done(). */
int marathon_task_read(const json_t *from, struct marathon_task *ret, struct err **err);

bool marathon_tasks_equal(const struct marathon_tasks *a, const struct marathon_tasks *b);
struct marathon_task *marathon_tasks_add(struct marathon_tasks *l);
void marathon_tasks_sort(struct marathon_tasks *l);

/* The task 'id' of a sorted list, or NULL. */
struct marathon_task *marathon_tasks_find(const struct marathon_tasks *l, const char *id);

void marathon_task_done(struct marathon_task *t);
void marathon_tasks_done(struct marathon_tasks *l);

/* Is it one to send traffic to? As marathon-lb has it: running, and also lost or unreachable, so
 * that an agent that is away for a moment does not empty a backend. */
bool marathon_state_serves(enum marathon_state state);

/* "running", "killing", ... */
const char *marathon_state_name(enum marathon_state state);

#endif

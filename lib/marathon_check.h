/* A health check that a Marathon app asks for. Pure. */
#ifndef LIB_MARATHON_CHECK_H
#define LIB_MARATHON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"

#define MARATHON_CHECKS_MAX 64 /* of one app */

enum marathon_check_kind {
    MARATHON_CHECK_HTTP,
    MARATHON_CHECK_HTTPS,
    MARATHON_CHECK_TCP,
    MARATHON_CHECK_COMMAND, /* nothing that a load balancer can repeat */
    MARATHON_CHECK_OTHER,   /* what a later Marathon may say */
};

struct marathon_check {
    enum marathon_check_kind kind;
    bool by_mesos;         /* MESOS_HTTP and so on: run beside the task, not by Marathon */
    bool indexed;          /* 'port_index' is said */
    unsigned port_index;   /* which of the app's ports; 0 unless 'indexed' */
    uint16_t port;         /* a number instead; 0: none */
    char *path;            /* of an HTTP check; NULL: none, which is "/" */
    unsigned grace;        /* seconds; Marathon's default where it is not said, as the rest */
    unsigned interval;     /* seconds */
    unsigned timeout;      /* seconds */
    unsigned max_failures; /* in a row, until the task is killed; 0: never */
};

struct marathon_checks {
    struct marathon_check *v;
    size_t n;
    size_t cap;
};

/* Fills 'ret', which is empty, with the "healthChecks" of 'app'. On failure it may hold some. */
int marathon_checks_read(const json_t *app, struct marathon_checks *ret, struct err **err);

bool marathon_checks_equal(const struct marathon_checks *a, const struct marathon_checks *b);
void marathon_checks_done(struct marathon_checks *l);

#endif

/* Servers on their way out of HAProxy: drained, left to finish, then deleted.
 *
 * Each has a time to look at it next. A server whose requests are over, or whose deadline has
 * passed, is put into maintenance and deleted; where HAProxy refuses, it is tried again later, less
 * and less often: in maintenance it harms nobody. Pure: time is an argument. */
#ifndef LB_TEMPLATE_LEAVERS_H
#define LB_TEMPLATE_LEAVERS_H

#include <stddef.h>

#include "lb-template/plan.h"
#include "lib/strv.h"

#define LEAVERS_DRAIN_MAX 60.0 /* seconds that a server may take to finish */

struct leaver {
    char *backend;
    char *server;
    uint32_t trace;  /* of the run behind it; 0: unknown */
    double deadline; /* of its requests */
    double look_at;  /* when to look next */
    double pause;    /* seconds from that look to the next */
};

struct leavers {
    struct leaver *v; /* sorted by backend and server */
    size_t n;
    size_t cap;
};

/* The leavers of 'plan' from now on: those known keep their times, others are forgotten. A plan for
 * the backends 'scope' alone leaves those of other backends as they are; NULL: it is for all. */
void leavers_update(struct leavers *l, const struct plan *plan, const struct backends *scope,
                    double now);

void leavers_done(struct leavers *l);

/* When the next one is due; 0: there is none. */
double leavers_next(const struct leavers *l);

/* Appends the commands that ask for the connections of those that are due: one for each of the
 * backends that are appended to 'ret_backends'. */
void leavers_ask(const struct leavers *l, double now, struct strv *ret_commands,
                 struct strv *ret_backends);

/* Reads the 'answers' to them, and appends LEAVERS_REMOVE_COMMANDS commands for each server that
 * can go now. The others will be looked at again later. */
void leavers_judge(struct leavers *l, double now, const struct strv *answers,
                   struct strv *ret_commands);

/* Forgets those that are no longer among HAProxy's 'servers'; calls 'on_gone' for each. */
void leavers_settle(struct leavers *l, const struct runtime_servers *servers,
                    void (*on_gone)(const struct leaver *v));

/* HAProxy 2.6 gives idle connections back to a server in maintenance while there is traffic: one
 * round through drain closes them. */
#define LEAVERS_REMOVE_COMMANDS 5

#endif

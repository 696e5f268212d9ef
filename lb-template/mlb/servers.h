/* The servers behind one service port: what an app's tasks come to, and marathon-lb's names, ids
 * and cookies for them. Pure. */
#ifndef LB_TEMPLATE_MLB_SERVERS_H
#define LB_TEMPLATE_MLB_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/mlb/service.h"
#include "lib/ipaddr.h"
#include "lib/marathon_app.h"
#include "lib/problem.h"
#include "lib/strv.h"

#define MLB_SERVER_ID_MAX 32766
#define MLB_COOKIE_LEN 10

struct mlb_server {
    char *name;                  /* in HAProxy: host_address_port */
    const char *host;            /* of its agent; borrowed from the task */
    char address[IPADDR_STRLEN]; /* as before a ":port" */
    uint16_t port;
    uint16_t check_port; /* the port that its health check is for; 0: none is said */
    unsigned id;
    char cookie[MLB_COOKIE_LEN + 1];
    bool draining;
};

/* Sorted by host and port. */
struct mlb_servers {
    struct mlb_server *v;
    size_t n, cap;
};

/* What tasks are taken, and where hosts with names are. */
struct mlb_taking {
    bool healthy_only;         /* --health-check */
    const struct strv *before; /* ids of tasks that were healthy when last looked at; sorted */
    struct strv *now;          /* the same, now; appended to, not sorted */
    bool (*resolve)(void *arg, const char *host, struct ipaddr *ret); /* of a name; NULL: none is
                                                                         known */
    void *arg;
};

/* Appends the servers of 'app' for service 's'. The first 'draining' tasks are on their way out. */
void mlb_servers_add(struct mlb_servers *l, const struct marathon_app *app,
                     const struct mlb_service *s, size_t draining, const struct mlb_taking *taking);

/* Sorts, drops doubles, and gives names, ids and cookies. */
void mlb_servers_finish(struct mlb_servers *l);

void mlb_servers_done(struct mlb_servers *l);

/* Is 'task' one to be served? Marathon's word about its health counts where 'taking' says so; where
 * there is none, the last one. */
bool mlb_takes_task(const struct marathon_app *app, const struct marathon_task *task,
                    const struct mlb_taking *taking);

#endif

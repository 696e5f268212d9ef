/* What is rendered and left out as a whole: an app, or the two apps of a deployment group.
 *
 * A unit is read when one of its apps is another one, and keeps its text otherwise. Between reading
 * and rendering, claim.h gives its ports what they may have. Pure. */
#ifndef LB_TEMPLATE_MLB_UNIT_H
#define LB_TEMPLATE_MLB_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/mlb/options.h"
#include "lb-template/mlb/servers.h"
#include "lb-template/mlb/service.h"
#include "lb-template/mlb/vhost.h"
#include "lib/marathon_app.h"
#include "lib/problem.h"
#include "lib/strv.h"

/* A service port that is to be served. */
struct mlb_port {
    struct mlb_service service;
    uint16_t said;           /* the port that the app or a label says; 0: one is made up */
    uint16_t container_port; /* what its tasks listen to, where they have their own addresses */
    char *backend;           /* name in HAProxy; NULL until the port is known */
    char *acl;               /* what its host_ and auth_ begin; NULL: it has no hosts */
    bool out;                /* another app has the name of its backend, or there is no port left */
    bool closed;             /* another app has its port: it has no frontend of its own */
    bool blocked;            /* another program has it */
    bool opened;             /* it could be opened once */
    bool failed;             /* its text cannot be made */
    struct mlb_vhost_rules rules; /* its part of the shared frontends */
    char *by_app;                 /* its part of the frontend for X-Marathon-App-Id; NULL: none */
};

struct mlb_unit {
    char *id;           /* of the app or the group */
    char *app, *other;  /* ids of its apps: the older one, and the newer one or NULL */
    bool dirty;         /* to be read */
    bool stale;         /* to be rendered */
    bool without;       /* HAProxy refuses what it brings */
    struct mlb_port *v; /* ports with servers, by port */
    size_t n, cap;
    bool lost_rules;     /* a port with rules is gone since it was rendered */
    size_t descriptors;  /* that HAProxy needs for it, at least: listeners, health checks */
    struct strv healthy; /* tasks that Marathon said are well; sorted */
    struct problems problems, text_problems;
    char *text; /* its own sections */
    size_t len;
    uint64_t stamp; /* of 'text'; 0: not rendered yet */
};

/* What a unit is read and rendered with. */
struct mlb_env {
    const struct mlb_options *options;
    const struct marathon_apps *apps;
    bool (*resolve)(void *arg, const char *host, struct ipaddr *ret);
    void *arg;
};

struct mlb_unit *mlb_unit_new(const char *id);
void mlb_unit_free(struct mlb_unit *u);

/* Reads the apps again. Returns whether what it claims is another thing than before. */
bool mlb_unit_read(struct mlb_unit *u, const struct mlb_env *env);

/* Makes the text and the rules. Returns whether the rules are others than before. */
bool mlb_unit_render(struct mlb_unit *u, const struct mlb_env *env);

/* Gives port 'p' of the unit its number, and the names that come of it. */
void mlb_port_name(struct mlb_port *p, const char *unit, uint16_t port);

/* Sorts the ports by number. */
void mlb_unit_sort(struct mlb_unit *u);

#endif

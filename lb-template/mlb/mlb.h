/* A renderer in marathon-lb's place: Marathon's apps and their labels -> haproxy.cfg.
 *
 * Backends, servers, ACLs and maps have marathon-lb's names. Each app is a piece of its own; the
 * frontends that all share are another one. What has not changed keeps its text and its stamp: a
 * task that comes or goes costs its own app. The caller says which apps may be others now. */
#ifndef LB_TEMPLATE_MLB_MLB_H
#define LB_TEMPLATE_MLB_MLB_H

#include <stdbool.h>

#include "lb-template/mlb/options.h"
#include "lb-template/rendering.h"
#include "lib/ipaddr.h"
#include "lib/marathon_app.h"

struct mlb;

struct mlb_source {
    /* All apps as they are; NULL: not known yet. Lent until the renderer returns. */
    const struct marathon_apps *(*apps)(void *arg);
    /* The address of a host that has a name; false: none is known (now). NULL: of none is. */
    bool (*resolve)(void *arg, const char *host, struct ipaddr *ret);
    void *arg;
};

/* 'options' is borrowed. */
struct mlb *mlb_new(const struct mlb_options *options, const struct mlb_source *source);
void mlb_free(struct mlb *m);

/* To give to the load balancer; owned by 'm'. */
struct renderer *mlb_renderer(struct mlb *m);

/* App 'id' may be another one, or gone; NULL: any of them, and any host's address. */
void mlb_mark(struct mlb *m, const char *id);

/* The next rendering is another one, so that HAProxy is reloaded: certificates, say, are. */
void mlb_reload(struct mlb *m);

#endif

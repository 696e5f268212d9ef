/* An app's definition made ready for a blue/green deployment, as marathon-lb's zdd.py does it: the
 * id gets a colour, the service port alternates, labels say where the deployment stands. Pure. */
#ifndef AGENT_DEPLOY_APP_H
#define AGENT_DEPLOY_APP_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/marathon_app.h"

#define DEPLOY_GROUP "HAPROXY_DEPLOYMENT_GROUP"
#define DEPLOY_ALT_PORT "HAPROXY_DEPLOYMENT_ALT_PORT"
#define DEPLOY_COLOUR "HAPROXY_DEPLOYMENT_COLOUR"
#define DEPLOY_STARTED_AT "HAPROXY_DEPLOYMENT_STARTED_AT"
#define DEPLOY_TARGET "HAPROXY_DEPLOYMENT_TARGET_INSTANCES"
#define DEPLOY_NEW "HAPROXY_DEPLOYMENT_NEW_INSTANCES"

struct deploy_options {
    unsigned initial;  /* instances of the new app at first */
    unsigned split;    /* of the new app in the end, beside the old one; 0: it takes over */
    const char *began; /* the time as text, by which the apps of a group are told apart */
};

/* Changes 'app', a definition from a file, into what is to be created. 'before' is what serves now;
 * NULL: nothing, and it begins with all of its instances. */
int deploy_app_prepare(json_t *app, const struct marathon_app *before,
                       const struct deploy_options *options, struct err **err);

/* The group of 'app', or NULL where it is in none. */
const char *deploy_app_group(const struct marathon_app *app);

/* How many instances 'app' is to have in the end: its label, or what it has. */
unsigned deploy_app_target(const struct marathon_app *app);

/* How many it is to have beside the old one; 0: it takes over. */
unsigned deploy_app_split(const struct marathon_app *app);

/* Finds the apps of 'group' among 'all': the newer one in '*ret_new', the older one in '*ret_old'.
 * Either is NULL where there is none. Fails where there are more than two. */
int deploy_app_find(const struct marathon_apps *all, const char *group,
                    const struct marathon_app **ret_new, const struct marathon_app **ret_old,
                    struct err **err);

#endif

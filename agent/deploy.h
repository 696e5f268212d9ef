/* A blue/green deployment under way: asks Marathon and the load balancers, and does one step after
 * the other (deploy_plan.h).
 *
 * For a command, which waits for each answer: the loop is its own. All that it knows is in
 * Marathon, in the apps' labels; breaking it off at any point leaves both apps serving. */
#ifndef AGENT_DEPLOY_H
#define AGENT_DEPLOY_H

#include <ev.h>

#include "agent/deploy_plan.h"
#include "lib/marathon_api.h"
#include "lib/strv.h"

struct deploy {
    struct ev_loop *loop;
    struct http *http;
    struct marathon_api *api;  /* borrowed */
    const struct strv *urls;   /* of the load balancers; borrowed */
    struct marathon_apps apps; /* as read last */
    struct deploy_lb *lbs;     /* one for each of 'urls', as read last */
};

void deploy_init(struct deploy *d, struct ev_loop *loop, struct http *http,
                 struct marathon_api *api, const struct strv *urls);
void deploy_done(struct deploy *d);

/* Reads the apps, or what the load balancers say. What was read before stays where it fails. */
int deploy_read_apps(struct deploy *d, struct err **err);
int deploy_read_lbs(struct deploy *d, struct err **err);

/* Creates the app 'definition'. */
int deploy_create(struct deploy *d, const json_t *definition, struct err **err);

/* Does 'step' to 's'. The error code is EAGAIN where Marathon says that it is at work: then look
 * again later. */
int deploy_do(struct deploy *d, const struct deploy_state *s, const struct deploy_step *step,
              struct err **err);

/* Runs 'hook' with three arguments, JSON documents: the old app, the tasks that are to be killed,
 * the new app. Fails where it does; 'timeout' is in seconds. */
int deploy_run_hook(struct deploy *d, const char *hook, const struct deploy_state *s,
                    const struct deploy_step *step, double timeout, struct err **err);

/* Waits, while signals are taken. */
void deploy_pause(struct deploy *d, double seconds);

#endif

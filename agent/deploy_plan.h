/* The next step of a blue/green deployment, from what Marathon and the load balancers say now.
 * Pure.
 *
 * Nothing is remembered from step to step: a deployment that was broken off goes on where it
 * stands. As long as it lasts, no fewer tasks than the target run and are served: the old app loses
 * a task only when the new one has one more that every load balancer has, and only one that no
 * load balancer uses any more. */
#ifndef AGENT_DEPLOY_PLAN_H
#define AGENT_DEPLOY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/deploy_stats.h"
#include "lib/marathon_app.h"
#include "lib/strv.h"

/* One load balancer, as it answers. */
struct deploy_lb {
    char *url;
    struct deploy_servers servers;
    size_t processes; /* of HAProxy: more than one while it reloads; 0: it does not say */
};

struct deploy_state {
    const struct marathon_app *new; /* grows */
    const struct marathon_app *old; /* shrinks; NULL: there is none */
    const struct deploy_lb *lbs;
    size_t n_lbs;
    unsigned target;  /* instances of both together in the end */
    unsigned split;   /* of 'new' in the end; 0: all of them, and 'old' is deleted */
    unsigned linear;  /* how many are added at a time; 0: half as many again */
    bool nodes_drain; /* the load balancers drain nothing: the nodes do, when a task is killed */
    const struct strv
        *given_up; /* ids of Marathon's deployments that are not waited for; or NULL */
};

enum deploy_kind {
    DEPLOY_WAIT,   /* look again later */
    DEPLOY_SCALE,  /* 'new' gets 'instances' */
    DEPLOY_KILL,   /* 'tasks' of 'old' are killed, and it is scaled down by as many */
    DEPLOY_DELETE, /* 'old' has no task any more */
    DEPLOY_DONE,
};

struct deploy_step {
    enum deploy_kind kind;
    unsigned instances;
    bool override;     /* Marathon is to give up what it has under way for the app */
    struct strv tasks; /* ids */
    unsigned grown;    /* healthy tasks of 'new' */
    unsigned left;     /* running tasks of 'old' */
    char *why;         /* one line for people */
};

/* Fills 'ret', which is empty. */
void deploy_plan(const struct deploy_state *s, struct deploy_step *ret);

void deploy_step_done(struct deploy_step *step);

#endif

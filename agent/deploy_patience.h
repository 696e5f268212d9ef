/* How long a deployment has waited for something to get better. Pure: the time is an argument.
 *
 * What gets better is a step that Marathon took on, one healthy task more of the new app than ever
 * since then, or one running task less of the old one. Words that change are no progress: a count
 * of sessions that goes up and down, or two errors in turn, do not begin the wait anew. */
#ifndef AGENT_DEPLOY_PATIENCE_H
#define AGENT_DEPLOY_PATIENCE_H

#include <stdbool.h>

#include "agent/deploy_plan.h"

struct deploy_patience {
    double since;   /* when something got better last */
    bool began;     /* 'since' is set */
    bool looked;    /* 'grown' and 'left' are set */
    unsigned grown; /* the most healthy tasks of the new app since the last step */
    unsigned left;  /* the fewest running ones of the old app */
};

/* Marathon took a step on at 'now', or the deployment begins. */
void deploy_patience_step(struct deploy_patience *p, double now);

/* Notes what 'step', planned at 'now', says of the apps. */
void deploy_patience_look(struct deploy_patience *p, const struct deploy_step *step, double now);

/* Seconds at 'now' since something got better; 0 before the first look. */
double deploy_patience_waited(const struct deploy_patience *p, double now);

#endif

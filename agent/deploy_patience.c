#include "agent/deploy_patience.h"

void deploy_patience_step(struct deploy_patience *p, double now)
{
    *p = (struct deploy_patience){.since = now, .began = true};
}

void deploy_patience_look(struct deploy_patience *p, const struct deploy_step *step, double now)
{
    if (!p->began)
        deploy_patience_step(p, now);
    if (!p->looked) {
        p->grown = step->grown;
        p->left = step->left;
        p->looked = true;
    } else if (step->grown > p->grown || step->left < p->left) {
        p->since = now;
        p->grown = step->grown > p->grown ? step->grown : p->grown;
        p->left = step->left < p->left ? step->left : p->left;
    }
}

double deploy_patience_waited(const struct deploy_patience *p, double now)
{
    return p->began && now > p->since ? now - p->since : 0;
}

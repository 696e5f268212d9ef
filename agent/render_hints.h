/* Which of a template's dependencies may have changed, where there are more of them than
 * connections to watch each.
 *
 * Services of the agent's datacenter: registrator/consul_hints.h says it. Keys: one blocking query
 * on the prefix that they have in common; all of them are read when it moves. What is left, of
 * other datacenters and without blocking queries of Consul's, is read every RENDER_OTHERS_EVERY. */
#ifndef AGENT_RENDER_HINTS_H
#define AGENT_RENDER_HINTS_H

#include "agent/render_watch.h"

#define RENDER_OTHERS_EVERY 15. /* seconds */

struct render_hints;

struct render_hints_user {
    void (*on_trouble)(void *arg, const struct err *err);
    void *arg;
};

/* 'w' and 'c' are borrowed, 'user' is copied. */
struct render_hints *render_hints_new(struct render_watch *w, struct consul_client *c,
                                      const struct render_hints_user *user);
void render_hints_free(struct render_hints *h);

/* What is to be hinted at: services; keys with the prefix 'keys', NULL: none; others. */
void render_hints_want(struct render_hints *h, bool services, const char *keys, bool others);

/* A service was read; its own index is 'index'. */
void render_hints_explained(struct render_hints *h, uint64_t index);

#endif

/* Consul as the source of templates' data: what a template has asked for is fetched, a few at a
 * time, and kept until it is forgotten.
 *
 * An answer is read once; what is not there is waited for with a blocking query. A Consul that does
 * not answer is asked again, with back-off, and said on stderr once. Nothing here knows of
 * templates but their dependencies: who follows changes instead of rendering once keeps the queries
 * open. */
#ifndef AGENT_RENDER_CONSUL_H
#define AGENT_RENDER_CONSUL_H

#include <ev.h>

#include "lb-template/tmpl/source.h"

#define RENDER_CONSUL_RUNNING_MAX 16                  /* queries at a time */
#define RENDER_CONSUL_ANSWERS_MAX (256 * 1024 * 1024) /* bytes of all answers together */

struct render_consul;

/* 'address' is a host:port or an address of registrator/address.h; NULL: CONSUL_HTTP_ADDR. Token,
 * certificates and so on are what Consul's variables say. NULL on failure. */
struct render_consul *render_consul_new(struct ev_loop *loop, const char *address,
                                        struct err **err);
void render_consul_free(struct render_consul *c);

/* The 'get' of a source; 'arg' is a struct render_consul. Values last until they are forgotten. */
enum tmpl_answer render_consul_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                                   struct tmpl_arena *arena, struct tmpl_value *ret,
                                   struct err **err);

/* Has 'text' of 'kind' fetched by the next render_consul_run(). Where it was, and was not enough:
 * waited for, which is said on stderr once. Returns whether it is a fetch. */
bool render_consul_want(struct render_consul *c, enum tmpl_dep_kind kind, const char *text);

/* Runs the loop until all that is fetched was answered or, without a fetch, until something that is
 * waited for is there: then everything is forgotten, since time has passed. Ends with an error
 * whose code is ETIMEDOUT at the loop's time 'deadline', 0: never. Returns 0, or -1. */
int render_consul_run(struct render_consul *c, double deadline, struct err **err);

#endif

/* Consul as the source of templates' data: what templates use is asked for, and kept in step as
 * long as they use it.
 *
 * At first everything is read once, a few at a time. render_watch_follow() keeps it up to date:
 * blocking queries for the first RENDER_WATCHED_MAX, and for the others reads when there is a hint
 * that they have changed (agent/render_hints.h). Consul is asked again for ever, with back-off; the
 * last data stay meanwhile. Nothing here knows of templates but their dependencies. */
#ifndef AGENT_RENDER_WATCH_H
#define AGENT_RENDER_WATCH_H

#include <ev.h>

#include "agent/config.h"
#include "agent/render_dep.h"

#define RENDER_WATCHED_MAX 40                  /* blocking queries, each on a connection */
#define RENDER_READS_MAX 16                    /* at a time, beside them */
#define RENDER_ANSWERS_MAX (256 * 1024 * 1024) /* bytes of all answers together */

struct render_watch;

struct render_watch_user {
    /* 'd' has another answer; 'first' where it had none. Called from the loop. */
    void (*on_change)(void *arg, const struct render_dep *d, bool first);
    /* Consul does not answer; said once until it does. */
    void (*on_trouble)(void *arg, const struct err *err);
    /* It has not answered as often in a row as the options' manner has it. Never without that. */
    void (*on_given_up)(void *arg, const struct err *err);
    void *arg;
};

/* How Consul is asked. All zero: by its leader, for ever. */
struct render_watch_options {
    double max_stale;                  /* seconds that an answer of any server may be old */
    struct consul_query_manner manner; /* its 'on_given_up' is not looked at */
};

/* 'address' as render_client_open() has it, which also says what else counts. NULL on failure. */
struct render_watch *render_watch_new(struct ev_loop *loop, const char *address,
                                      const struct render_watch_options *options,
                                      const struct render_watch_user *user, struct err **err);

/* The same where [registrator] registry and its other keys in 'config' say. */
struct render_watch *render_watch_new_configured(struct ev_loop *loop, const struct config *config,
                                                 const struct render_watch_options *options,
                                                 const struct render_watch_user *user,
                                                 struct err **err);
void render_watch_free(struct render_watch *w);

/* Consul is spoken to with these credentials from now on; see consul_client_set_access(). */
void render_watch_set_access(struct render_watch *w, const struct consul_access *access);

/* The 'get' of a source; 'arg' is a struct render_watch. Values last until the loop runs. */
enum tmpl_answer render_watch_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                                  struct tmpl_arena *arena, struct tmpl_value *ret,
                                  struct err **err);

/* What is used from now on: render_watch_use() for each, between the two others. What is not among
 * them is forgotten. 'missing': a template cannot do without, and waits for it. */
void render_watch_begin(struct render_watch *w);
void render_watch_use(struct render_watch *w, enum tmpl_dep_kind kind, const char *text,
                      bool missing);
void render_watch_end(struct render_watch *w);

/* How many of them have not been answered. */
size_t render_watch_pending(const struct render_watch *w);

/* From now on changes count. What was read may be old, and is asked for again. */
void render_watch_follow(struct render_watch *w);

/* True once for each dependency: for who says what is waited for. */
bool render_watch_say(struct render_watch *w, enum tmpl_dep_kind kind, const char *text);

/* For agent/render_hints.c. Has every dependency without a query read again that 'is_meant' says.
 */
void render_watch_read_again(struct render_watch *w,
                             bool (*is_meant)(const struct render_dep *d, const char *name),
                             const char *name);

#endif

/* One dependency of templates on Consul: what was asked for, and its last answer. */
#ifndef AGENT_RENDER_DEP_H
#define AGENT_RENDER_DEP_H

#include <stdint.h>

#include "lb-template/tmpl/source.h"
#include "registrator/consul_query.h"

struct render_watch;

enum render_dep_state {
    RENDER_DEP_IDLE,    /* nothing is asked */
    RENDER_DEP_QUEUED,  /* to be read */
    RENDER_DEP_READING, /* asked once */
    RENDER_DEP_WATCHED, /* asked as long as it is used */
};

struct render_dep {
    struct render_watch *watch;
    enum tmpl_dep_kind kind;
    char *text;    /* owned */
    char *service; /* whose instances it lists, in the agent's datacenter; NULL: none */
    enum render_dep_state state;
    struct consul_query *query; /* NULL: none runs */
    bool used, waited, said;
    bool again; /* what is being read has changed meanwhile */

    enum tmpl_answer answer; /* TMPL_PENDING: not known */
    struct tmpl_value value; /* lies in 'arena' */
    struct tmpl_arena arena;
    size_t len;    /* of the answer, bytes */
    uint64_t hash; /* of the answer */

    struct render_dep *next, *before, *next_in_slot; /* of agent/render_table.h */
    struct render_dep *next_queued;
};

/* 'len' bytes of 'text'. */
struct render_dep *render_dep_new(struct render_watch *w, enum tmpl_dep_kind kind, const char *text,
                                  size_t len);

/* Frees 'd', which is in no list any more, and ends its query. */
void render_dep_free(struct render_dep *d);

/* Can its changes be told from those of the agent's datacenter? */
bool render_dep_is_local(const struct render_dep *d);

/* Takes an answer. '*ret_changed' is whether it is another one than before. Returns 0, or -1 with
 * the last answer kept. */
int render_dep_take(struct render_dep *d, const char *body, size_t len, bool *ret_changed,
                    struct err **err);

#endif

/* What HAProxy's runtime API answers, as values, and which answers mean success.
 *
 * Measured on 2.6; later versions say the same with more columns or lines. Pure. */
#ifndef LB_TEMPLATE_RUNTIME_H
#define LB_TEMPLATE_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"
#include "lib/kv.h"

/* Columns of `show servers state`. */
#define RUNTIME_ADMIN_MAINT 0x01 /* set by a command */
#define RUNTIME_ADMIN_ANY_MAINT 0x63
#define RUNTIME_ADMIN_DRAIN 0x08 /* set by a command */
#define RUNTIME_CHECK_ENABLED 0x04

struct runtime_server {
    char *backend;
    char *name;
    char *address; /* as HAProxy writes it: no brackets */
    uint16_t port;
    unsigned weight;      /* the current one */
    unsigned op_state;    /* 0: down */
    unsigned admin_state; /* RUNTIME_ADMIN_ bits */
    unsigned check_state; /* RUNTIME_CHECK_ bits */
};

struct runtime_servers {
    struct runtime_server *v; /* sorted by backend and name */
    size_t n;
    size_t cap;
};

/* Parses the answer to `show servers state`. '*ret' is zeroed; it is filled only on success. */
int runtime_parse_servers(const char *answer, struct runtime_servers *ret, struct err **err);

void runtime_servers_done(struct runtime_servers *l);
int runtime_server_cmp(const void *a, const void *b);

/* The server, or NULL. */
const struct runtime_server *runtime_servers_find(const struct runtime_servers *l,
                                                  const char *backend, const char *name);

/* The index of the first server of 'backend', and how many there are. */
size_t runtime_servers_of(const struct runtime_servers *l, const char *backend, size_t *ret_n);

/* Puts 'now', which is moved, in the place of the servers of 'backend'; others in it are dropped.
 */
void runtime_servers_replace(struct runtime_servers *l, const char *backend,
                             struct runtime_servers *now);

/* "maint", "drain", "up" or "down". */
const char *runtime_server_state(const struct runtime_server *s);

struct runtime_info {
    pid_t pid;          /* of the worker that answered */
    bool stopping;      /* it is an old one */
    bool has_mark;      /* 'structure' is known */
    uint64_t structure; /* what the worker runs, see haproxy_cfg_add_mark() */
};

/* Parses the answer to `show info`. */
int runtime_parse_info(const char *answer, struct runtime_info *ret, struct err **err);

/* Parses the answer to `show map <file>`: key and value pairs, sorted by key. '*ret' is zeroed. */
int runtime_parse_map(const char *answer, struct kvs *ret, struct err **err);

/* Finds "<backend>/<name>" in the answer to `show servers conn`: the connections that a request
 * uses now. Returns 0, or -1 where the server is not in the answer. */
int runtime_parse_used(const char *answer, const char *backend, const char *name,
                       unsigned *ret_used);

struct runtime_processes {
    unsigned failed;      /* reloads that failed since the last good one */
    unsigned old_workers; /* that still finish connections */
};

/* Parses the answer to the master's `show proc`. */
int runtime_parse_processes(const char *answer, struct runtime_processes *ret, struct err **err);

enum runtime_command {
    RUNTIME_ADD_SERVER,
    RUNTIME_ENABLE, /* enable server, health, dynamic-cookie */
    RUNTIME_SET_ADDRESS,
    RUNTIME_SET_SERVER, /* state, weight */
    RUNTIME_DELETE_SERVER,
    RUNTIME_ADD_MAP,
    RUNTIME_SET_MAP,
    RUNTIME_DELETE_MAP,
};

/* Does 'answer' say that 'command' has taken effect, or that it had before? */
bool runtime_answer_ok(enum runtime_command command, const char *answer);

#endif

/* What is served, a row for each way to it: `berth status` and `berth top` show these. Pure.
 *
 * Made of the document of /v1/state (doc/state.md) in one walk, so that a thousand containers cost
 * a few milliseconds. A port that Docker publishes at 0.0.0.0 and at :: is one row; one that it
 * publishes as two host ports is two. */
#ifndef AGENT_ROW_H
#define AGENT_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum row_health {
    ROW_NONE, /* it takes no traffic, and need not */
    ROW_GOOD,
    ROW_AWAY, /* on purpose, or for now: draining, starting, paused */
    ROW_BAD,  /* a person should look */
};

struct row {
    char *container;     /* its name or id, a machine's file, another node's server; or NULL */
    const char *node;    /* who registered it; NULL: not known */
    bool ours;           /* of this node */
    char *inside;        /* "172.17.0.2:8080/tcp"; NULL: not known */
    char *outside;       /* "192.0.2.2:28000"; NULL: none */
    const char *service; /* NULL: none */
    char *ways;          /* into HAProxy: "8081 web.localhost"; NULL: none */
    const char *said;    /* the document's word for its state, or why there is none; NULL: none */
    bool in_haproxy;     /* 'said' is HAProxy's; else it is ours, or ... */
    bool reason;         /* ... a sentence that says why it is not reached */
    enum row_health health;
};

/* Sorted: those of this node by container and container port, then others by service and node. */
struct rows {
    struct row *v;
    size_t n;
    size_t cap;
};

/* '*ret' is empty; it borrows from 'state', and is the caller's: rows_done(). */
void rows_make(const json_t *state, struct rows *ret);

void rows_done(struct rows *l);

/* The word for its state: "up", "(draining)" where it is no word of HAProxy's. NULL: there is none.
 * It may lie in 'buffer'. */
const char *row_state(const struct row *r, char buffer[32]);

#endif

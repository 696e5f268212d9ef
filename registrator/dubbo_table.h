/* Provider nodes that are wanted, or that may be ours: what is known of each. Pure. */
#ifndef REGISTRATOR_DUBBO_TABLE_H
#define REGISTRATOR_DUBBO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registrator/dubbo_node.h"

enum dubbo_presence {
    DUBBO_ABSENT,
    DUBBO_SEEN,    /* it may be there, and nobody knows whose it is */
    DUBBO_KEPT,    /* by our session */
    DUBBO_FOREIGN, /* a machine's, kept by another berth's session */
};

struct dubbo_entry {
    char *key;
    char *title;
    uint16_t port;
    bool shared;
    uint32_t trace; /* of the run that wants it, or did; 0: unknown */
    bool wanted;
    bool pending;   /* a write is under way */
    bool failed;    /* in this pass */
    bool told;      /* the log has it as there */
    uint64_t since; /* the turn in which we have made or seen it, see dubbo_dir.h */
    enum dubbo_presence presence;
};

struct dubbo_table {
    struct dubbo_entry *v; /* sorted by key */
    size_t n;
    size_t cap;
};

void dubbo_table_done(struct dubbo_table *t);

/* The entry of 'key', or NULL. Valid until one is added. */
struct dubbo_entry *dubbo_table_find(const struct dubbo_table *t, const char *key);

/* A new turn: nothing is wanted, nothing has failed. */
void dubbo_table_begin(struct dubbo_table *t);

/* 'l' is wanted, too. */
void dubbo_table_want(struct dubbo_table *t, const struct dubbo_nodes *l);

/* The node 'node' is there. Where it is new, nobody knows whose it is. */
void dubbo_table_see(struct dubbo_table *t, const struct dubbo_node *node);

/* Drops what is neither wanted nor there. */
void dubbo_table_end(struct dubbo_table *t);

/* Nobody knows any more whose nodes those are. */
void dubbo_table_doubt(struct dubbo_table *t);

#endif

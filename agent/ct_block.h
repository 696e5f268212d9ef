/* Blocks of consul-template's configuration: tables of keys, and what reads the value of each.
 * Pure. */
#ifndef AGENT_CT_BLOCK_H
#define AGENT_CT_BLOCK_H

#include "agent/ct_value.h"

/* A key of a block. Tables end with one that has no name. */
struct ct_key {
    const char *name;
    int (*read)(struct ct_reader *r, const json_t *value, void *at);
    size_t offset; /* in the block's struct */
};

/* Reads the members of 'object' as 'keys' say, in the order of the file, into the struct at 'at'.
 * What is in no table is refused. Returns 0, or -1. */
int ct_read_members(struct ct_reader *r, const json_t *object, const struct ct_key *keys, void *at);

/* Reads a block: 'value' is a list of objects. Said several times, each adds to the one before. */
int ct_read_block(struct ct_reader *r, const json_t *value, const struct ct_key *keys, void *at);

/* Values that are blocks: struct quiet, "5s:10s" as well; struct render_env. */
int ct_read_quiet(struct ct_reader *r, const json_t *value, void *at);
int ct_read_env(struct ct_reader *r, const json_t *value, void *at);

#endif

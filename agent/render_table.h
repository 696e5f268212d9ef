/* The dependencies of a watch: in the order in which they were first used, and by kind and text. */
#ifndef AGENT_RENDER_TABLE_H
#define AGENT_RENDER_TABLE_H

#include "agent/render_dep.h"

struct render_table {
    struct render_dep *first, *last; /* walk by 'next' */
    size_t n;

    /* private */
    struct render_dep **slots; /* by hash; a power of two of them */
    size_t n_slots;
};

void render_table_init(struct render_table *t);

/* 't' is empty. */
void render_table_done(struct render_table *t);

/* The one with 'len' bytes of 'text', or NULL. */
struct render_dep *render_table_find(const struct render_table *t, enum tmpl_dep_kind kind,
                                     const char *text, size_t len);

/* Adds 'd', which is not there. */
void render_table_add(struct render_table *t, struct render_dep *d);
void render_table_remove(struct render_table *t, struct render_dep *d);

#endif

/* Some backends of a configuration, by name: all of them, or those that have changed.
 *
 * A list for one look, which borrows the backends from configurations that outlive it. Pure. */
#ifndef LB_TEMPLATE_BACKENDS_H
#define LB_TEMPLATE_BACKENDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lb-template/cfg.h"

struct backends {
    const struct haproxy_cfg_backend **v; /* sorted by name; the names are unique */
    size_t n;
    size_t cap;
};

/* Appends those of 'c'. Ask nothing before backends_sort(). */
void backends_add(struct backends *l, const struct haproxy_cfg *c);

/* Sorts, and keeps one of each name. */
void backends_sort(struct backends *l);

/* The backend with that name, or NULL. */
const struct haproxy_cfg_backend *backends_find(const struct backends *l, const char *name);

/* Has a server that both know other options in one than in the other? The runtime API cannot
 * change them. */
bool backends_options_differ(const struct backends *a, const struct backends *b);

void backends_done(struct backends *l);

#endif

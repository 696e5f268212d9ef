/* A configuration as values, piece by piece.
 *
 * Pieces with the same stamp are parsed once and shared between models, so that a new model costs
 * what has changed, and comparing two of them looks at no server of what is the same. Pure; a model
 * needs the text no longer. */
#ifndef LB_TEMPLATE_MODEL_H
#define LB_TEMPLATE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lb-template/backends.h"
#include "lb-template/rendering.h"
#include "lib/portset.h"

struct model_part; /* one parsed piece, shared */

struct model {
    struct model_part **v; /* in file order */
    size_t n;
    size_t cap;
    uint64_t newest;      /* greatest stamp of a part */
    uint64_t structure;   /* of the whole text, as haproxy_cfg_parse() has it */
    struct portset ports; /* that bind lines open */
};

/* Parses the pieces of 'r' but for those whose owner is in 'without', which is sorted. What
 * 'before' has is shared with it. '*ret' is zeroed. */
void model_from_rendering(struct model *ret, const struct rendering *r, const struct strv *without,
                          const struct model *before);

/* The same of a whole file, as one part. */
void model_from_text(struct model *ret, const char *text);

/* Makes 'dst' the same as 'src'; all parts are shared. */
void model_copy(struct model *dst, const struct model *src);

void model_done(struct model *m);

/* Are they made of the very same parts? */
bool model_same(const struct model *a, const struct model *b);

/* Appends the backends in which 'a' may differ from 'b', from either, sorted. For models of one
 * structure; of two, it is all backends. */
void model_difference(const struct model *a, const struct model *b, struct backends *ret_a,
                      struct backends *ret_b);

/* Appends all backends, sorted. */
void model_backends(const struct model *m, struct backends *ret);

/* Does the text open a statistics socket at 'path'? */
bool model_has_socket(const struct model *m, const char *path);

/* How many backends and servers there are. */
void model_count(const struct model *m, size_t *ret_backends, size_t *ret_servers);

#endif

/* The pieces of a rendering, as a template's execution hands them over.
 *
 * What a template made of a route is remembered with the route: while neither the route nor the
 * settings change, it is not made again, and while its text is the same, it keeps its stamp. A
 * route's text is a piece of its own, owned by its service, where it consists of whole sections and
 * a section follows; else it belongs to the text around it. Pure. */
#ifndef LB_TEMPLATE_PIECES_H
#define LB_TEMPLATE_PIECES_H

#include <stdbool.h>

#include "lb-template/rendering.h"
#include "lb-template/tmpl/tmpl.h"

struct made;

/* The memory of a route for what templates make of it, empty. */
struct made *made_new(void);
void made_free(struct made *m);

struct pieces_text; /* a text with its stamp and its owner, shared */

struct pieces_list {
    struct rendering_piece *v; /* in file order; what it points to is the texts' */
    struct pieces_text **texts;
    size_t n, cap;
};

struct pieces {
    struct pieces_list done; /* of the last execution that succeeded */

    /* of the one that is running */
    struct pieces_list next; /* a text that is NULL is one of 'own' */
    uint64_t settings;       /* stamp of all that a route's text depends on beside the route */
    struct sbuf *own;        /* texts that no route brought, or that were put together of several */
    size_t n_own, cap_own;
};

/* Begins an execution. 'settings' is the stamp of what the dot says beside the routes. */
void pieces_begin(struct pieces *p, uint64_t settings);

/* What takes the pieces of an execution whose dot is dot.h's. Borrows 'p'. */
struct tmpl_cut pieces_cut(struct pieces *p);

/* Ends it: what it made is 'done' from now on, and valid until this is called again. Where it has
 * failed, 'done' stays as it is. */
void pieces_end(struct pieces *p, bool failed);

void pieces_done(struct pieces *p);

#endif

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

/* Text that no route brought, or that was put together of several. */
struct pieces_text {
    struct sbuf text;
    uint64_t stamp;
};

struct pieces {
    uint64_t settings;         /* stamp of all that a route's text depends on beside the route */
    struct rendering_piece *v; /* in file order; texts and owners are borrowed */
    size_t n, cap;
    struct pieces_text *own; /* those that are nobody's, of this execution */
    size_t n_own, cap_own;
    struct pieces_text *before; /* the same of the last one */
    size_t n_before;
};

/* Begins anew. The pieces of the last execution that are the same will keep their stamps. */
void pieces_begin(struct pieces *p, uint64_t settings);

/* What takes the pieces of an execution whose dot is dot.h's. Borrows 'p'. */
struct tmpl_cut pieces_cut(struct pieces *p);

/* Gives everything its stamp. 'v' is complete, and valid until the routes change. */
void pieces_end(struct pieces *p);

void pieces_done(struct pieces *p);

#endif

/* A document of tests/golden/mlb: {"options": {...}, "apps": [...]}, as a renderer's input. */
#ifndef TESTS_UNIT_MLB_DOCUMENT_H
#define TESTS_UNIT_MLB_DOCUMENT_H

#include "lb-template/mlb/mlb.h"
#include "lb-template/mlb/options.h"
#include "lib/marathon_app.h"
#include "lib/problem.h"
#include "lib/sbuf.h"

struct mlb_document {
    struct mlb_options options;
    struct marathon_apps apps;
    struct problems problems;
};

/* Reads 'text'; what is no document has no apps. Groups are "external" unless it says others. */
void mlb_document_read(struct mlb_document *d, const char *text, size_t len);
void mlb_document_done(struct mlb_document *d);

/* A source that knows the apps of the document 'arg', and that agent1 is 198.51.100.1, and
 * agent2 198.51.100.2. */
struct mlb_source mlb_document_source(struct mlb_document *d);

/* Renders without a look at real ports; 'without' may be NULL. */
const struct rendering *mlb_document_render(struct mlb *m, const struct strv *without,
                                            struct problems *problems);

/* Appends all of it: the pieces with their owners as comments, the maps. */
void mlb_document_show(const struct rendering *r, struct sbuf *out);

#endif

/* Tags that are a template: -tags of registrator, [registrator] tags. Pure.
 *
 * The template is rendered once for each inspect document, when it is read: what a container keeps
 * is the tags, not the document. */
#ifndef AGENT_TAGS_H
#define AGENT_TAGS_H

#include <jansson.h>
#include <stdbool.h>

#include "lb-template/tmpl/tmpl.h"
#include "lib/strv.h"

/* Is 'text' a template? Else it is a list of tags. */
bool tags_is_template(const char *text);

/* NULL with the place where 'text' is wrong. Freed with tmpl_free(). */
struct tmpl *tags_parse(const char *text, struct err **err);

/* Appends the tags that 't' gives for the container of the inspect document 'doc' to 'ret'. Returns
 * 0, or -1 with one line. */
int tags_render(const struct tmpl *t, json_t *doc, struct strv *ret, struct err **err);

#endif

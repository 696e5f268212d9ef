/* What Consul answers to a template's dependency: JSON -> the template's values, in the shape and
 * the order that consul-template gives them. Pure. */
#ifndef AGENT_RENDER_ANSWER_H
#define AGENT_RENDER_ANSWER_H

#include "lb-template/tmpl/source.h"

/* The value of 'text' of 'kind', made in 'arena' from 'len' bytes at 'body'; none at all means that
 * there is no such key. '*ret_answer' is TMPL_FOUND or TMPL_ABSENT. Returns 0, or -1 for an answer
 * that is not Consul's, or too large for the arena. */
int render_answer_read(enum tmpl_dep_kind kind, const char *text, const char *body, size_t len,
                       struct tmpl_arena *arena, struct tmpl_value *ret,
                       enum tmpl_answer *ret_answer, struct err **err);

/* The name of the agent's node from the answer to RENDER_QUERY_SELF; the caller frees it. NULL on
 * failure. */
char *render_answer_self(const char *body, size_t len, struct err **err);

#endif

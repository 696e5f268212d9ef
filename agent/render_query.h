/* What a template's dependency asks of Consul: its text -> the path of Consul's HTTP interface, by
 * consul-template's grammar. Pure. */
#ifndef AGENT_RENDER_QUERY_H
#define AGENT_RENDER_QUERY_H

#include "lb-template/tmpl/source.h"
#include "lib/sbuf.h"

/* Where the name of the agent's own node is asked for, which `node` without a name means. */
#define RENDER_QUERY_SELF "/v1/agent/self"

/* Appends the path, with its parameters, that answers 'text' of 'kind'; where that needs the name
 * of the agent's node and 'self' is NULL, RENDER_QUERY_SELF. Returns 0, or -1 for what does not
 * follow the grammar and for what Consul cannot be asked. */
int render_query_path(enum tmpl_dep_kind kind, const char *text, const char *self, struct sbuf *ret,
                      struct err **err);

/* Does 'filter', as "passing,warning", let 'status' through? Without a word it is "passing" alone.
 */
bool render_query_passes(struct tmpl_value filter, const char *status);

#endif

/* Data from a JSON document, for tests and for `berth render --data`: one source among others.
 *
 *     {"services": {"web": [{"Node": "n1", "Address": "10.0.0.1", "Port": 80, "Tags": ["v1"]}]},
 *      "nodes": [{"Node": "n1", "Address": "10.0.0.1"}],
 *      "keys": {"app/limit": "100"}, "datacenters": ["dc1", "dc2"],
 *      "dc": {"dc2": {"services": {}}},
 *      "files": {"/etc/motd": "text"}, "env": {"NAME": "value"}}
 *
 * A field that is left out has its zero. What the document does not speak of is not there yet: a
 * service without "services", any key without "keys". Pure. */
#ifndef LB_TEMPLATE_TMPL_DATA_H
#define LB_TEMPLATE_TMPL_DATA_H

#include "lb-template/tmpl/source.h"
#include "lib/json.h"

struct tmpl_data;

/* Takes the values out of 'document', which is not needed afterwards. NULL on failure. */
struct tmpl_data *tmpl_data_new(const json_t *document, struct err **err);
void tmpl_data_free(struct tmpl_data *d);

/* The 'get' of a source; 'arg' is a struct tmpl_data. */
enum tmpl_answer tmpl_data_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                               struct tmpl_arena *arena, struct tmpl_value *ret, struct err **err);

#endif

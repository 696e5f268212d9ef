/* JSON, YAML and TOML <-> values. Pure. */
#ifndef LB_TEMPLATE_TMPL_JSON_VALUE_H
#define LB_TEMPLATE_TMPL_JSON_VALUE_H

#include "lb-template/tmpl/value.h"
#include "lib/json.h"

#define TMPL_NEST_MAX 100 /* lists and maps inside each other, read or written */

/* The value of 'j'; strings are copied. Numbers are floats, as Go reads them, unless 'ints'.
 * Returns 0, or -1 where it is nested too deep. */
int tmpl_from_json(struct tmpl_arena *a, const json_t *j, bool ints, struct tmpl_value *ret,
                   struct err **err);

struct tmpl_json_style {
    bool pretty; /* two blanks a level */
    bool escape; /* <, > and & as \u003c and so on, as Go does */
};

/* Appends 'v' as JSON. Returns 0, or -1. */
int tmpl_to_json(struct tmpl_buf *b, const struct tmpl_value *v,
                 const struct tmpl_json_style *style, struct err **err);

/* yaml.c: the first document of 's'. An empty one is nil. Returns 0, or -1. */
int tmpl_from_yaml(struct tmpl_arena *a, const char *s, size_t len, struct tmpl_value *ret,
                   struct err **err);

/* Appends 'v' as YAML in block style. Returns 0, or -1. */
int tmpl_to_yaml(struct tmpl_buf *b, const struct tmpl_value *v, struct err **err);

/* toml.c: appends the map 'v' as TOML. Returns 0, or -1. */
int tmpl_to_toml(struct tmpl_buf *b, const struct tmpl_value *v, struct err **err);

#endif

/* The structs that templates see, with consul-template's fields. Pure. */
#ifndef LB_TEMPLATE_TMPL_SHAPE_H
#define LB_TEMPLATE_TMPL_SHAPE_H

#include "lb-template/tmpl/value.h"
#include "lib/err.h"

/* Each gives a struct with the fields of 'from', a map, in their order; what is missing is zero.
 * Returns 0, or -1 where a field has the wrong kind. */
int tmpl_shape_service(struct tmpl_arena *a, const struct tmpl_map *from, struct tmpl_value *ret,
                       struct err **err);
int tmpl_shape_node(struct tmpl_arena *a, const struct tmpl_map *from, struct tmpl_value *ret,
                    struct err **err);

/* What Consul's `node` lists under Services. */
int tmpl_shape_node_service(struct tmpl_arena *a, const struct tmpl_map *from,
                            struct tmpl_value *ret, struct err **err);

/* What `services` lists: {Name, Tags}. */
struct tmpl_value tmpl_shape_snippet(struct tmpl_arena *a, struct tmpl_value name,
                                     struct tmpl_list *tags);

/* What `ls` and `tree` list: {Path, Key, Value, ...}; 'key' is behind the prefix that was asked. */
struct tmpl_value tmpl_shape_pair(struct tmpl_arena *a, struct tmpl_value path,
                                  struct tmpl_value key, struct tmpl_value value);

#endif

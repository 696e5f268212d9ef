/* Comparing values: as Go's reflect.DeepEqual, and in an order for sorting. */
#ifndef LB_TEMPLATE_TMPL_COMPARE_H
#define LB_TEMPLATE_TMPL_COMPARE_H

#include "lb-template/tmpl/exec.h"

/* Whether 'a' and 'b' are the same all through. Costs steps; false after tmpl_fail(). */
bool tmpl_equal(struct tmpl_exec *x, const struct tmpl_value *a, const struct tmpl_value *b);

/* Is 'v' a member of the list 'l'? Costs steps. */
bool tmpl_list_has(struct tmpl_exec *x, const struct tmpl_list *l, const struct tmpl_value *v);

#endif

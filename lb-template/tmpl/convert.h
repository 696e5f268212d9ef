/* Conversions as sprig does them: leniently, with zero for what cannot be read. */
#ifndef LB_TEMPLATE_TMPL_CONVERT_H
#define LB_TEMPLATE_TMPL_CONVERT_H

#include "lb-template/tmpl/exec.h"

int64_t tmpl_to_int(const struct tmpl_value *v);
double tmpl_to_float(const struct tmpl_value *v);

/* '*ret' is 'v' itself where it is a string, else what %v says. Returns 0, or -1 after
 * tmpl_fail(). */
int tmpl_to_string(struct tmpl_exec *x, const struct tmpl_value *v, struct tmpl_value *ret);

#endif

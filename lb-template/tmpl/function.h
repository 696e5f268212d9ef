/* The functions of the language: tables, one for each group, in fn_*.c.
 *
 * A function gets arguments that are counted and of the right kind already, returns 0 with its
 * value, or -1 after tmpl_fail(). It allocates in 'x->arena', and asks tmpl_charge() for work that
 * is more than proportional to its arguments. */
#ifndef LB_TEMPLATE_TMPL_FUNCTION_H
#define LB_TEMPLATE_TMPL_FUNCTION_H

#include "lb-template/tmpl/exec.h"

struct tmpl_function {
    const char *name;
    /* One letter for each argument: a any, b bool, i integer, n number, s string, l list, m map or
     * struct. '?' behind one: it and those behind it may be absent. '*' behind the last one: any
     * number of it, also none. */
    const char *args;
    int (*call)(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                struct tmpl_value *ret); /* NULL: berth does not have it */
    const char *why;                     /* it is not there */
};

/* The groups of consul-template's language and of registrator's, ended by NULL. */
extern const struct tmpl_function *const tmpl_functions[];
extern const struct tmpl_function *const tmpl_functions_registrator[];

/* The first function of 'groups' called 'name', of 'len' bytes, or NULL. */
const struct tmpl_function *tmpl_function_find(const struct tmpl_function *const *groups,
                                               const char *name, size_t len);

/* Is 'f' one that needs data from outside: Consul's, files, the environment, this host's addresses?
 */
bool tmpl_function_asks(const struct tmpl_function *f);

/* Checks number and kinds of 'args' and calls 'f'. */
int tmpl_function_call(struct tmpl_exec *x, const struct tmpl_function *f,
                       const struct tmpl_value *args, size_t n, struct tmpl_value *ret);

/* The groups, each ended by a name of NULL. */
extern const struct tmpl_function tmpl_fn_core[];
extern const struct tmpl_function tmpl_fn_compare[];
extern const struct tmpl_function tmpl_fn_text[];
extern const struct tmpl_function tmpl_fn_list[];
extern const struct tmpl_function tmpl_fn_map[];
extern const struct tmpl_function tmpl_fn_math[];
extern const struct tmpl_function tmpl_fn_parse[];
extern const struct tmpl_function tmpl_fn_encode[];
extern const struct tmpl_function tmpl_fn_regex[];
extern const struct tmpl_function tmpl_fn_hash[];
extern const struct tmpl_function tmpl_fn_net[];
extern const struct tmpl_function tmpl_fn_time[];
extern const struct tmpl_function tmpl_fn_scratch[];
extern const struct tmpl_function tmpl_fn_source[];
extern const struct tmpl_function tmpl_fn_host[];
extern const struct tmpl_function tmpl_fn_sprig_text[];
extern const struct tmpl_function tmpl_fn_sprig_list[];
extern const struct tmpl_function tmpl_fn_sprig_map[];
extern const struct tmpl_function tmpl_fn_sprig_math[];
extern const struct tmpl_function tmpl_fn_absent[];
extern const struct tmpl_function tmpl_fn_registrator[];

#endif

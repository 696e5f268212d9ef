/* The state of one execution, shared by the evaluator and the functions. Private to this folder. */
#ifndef LB_TEMPLATE_TMPL_EXEC_H
#define LB_TEMPLATE_TMPL_EXEC_H

#include "lb-template/tmpl/node.h"
#include "lb-template/tmpl/tmpl.h"

#define TMPL_DEPTH_MAX 4000      /* evaluations inside each other: what the C stack holds */
#define TMPL_VALUE_DEPTH_MAX 100 /* lists and maps inside each other, where they are walked */

struct tmpl_exec {
    const struct tmpl *t;
    const struct tmpl_run *run;
    struct tmpl_result *result;
    struct tmpl_limits limits;
    struct tmpl_arena arena;
    struct tmpl_buf out; /* on the heap: becomes the result's text */
    struct tmpl_value *vars;
    size_t n_vars, cap_vars;
    size_t base; /* the running template's $ in 'vars' */
    uint64_t steps;
    unsigned depth, calls;
    const struct tmpl_define *running;
    const struct tmpl_node *at; /* what an error is about */
    struct tmpl_map *scratch;   /* NULL until it is used */
    struct tmpl_regexes *regexes;
    struct err *err;
};

/* Fails the execution at the node that is evaluated. Always returns -1. */
int tmpl_fail(struct tmpl_exec *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Counts 'steps' of work. Returns 0, or -1 where the limit is passed. */
int tmpl_charge(struct tmpl_exec *x, uint64_t steps);

/* Executes 'd' with 'dot' into 'x->out'. */
int tmpl_exec_define(struct tmpl_exec *x, const struct tmpl_define *d, struct tmpl_value dot);

/* eval.c: the value of a pipeline. Variables that it declares are set too. */
int tmpl_eval_pipe(struct tmpl_exec *x, const struct tmpl_node *pipe, const struct tmpl_value *dot,
                   struct tmpl_value *ret);

/* Appends 'v' to the stack of variables, or sets the one in 'slot' of the running template. */
void tmpl_push_var(struct tmpl_exec *x, struct tmpl_value v);
void tmpl_set_var(struct tmpl_exec *x, size_t slot, struct tmpl_value v);

/* fn_scratch.c: calls the method 'name' of `scratch`. */
int tmpl_scratch_call(struct tmpl_exec *x, const struct tmpl_value *name,
                      const struct tmpl_value *args, size_t n, struct tmpl_value *ret);

/* cut.c: is a call of a template with 'dot' here one that makes a piece of its own? */
bool tmpl_cut_is_at(const struct tmpl_exec *x, const struct tmpl_value *dot);

/* Hands the output so far to the cutter, and makes the piece unless it is known. */
int tmpl_cut_piece(struct tmpl_exec *x, const struct tmpl_define *d, const struct tmpl_value *dot);

/* Hands over what is left of the output. */
void tmpl_cut_rest(struct tmpl_exec *x);

/* fn_regex.c: frees the compiled expressions. */
void tmpl_regexes_free(struct tmpl_regexes *r);

#endif

#include "lb-template/tmpl/exec.h"

#include <string.h>

#include "lb-template/tmpl/function.h"

#define ARGS_FEW 8 /* arguments that need no memory of their own */

static int eval_command(struct tmpl_exec *x, const struct tmpl_node *command,
                        const struct tmpl_value *dot, const struct tmpl_value *final,
                        struct tmpl_value *ret);
static int eval_operand(struct tmpl_exec *x, const struct tmpl_node *n,
                        const struct tmpl_value *dot, struct tmpl_value *ret);
static int eval_call(struct tmpl_exec *x, const struct tmpl_node *command,
                     const struct tmpl_value *dot, const struct tmpl_value *final,
                     struct tmpl_value *ret);
static int eval_method(struct tmpl_exec *x, const struct tmpl_node *command,
                       const struct tmpl_value *dot, const struct tmpl_value *final,
                       struct tmpl_value *ret);
static int get_fields(struct tmpl_exec *x, const struct tmpl_value *fields, size_t n,
                      struct tmpl_value *v);

/* Go turns a nil that leaves a pipeline into no value. */
int tmpl_eval_pipe(struct tmpl_exec *x, const struct tmpl_node *pipe, const struct tmpl_value *dot,
                   struct tmpl_value *ret)
{
    struct tmpl_value v = tmpl_none();
    const struct tmpl_value *final = NULL;

    if (++x->depth > TMPL_DEPTH_MAX)
        return tmpl_fail(x, "more than %d blocks and calls inside each other", TMPL_DEPTH_MAX);
    for (const struct tmpl_node *c = pipe->args; c; c = c->next) {
        struct tmpl_value value;

        if (eval_command(x, c, dot, final, &value))
            return -1;
        v = value.kind == TMPL_NIL ? tmpl_none() : value;
        final = &v;
    }
    for (size_t i = 0; i < pipe->n_slots; i++) {
        if (pipe->assign)
            tmpl_set_var(x, pipe->slots[i], v);
        else
            tmpl_push_var(x, v);
    }
    x->depth--;
    *ret = v;
    return 0;
}

/* Can 'n' take arguments when it stands first in a command? */
static bool is_scratch_chain(const struct tmpl_node *n)
{
    return n->type == NODE_CHAIN && n->n_fields == 1;
}

static int eval_command(struct tmpl_exec *x, const struct tmpl_node *command,
                        const struct tmpl_value *dot, const struct tmpl_value *final,
                        struct tmpl_value *ret)
{
    const struct tmpl_node *first = command->args;

    if (tmpl_charge(x, 1))
        return -1;
    if (first->type == NODE_FUNCTION)
        return eval_call(x, command, dot, final, ret);
    if (is_scratch_chain(first) || (first->type == NODE_VARIABLE && first->n_fields == 1))
        return eval_method(x, command, dot, final, ret);
    x->at = first;
    if (command->n_args > 1 || final)
        return tmpl_fail(x, "can't give argument to non-function %.*s",
                         (int)(first->end - first->pos), x->t->text + first->pos);
    if (first->type == NODE_CONSTANT && first->value.kind == TMPL_NIL)
        return tmpl_fail(x, "nil is not a command");
    return eval_operand(x, first, dot, ret);
}

static int eval_operand(struct tmpl_exec *x, const struct tmpl_node *n,
                        const struct tmpl_value *dot, struct tmpl_value *ret)
{
    x->at = n;
    switch (n->type) {
    case NODE_CONSTANT:
        *ret = n->value;
        return 0;
    case NODE_DOT:
        *ret = *dot;
        break;
    case NODE_VARIABLE:
        *ret = x->vars[x->base + n->slot];
        break;
    case NODE_CHAIN:
        if (eval_operand(x, n->args, dot, ret))
            return -1;
        x->at = n;
        break;
    case NODE_FUNCTION:
        return tmpl_function_call(x, n->function, NULL, 0, ret);
    default:
        return tmpl_eval_pipe(x, n, dot, ret);
    }
    return n->n_fields ? get_fields(x, n->fields, n->n_fields, ret) : 0;
}

/* The operands of 'command' behind the first one, then 'final'. The caller has counted them. */
static int eval_args(struct tmpl_exec *x, const struct tmpl_node *command,
                     const struct tmpl_value *dot, const struct tmpl_value *final,
                     struct tmpl_value *args)
{
    for (const struct tmpl_node *n = command->args->next; n; n = n->next)
        if (eval_operand(x, n, dot, args++))
            return -1;
    if (final)
        *args = *final;
    x->at = command;
    return 0;
}

/* `and` and `or` end at the first operand that decides. */
static int eval_logic(struct tmpl_exec *x, const struct tmpl_node *command,
                      const struct tmpl_value *dot, const struct tmpl_value *final, bool stop_at,
                      struct tmpl_value *ret)
{
    const struct tmpl_node *n = command->args->next;

    if (!n && !final)
        return tmpl_fail(x, "wrong number of args for %s: want at least 1 got 0",
                         stop_at ? "or" : "and");
    for (; n; n = n->next) {
        if (eval_operand(x, n, dot, ret))
            return -1;
        if (tmpl_truth(ret) == stop_at)
            return 0;
    }
    if (final)
        *ret = *final;
    return 0;
}

static int eval_call(struct tmpl_exec *x, const struct tmpl_node *command,
                     const struct tmpl_value *dot, const struct tmpl_value *final,
                     struct tmpl_value *ret)
{
    const struct tmpl_function *f = command->args->function;
    size_t n = command->n_args - 1 + (final != NULL);
    struct tmpl_value few[ARGS_FEW];
    struct tmpl_value *args = n <= ARGS_FEW ? few : tmpl_alloc(&x->arena, n * sizeof *args);

    x->at = command;
    if (!strcmp(f->name, "or"))
        return eval_logic(x, command, dot, final, true, ret);
    if (!strcmp(f->name, "and"))
        return eval_logic(x, command, dot, final, false, ret);
    if (eval_args(x, command, dot, final, args))
        return -1;
    return tmpl_function_call(x, f, args, n, ret);
}

/* `scratch.Set "key" 1`: the field is a method where the value before it has methods. */
static int eval_method(struct tmpl_exec *x, const struct tmpl_node *command,
                       const struct tmpl_value *dot, const struct tmpl_value *final,
                       struct tmpl_value *ret)
{
    const struct tmpl_node *first = command->args;
    size_t n = command->n_args - 1 + (final != NULL);
    struct tmpl_value object;

    if (first->type == NODE_VARIABLE)
        object = x->vars[x->base + first->slot];
    else if (eval_operand(x, first->args, dot, &object))
        return -1;
    x->at = first;
    if (object.kind != TMPL_OBJECT) {
        if (n)
            return tmpl_fail(x, "%.*s has arguments but cannot be invoked as function",
                             (int)first->fields[0].len, first->fields[0].s);
        *ret = object;
        return get_fields(x, first->fields, 1, ret);
    }
    struct tmpl_value *args = tmpl_alloc(&x->arena, (n + 1) * sizeof *args);
    if (eval_args(x, command, dot, final, args))
        return -1;
    return tmpl_scratch_call(x, &first->fields[0], args, n, ret);
}

static int get_from_map(struct tmpl_exec *x, const struct tmpl_value *field, struct tmpl_value *v)
{
    if (v->map->fill)
        tmpl_map_fill(&x->arena, v->map);

    const struct tmpl_value *found =
        v->map->keys == TMPL_STRING ? tmpl_map_get(v->map, *field) : NULL;

    if (found) {
        *v = *found;
        return 0;
    }
    if (v->map->type || v->map->keys != TMPL_STRING)
        return tmpl_fail(x, "can't evaluate field %.*s in type %s", (int)field->len, field->s,
                         tmpl_type_name(v));
    if (x->run->error_on_missing_key)
        return tmpl_fail(x, "map has no entry for key \"%.*s\"", (int)field->len, field->s);
    *v = tmpl_none();
    return 0;
}

static int get_fields(struct tmpl_exec *x, const struct tmpl_value *fields, size_t n,
                      struct tmpl_value *v)
{
    for (size_t i = 0; i < n; i++) {
        const struct tmpl_value *field = &fields[i];

        switch (v->kind) {
        case TMPL_NONE:
            if (x->run->error_on_missing_key)
                return tmpl_fail(x, "nil data; no entry for key \"%.*s\"", (int)field->len,
                                 field->s);
            return 0;
        case TMPL_NIL:
            return tmpl_fail(x, "nil pointer evaluating interface {}.%.*s", (int)field->len,
                             field->s);
        case TMPL_MAP:
            if (get_from_map(x, field, v))
                return -1;
            break;
        case TMPL_OBJECT:
            if (tmpl_scratch_call(x, field, NULL, 0, v))
                return -1;
            break;
        default:
            return tmpl_fail(x, "can't evaluate field %.*s in type %s", (int)field->len, field->s,
                             tmpl_type_name(v));
        }
    }
    return 0;
}

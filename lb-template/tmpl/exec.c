#include "lb-template/tmpl/exec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lb-template/tmpl/format.h"
#include "lib/xmalloc.h"

/* How a list of statements was left. */
enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE, FLOW_FAIL };

static enum flow walk(struct tmpl_exec *x, const struct tmpl_node *list,
                      const struct tmpl_value *dot);
static enum flow walk_one(struct tmpl_exec *x, const struct tmpl_node *n,
                          const struct tmpl_value *dot);
static enum flow walk_action(struct tmpl_exec *x, const struct tmpl_node *n,
                             const struct tmpl_value *dot);
static enum flow walk_if(struct tmpl_exec *x, const struct tmpl_node *n,
                         const struct tmpl_value *dot);
static enum flow walk_range(struct tmpl_exec *x, const struct tmpl_node *n,
                            const struct tmpl_value *dot);
static enum flow walk_template(struct tmpl_exec *x, const struct tmpl_node *n,
                               const struct tmpl_value *dot);

/* What the error is about, as Go shows it: `executing "main" at <.a.b>`. */
static void add_context(struct tmpl_exec *x, char *buf, size_t size)
{
    const struct tmpl_node *n = x->at;
    size_t len = n && n->end > n->pos ? n->end - n->pos : 0;

    buf[0] = '\0';
    if (len)
        snprintf(buf, size, "executing \"%.*s\" at <%.*s%s>: ",
                 (int)(x->running->name.len > 60 ? 60 : x->running->name.len), x->running->name.s,
                 (int)(len > 20 ? 20 : len), x->t->text + n->pos, len > 20 ? "..." : "");
}

int tmpl_fail(struct tmpl_exec *x, const char *format, ...)
{
    char context[128];
    va_list args;

    if (x->err)
        return -1;
    va_start(args, format);
    CLEAN(free_str) char *text = xvasprintf(format, args);
    va_end(args);
    add_context(x, context, sizeof context);
    err_set(&x->err, "%s%s", context, text);
    return tmpl_locate(x->t, x->at ? x->at->pos : 0, &x->err);
}

int tmpl_charge(struct tmpl_exec *x, uint64_t steps)
{
    if (steps > x->limits.steps || x->steps > x->limits.steps - steps)
        return tmpl_fail(x, "the template takes too long: more than %llu steps",
                         (unsigned long long)x->limits.steps);
    x->steps += steps;
    if (x->arena.over)
        return tmpl_fail(x, "the template needs too much memory: more than %zu bytes",
                         x->limits.memory);
    if (x->out.over)
        return tmpl_fail(x, "the output is too long: more than %zu bytes", x->limits.output);
    return 0;
}

void tmpl_push_var(struct tmpl_exec *x, struct tmpl_value v)
{
    x->vars = xgrow(x->vars, x->n_vars, &x->cap_vars, sizeof *x->vars);
    x->vars[x->n_vars++] = v;
}

void tmpl_set_var(struct tmpl_exec *x, size_t slot, struct tmpl_value v)
{
    x->vars[x->base + slot] = v;
}

int tmpl_exec_define(struct tmpl_exec *x, const struct tmpl_define *d, struct tmpl_value dot)
{
    const struct tmpl_define *outer = x->running;
    size_t base = x->base, n_vars = x->n_vars;

    if (++x->calls > x->limits.calls)
        return tmpl_fail(x, "templates call each other more than %u deep", x->limits.calls);
    x->running = d;
    x->base = n_vars;
    tmpl_push_var(x, dot);
    enum flow flow = walk(x, d->list, &dot);
    x->n_vars = n_vars;
    x->base = base;
    x->running = outer;
    x->calls--;
    return flow == FLOW_FAIL ? -1 : 0;
}

static enum flow walk(struct tmpl_exec *x, const struct tmpl_node *list,
                      const struct tmpl_value *dot)
{
    enum flow flow = FLOW_ON;

    if (++x->depth > TMPL_DEPTH_MAX) {
        tmpl_fail(x, "more than %d blocks and calls inside each other", TMPL_DEPTH_MAX);
        return FLOW_FAIL;
    }
    for (; list && flow == FLOW_ON; list = list->next)
        flow = walk_one(x, list, dot);
    x->depth--;
    return flow;
}

static enum flow walk_one(struct tmpl_exec *x, const struct tmpl_node *n,
                          const struct tmpl_value *dot)
{
    x->at = n;
    if (tmpl_charge(x, 1))
        return FLOW_FAIL;
    switch (n->type) {
    case NODE_TEXT:
        tmpl_buf_add(&x->out, n->value.s, n->value.len);
        return FLOW_ON;
    case NODE_IF:
    case NODE_WITH:
        return walk_if(x, n, dot);
    case NODE_RANGE:
        return walk_range(x, n, dot);
    case NODE_TEMPLATE:
        return walk_template(x, n, dot);
    case NODE_BREAK:
        return FLOW_BREAK;
    case NODE_CONTINUE:
        return FLOW_CONTINUE;
    default:
        return walk_action(x, n, dot);
    }
}

static enum flow print_value(struct tmpl_exec *x, const struct tmpl_value *v)
{
    tmpl_fill(&x->arena, v);
    return tmpl_format_value(x, &x->out, v) ? FLOW_FAIL : FLOW_ON;
}

static enum flow walk_action(struct tmpl_exec *x, const struct tmpl_node *n,
                             const struct tmpl_value *dot)
{
    struct tmpl_value v;

    if (tmpl_eval_pipe(x, n->pipe, dot, &v))
        return FLOW_FAIL;
    if (n->pipe->n_slots)
        return FLOW_ON;
    if (v.kind == TMPL_STRING)
        tmpl_buf_add(&x->out, v.s, v.len);
    else if (v.kind == TMPL_NONE || v.kind == TMPL_NIL)
        tmpl_buf_adds(&x->out, "<no value>");
    else
        return print_value(x, &v);
    return FLOW_ON;
}

static enum flow walk_if(struct tmpl_exec *x, const struct tmpl_node *n,
                         const struct tmpl_value *dot)
{
    size_t mark = x->n_vars;
    struct tmpl_value v;
    enum flow flow;

    if (tmpl_eval_pipe(x, n->pipe, dot, &v))
        return FLOW_FAIL;
    if (tmpl_truth(&v))
        flow = walk(x, n->list, n->type == NODE_WITH ? &v : dot);
    else
        flow = walk(x, n->otherwise, dot);
    x->n_vars = mark;
    return flow;
}

/* One round of a range. Its variables have their places: they are declared, or assigned to. */
static enum flow walk_round(struct tmpl_exec *x, const struct tmpl_node *n, struct tmpl_value key,
                            struct tmpl_value elem)
{
    size_t mark = x->n_vars;

    if (n->pipe->n_slots)
        tmpl_set_var(x, n->pipe->slots[0], n->pipe->n_slots == 2 ? key : elem);
    if (n->pipe->n_slots == 2)
        tmpl_set_var(x, n->pipe->slots[1], elem);
    x->at = n;
    enum flow flow = tmpl_charge(x, 1) ? FLOW_FAIL : walk(x, n->list, &elem);
    x->n_vars = mark;
    return flow == FLOW_CONTINUE ? FLOW_ON : flow;
}

static enum flow range_list(struct tmpl_exec *x, const struct tmpl_node *n,
                            const struct tmpl_list *l)
{
    enum flow flow = FLOW_ON;

    for (size_t i = 0; i < l->n && flow == FLOW_ON; i++)
        flow = walk_round(x, n, tmpl_int((int64_t)i), l->v[i]);
    return flow;
}

/* Over the pairs that are there now: the body may change the map. */
static enum flow range_map(struct tmpl_exec *x, const struct tmpl_node *n, struct tmpl_map *m)
{
    enum flow flow = FLOW_ON;

    tmpl_map_sort(m);
    size_t n_pairs = m->n;
    struct tmpl_pair *pairs = tmpl_alloc(&x->arena, (n_pairs + 1) * sizeof *pairs);
    if (n_pairs)
        memcpy(pairs, m->v, n_pairs * sizeof *pairs);
    for (size_t i = 0; i < n_pairs && flow == FLOW_ON; i++)
        flow = walk_round(x, n, pairs[i].key, pairs[i].value);
    return flow;
}

static enum flow range_int(struct tmpl_exec *x, const struct tmpl_node *n, int64_t limit)
{
    enum flow flow = FLOW_ON;

    for (int64_t i = 0; i < limit && flow == FLOW_ON; i++)
        flow = walk_round(x, n, tmpl_int(i), tmpl_int(i));
    return flow;
}

/* '*ret_empty': there was nothing to go through. */
static enum flow range_over(struct tmpl_exec *x, const struct tmpl_node *n,
                            const struct tmpl_value *v, bool *ret_empty)
{
    *ret_empty = !tmpl_truth(v);
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        return FLOW_ON;
    case TMPL_LIST:
        return range_list(x, n, v->list);
    case TMPL_INT:
        *ret_empty = v->i <= 0;
        return range_int(x, n, v->i);
    case TMPL_MAP:
        if (!v->map->type)
            return range_map(x, n, v->map);
        break;
    default:
        break;
    }
    struct tmpl_buf text = TMPL_BUF(&x->arena);
    x->at = n->pipe;
    if (!tmpl_format_value(x, &text, v))
        tmpl_fail(x, "range can't iterate over %.100s", text.data ? text.data : "");
    return FLOW_FAIL;
}

static enum flow walk_range(struct tmpl_exec *x, const struct tmpl_node *n,
                            const struct tmpl_value *dot)
{
    size_t mark = x->n_vars;
    bool empty = false;
    struct tmpl_value v;

    if (tmpl_eval_pipe(x, n->pipe, dot, &v))
        return FLOW_FAIL;
    enum flow flow = range_over(x, n, &v, &empty);
    if (flow == FLOW_BREAK)
        flow = FLOW_ON;
    else if (empty && flow == FLOW_ON)
        flow = walk(x, n->otherwise, dot);
    x->n_vars = mark;
    return flow;
}

static enum flow walk_template(struct tmpl_exec *x, const struct tmpl_node *n,
                               const struct tmpl_value *dot)
{
    const struct tmpl_define *d = tmpl_find(x->t, &n->value);
    size_t mark = x->n_vars;
    struct tmpl_value v = tmpl_none();

    if (!d) {
        tmpl_fail(x, "template \"%.*s\" not defined", (int)n->value.len, n->value.s);
        return FLOW_FAIL;
    }
    if (n->pipe && tmpl_eval_pipe(x, n->pipe, dot, &v))
        return FLOW_FAIL;
    x->n_vars = mark;
    x->at = n;
    int failed = tmpl_cut_is_at(x, &v) ? tmpl_cut_piece(x, d, &v) : tmpl_exec_define(x, d, v);
    return failed ? FLOW_FAIL : FLOW_ON;
}

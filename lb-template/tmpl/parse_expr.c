#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/parse.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

/* The variables that a pipeline sets: `$i, $e :=`. */
struct targets {
    const struct tmpl_token *v[2];
    size_t n;
    bool assign;
};

static int parse_targets(struct tmpl_parser *p, const char *context, struct targets *t);
static int bind_targets(struct tmpl_parser *p, const struct targets *t, struct tmpl_node *pipe);
static struct tmpl_node *parse_command(struct tmpl_parser *p);
static struct tmpl_node *parse_operand(struct tmpl_parser *p);
static struct tmpl_node *parse_term(struct tmpl_parser *p);
static int find_variable(const struct tmpl_parser *p, const struct tmpl_token *token,
                         size_t *ret_slot);

/* Is 'type' the beginning of an operand? */
static bool begins_operand(enum tmpl_token_type type)
{
    switch (type) {
    case TOK_BOOL:
    case TOK_CHAR:
    case TOK_DOT:
    case TOK_FIELD:
    case TOK_IDENTIFIER:
    case TOK_NUMBER:
    case TOK_NIL:
    case TOK_RAW:
    case TOK_STRING:
    case TOK_VARIABLE:
    case TOK_OPEN:
        return true;
    default:
        return false;
    }
}

/* Appends 'n' to the members of 'parent'; '*last' is where the next one goes. */
static void append(struct tmpl_node *parent, struct tmpl_node ***last, struct tmpl_node *n)
{
    **last = n;
    *last = &n->next;
    parent->n_args++;
    parent->end = n->end;
}

static int check_pipe(struct tmpl_parser *p, const struct tmpl_node *pipe, const char *context)
{
    size_t stage = 2;

    if (!pipe->args)
        return tmpl_parse_fail(p, pipe->pos, "missing value for %s", context), -1;
    for (const struct tmpl_node *c = pipe->args->next; c; c = c->next, stage++) {
        const struct tmpl_node *first = c->args;

        if (first->type == NODE_CONSTANT || (first->type == NODE_DOT && !first->n_fields))
            return tmpl_parse_fail(p, first->pos, "non executable command in pipeline stage %zu",
                                   stage),
                   -1;
    }
    return 0;
}

struct tmpl_node *tmpl_parse_pipe(struct tmpl_parser *p, const char *context,
                                  enum tmpl_token_type end)
{
    struct tmpl_node *pipe = tmpl_node_new(p, NODE_PIPE, tmpl_peek_item(p)->pos);
    struct tmpl_node **last = &pipe->args;
    struct targets targets = {0};

    if (++p->depth > TMPL_NESTING_MAX)
        return tmpl_parse_fail(p, pipe->pos, "more than %d parentheses or blocks inside each other",
                               TMPL_NESTING_MAX);
    if (parse_targets(p, context, &targets))
        return NULL;
    for (;;) {
        const struct tmpl_token *token = tmpl_peek_item(p);

        if (token->type == end)
            break;
        if (!begins_operand(token->type))
            return tmpl_unexpected(p, token, context);
        struct tmpl_node *command = parse_command(p);
        if (!command)
            return NULL;
        append(pipe, &last, command);
    }
    tmpl_next_item(p);
    p->depth--;
    if (check_pipe(p, pipe, context) || bind_targets(p, &targets, pipe))
        return NULL;
    return pipe;
}

/* Up to two variables and := or =. A variable that neither follows is left to be an operand. */
static int parse_targets(struct tmpl_parser *p, const char *context, struct targets *t)
{
    for (;;) {
        size_t at = p->at;
        const struct tmpl_token *variable = tmpl_peek_item(p);

        if (variable->type != TOK_VARIABLE)
            return t->n ? (tmpl_unexpected(p, variable, context), -1) : 0;
        p->at++;
        const struct tmpl_token *next = tmpl_peek_item(p);
        if (next->type != TOK_ASSIGN && next->type != TOK_DECLARE && next->type != TOK_COMMA) {
            p->at = at;
            return t->n ? (tmpl_unexpected(p, next, context), -1) : 0;
        }
        p->at++;
        t->v[t->n++] = variable;
        t->assign = next->type == TOK_ASSIGN;
        if (next->type != TOK_COMMA)
            return 0;
        if (strcmp(context, "range") || t->n == ARRAY_LEN(t->v))
            return tmpl_parse_fail(p, next->pos, "too many declarations in %s", context), -1;
    }
}

/* After the commands, because `$x := f $x` means the $x that is there already. */
static int bind_targets(struct tmpl_parser *p, const struct targets *t, struct tmpl_node *pipe)
{
    pipe->assign = t->assign;
    pipe->n_slots = t->n;
    for (size_t i = 0; i < t->n; i++) {
        const struct tmpl_token *token = t->v[i];

        if (t->assign) {
            if (find_variable(p, token, &pipe->slots[i]))
                return tmpl_parse_fail(p, token->pos, "undefined variable \"%.*s\"",
                                       (int)token->len, p->t->text + token->pos),
                       -1;
            continue;
        }
        pipe->slots[i] = p->n_vars;
        p->vars = xgrow(p->vars, p->n_vars, &p->cap_vars, sizeof *p->vars);
        p->vars[p->n_vars++] = tmpl_str(p->t->text + token->pos, token->len);
    }
    return 0;
}

/* Operands with blanks between them, up to a pipe or the end of the pipeline. */
static struct tmpl_node *parse_command(struct tmpl_parser *p)
{
    struct tmpl_node *command = tmpl_node_new(p, NODE_COMMAND, tmpl_peek_item(p)->pos);
    struct tmpl_node **last = &command->args;

    for (;;) {
        if (begins_operand(tmpl_peek_item(p)->type)) {
            struct tmpl_node *operand = parse_operand(p);

            if (!operand)
                return NULL;
            append(command, &last, operand);
        }
        const struct tmpl_token *token = tmpl_next(p);
        if (token->type == TOK_SPACE)
            continue;
        if (token->type == TOK_RIGHT || token->type == TOK_CLOSE)
            p->at--;
        else if (token->type != TOK_PIPE)
            return tmpl_unexpected(p, token, "operand");
        else if (!begins_operand(tmpl_peek_item(p)->type))
            return tmpl_parse_fail(p, token->pos, "missing value for command");
        return command;
    }
}

static void add_field(struct tmpl_parser *p, struct tmpl_node *n, const struct tmpl_token *field)
{
    size_t size = sizeof *n->fields;

    n->fields = tmpl_grow(&p->t->arena, n->fields, n->n_fields * size, (n->n_fields + 1) * size);
    n->fields[n->n_fields++] = tmpl_str(p->t->text + field->pos + 1, field->len - 1);
    n->end = field->pos + field->len;
}

/* A term and the fields that follow it without a blank. */
static struct tmpl_node *parse_operand(struct tmpl_parser *p)
{
    struct tmpl_node *n = parse_term(p);

    if (!n || tmpl_peek(p)->type != TOK_FIELD)
        return n;
    if (n->type == NODE_CONSTANT || (n->type == NODE_DOT && !n->n_fields))
        return tmpl_parse_fail(p, n->pos, "unexpected . after term");
    if (n->type != NODE_DOT && n->type != NODE_VARIABLE) {
        struct tmpl_node *chain = tmpl_node_new(p, NODE_CHAIN, n->pos);

        chain->args = n;
        chain->n_args = 1;
        n = chain;
    }
    while (tmpl_peek(p)->type == TOK_FIELD)
        add_field(p, n, tmpl_next(p));
    return n;
}

static bool is_denied(const struct tmpl *t, const char *name)
{
    for (size_t i = 0; t->denied && i < t->denied->n; i++)
        if (!fnmatch(t->denied->v[i], name, 0))
            return true;
    return false;
}

static struct tmpl_node *parse_function(struct tmpl_parser *p, struct tmpl_node *n,
                                        const struct tmpl_token *token)
{
    const char *name = p->t->text + token->pos;

    n->type = NODE_FUNCTION;
    n->function = tmpl_function_find(p->t->functions, name, token->len);
    if (!n->function)
        return tmpl_parse_fail(p, token->pos, "function \"%.*s\" not defined", (int)token->len,
                               name);
    if (!n->function->call)
        return tmpl_parse_fail(p, token->pos, "function \"%.*s\" not defined: %s", (int)token->len,
                               name, n->function->why);
    if (is_denied(p->t, n->function->name))
        return tmpl_parse_fail(p, token->pos, "function \"%s\" is disabled", n->function->name);
    p->t->asks |= tmpl_function_asks(n->function);
    return n;
}

static struct tmpl_node *parse_variable(struct tmpl_parser *p, struct tmpl_node *n,
                                        const struct tmpl_token *token)
{
    n->type = NODE_VARIABLE;
    if (find_variable(p, token, &n->slot))
        return tmpl_parse_fail(p, token->pos, "undefined variable \"%.*s\"", (int)token->len,
                               p->t->text + token->pos);
    return n;
}

static struct tmpl_node *parse_constant(struct tmpl_parser *p, struct tmpl_node *n,
                                        const struct tmpl_token *token)
{
    CLEAN(err) struct err *err = NULL;

    if (tmpl_constant(&p->t->arena, token->type, p->t->text + token->pos, token->len, &n->value,
                      &err))
        return tmpl_parse_fail(p, token->pos, "%s", err_msg(err));
    return n;
}

static struct tmpl_node *parse_term(struct tmpl_parser *p)
{
    const struct tmpl_token *token = tmpl_next(p);
    struct tmpl_node *n = tmpl_node_new(p, NODE_CONSTANT, token->pos);

    n->end = token->pos + token->len;
    switch (token->type) {
    case TOK_IDENTIFIER:
        return parse_function(p, n, token);
    case TOK_VARIABLE:
        return parse_variable(p, n, token);
    case TOK_FIELD:
        n->type = NODE_DOT;
        add_field(p, n, token);
        return n;
    case TOK_DOT:
        n->type = NODE_DOT;
        return n;
    case TOK_OPEN:
        n = tmpl_parse_pipe(p, "parenthesized pipeline", TOK_CLOSE);
        if (n) {
            n->pos = token->pos;
            n->end = p->tokens.v[p->at - 1].pos + 1;
        }
        return n;
    default:
        return parse_constant(p, n, token);
    }
}

static int find_variable(const struct tmpl_parser *p, const struct tmpl_token *token,
                         size_t *ret_slot)
{
    struct tmpl_value name = tmpl_str(p->t->text + token->pos, token->len);

    for (size_t i = p->n_vars; i; i--) {
        if (!tmpl_string_cmp(&p->vars[i - 1], &name)) {
            *ret_slot = i - 1;
            return 0;
        }
    }
    return -1;
}

#include "lb-template/tmpl/parse.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

/* How a list of statements ended: at the end of the text, at {{end}} or at {{else}}. */
struct ending {
    enum tmpl_token_type type; /* TOK_EOF, TOK_END or TOK_ELSE */
    uint32_t pos;
};

static int parse_list(struct tmpl_parser *p, bool top, struct tmpl_node **ret,
                      struct ending *ret_ending);
static struct tmpl_node *parse_action(struct tmpl_parser *p, const struct tmpl_token *left);
static struct tmpl_node *parse_control(struct tmpl_parser *p, enum tmpl_node_type type,
                                       const char *context, uint32_t pos);
static int parse_define(struct tmpl_parser *p, uint32_t pos);
static struct tmpl_node *parse_block(struct tmpl_parser *p, uint32_t pos);
static struct tmpl_node *parse_template(struct tmpl_parser *p, uint32_t pos);
static int add_define(struct tmpl_parser *p, struct tmpl_value name, struct tmpl_node *list,
                      uint32_t pos);

int tmpl_parse_tokens(struct tmpl_parser *p)
{
    struct tmpl_node *list = NULL;
    struct ending ending;

    if (parse_list(p, true, &list, &ending))
        return -1;
    if (ending.type != TOK_EOF) {
        tmpl_parse_fail(p, ending.pos, "unexpected {{%s}}",
                        ending.type == TOK_END ? "end" : "else");
        return -1;
    }
    struct tmpl_define *d = tmpl_alloc(&p->t->arena, sizeof *d);
    d->name = tmpl_cstr(p->t->name);
    d->list = list;
    d->next = p->t->defines;
    p->t->defines = p->t->main = d;
    return 0;
}

const struct tmpl_token *tmpl_peek(struct tmpl_parser *p)
{
    return &p->tokens.v[p->at];
}

/* The last token, TOK_EOF, is not passed. */
const struct tmpl_token *tmpl_next(struct tmpl_parser *p)
{
    const struct tmpl_token *t = tmpl_peek(p);

    if (t->type != TOK_EOF)
        p->at++;
    return t;
}

const struct tmpl_token *tmpl_peek_item(struct tmpl_parser *p)
{
    while (tmpl_peek(p)->type == TOK_SPACE)
        p->at++;
    return tmpl_peek(p);
}

const struct tmpl_token *tmpl_next_item(struct tmpl_parser *p)
{
    tmpl_peek_item(p);
    return tmpl_next(p);
}

struct tmpl_node *tmpl_node_new(struct tmpl_parser *p, enum tmpl_node_type type, uint32_t pos)
{
    struct tmpl_node *n = tmpl_alloc(&p->t->arena, sizeof *n);

    n->type = type;
    n->pos = n->end = pos;
    return n;
}

void *tmpl_parse_fail(struct tmpl_parser *p, uint32_t pos, const char *format, ...)
{
    va_list args;

    if (p->fault->err)
        return NULL;
    va_start(args, format);
    CLEAN(free_str) char *text = xvasprintf(format, args);
    va_end(args);
    p->fault->pos = pos;
    err_set(&p->fault->err, "%s", text);
    return NULL;
}

void *tmpl_unexpected(struct tmpl_parser *p, const struct tmpl_token *token, const char *context)
{
    const char *text = p->t->text + token->pos;
    int len = token->len > 20 ? 20 : (int)token->len;

    if (token->type == TOK_EOF)
        return tmpl_parse_fail(p, token->pos, "unexpected EOF");
    if (token->type >= TOK_KEYWORD)
        return tmpl_parse_fail(p, token->pos, "unexpected <%.*s> in %s", len, text, context);
    return tmpl_parse_fail(p, token->pos, "unexpected \"%.*s\" in %s", len, text, context);
}

/* Statements up to the one that ends their list. 'top': {{define}} may be among them. */
static int parse_list(struct tmpl_parser *p, bool top, struct tmpl_node **ret,
                      struct ending *ret_ending)
{
    struct tmpl_node **last = ret;

    for (;;) {
        const struct tmpl_token *token = tmpl_next(p);
        struct tmpl_node *n;

        *ret_ending = (struct ending){TOK_EOF, token->pos};
        if (token->type == TOK_EOF)
            return 0;
        if (token->type == TOK_TEXT) {
            n = tmpl_node_new(p, NODE_TEXT, token->pos);
            n->value = tmpl_str(p->t->text + token->pos, token->len);
        } else {
            const struct tmpl_token *first = tmpl_peek_item(p);

            if (first->type == TOK_END || first->type == TOK_ELSE) {
                *ret_ending = (struct ending){first->type, token->pos};
                p->at++;
                return 0;
            }
            if (first->type == TOK_DEFINE && top) {
                p->at++;
                if (parse_define(p, token->pos))
                    return -1;
                continue;
            }
            n = parse_action(p, token);
        }
        if (!n)
            return -1;
        *last = n;
        last = &n->next;
    }
}

static struct tmpl_node *parse_jump(struct tmpl_parser *p, enum tmpl_node_type type, uint32_t pos)
{
    const char *name = type == NODE_BREAK ? "break" : "continue";

    if (tmpl_next_item(p)->type != TOK_RIGHT)
        return tmpl_unexpected(p, &p->tokens.v[p->at - 1], name);
    if (!p->ranges)
        return tmpl_parse_fail(p, pos, "{{%s}} outside {{range}}", name);
    return tmpl_node_new(p, type, pos);
}

static struct tmpl_node *parse_action(struct tmpl_parser *p, const struct tmpl_token *left)
{
    uint32_t pos = left->pos;
    size_t at = p->at;

    switch (tmpl_next_item(p)->type) {
    case TOK_IF:
        return parse_control(p, NODE_IF, "if", pos);
    case TOK_WITH:
        return parse_control(p, NODE_WITH, "with", pos);
    case TOK_RANGE:
        return parse_control(p, NODE_RANGE, "range", pos);
    case TOK_BREAK:
        return parse_jump(p, NODE_BREAK, pos);
    case TOK_CONTINUE:
        return parse_jump(p, NODE_CONTINUE, pos);
    case TOK_TEMPLATE:
        return parse_template(p, pos);
    case TOK_BLOCK:
        return parse_block(p, pos);
    default:
        p->at = at;
    }
    struct tmpl_node *n = tmpl_node_new(p, NODE_ACTION, pos);
    n->pipe = tmpl_parse_pipe(p, "command", TOK_RIGHT);
    return n->pipe ? n : NULL;
}

/* {{else if ...}} and {{else with ...}} are one statement in the list behind {{else}}, and share
 * its {{end}}. */
static int parse_else(struct tmpl_parser *p, struct tmpl_node *n)
{
    const struct tmpl_token *token = tmpl_next_item(p);
    struct ending ending;

    if (n->type == NODE_IF && token->type == TOK_IF)
        n->otherwise = parse_control(p, NODE_IF, "if", token->pos);
    else if (n->type == NODE_WITH && token->type == TOK_WITH)
        n->otherwise = parse_control(p, NODE_WITH, "with", token->pos);
    else if (token->type != TOK_RIGHT)
        return tmpl_unexpected(p, token, "else"), -1;
    else if (parse_list(p, false, &n->otherwise, &ending))
        return -1;
    else if (ending.type == TOK_ELSE)
        return tmpl_parse_fail(p, ending.pos, "expected end; found {{else}}"), -1;
    else if (ending.type == TOK_EOF)
        return tmpl_parse_fail(p, n->pos, "unexpected EOF: this has no {{end}}"), -1;
    else if (tmpl_next_item(p)->type != TOK_RIGHT)
        return tmpl_unexpected(p, &p->tokens.v[p->at - 1], "end"), -1;
    return p->fault->err ? -1 : 0;
}

/* What stands between the pipeline of 'n' and its {{end}}. */
static int parse_bodies(struct tmpl_parser *p, struct tmpl_node *n)
{
    size_t mark = p->n_vars;
    struct ending ending;

    p->ranges += n->type == NODE_RANGE;
    int failed = parse_list(p, false, &n->list, &ending);
    p->ranges -= n->type == NODE_RANGE;
    p->n_vars = mark;
    if (failed)
        return -1;
    if (ending.type == TOK_ELSE)
        return parse_else(p, n);
    if (ending.type == TOK_EOF)
        return tmpl_parse_fail(p, n->pos, "unexpected EOF: this has no {{end}}"), -1;
    if (tmpl_next_item(p)->type != TOK_RIGHT)
        return tmpl_unexpected(p, &p->tokens.v[p->at - 1], "end"), -1;
    return 0;
}

static struct tmpl_node *parse_control(struct tmpl_parser *p, enum tmpl_node_type type,
                                       const char *context, uint32_t pos)
{
    struct tmpl_node *n = tmpl_node_new(p, type, pos);
    size_t mark = p->n_vars;

    if (++p->depth > TMPL_NESTING_MAX)
        return tmpl_parse_fail(p, pos, "more than %d blocks inside each other", TMPL_NESTING_MAX);
    n->pipe = tmpl_parse_pipe(p, context, TOK_RIGHT);
    if (!n->pipe || parse_bodies(p, n))
        return NULL;
    p->n_vars = mark;
    p->depth--;
    return n;
}

/* The name in {{template "name"}} and its kin. */
static int parse_name(struct tmpl_parser *p, const char *context, struct tmpl_value *ret)
{
    const struct tmpl_token *token = tmpl_next_item(p);
    CLEAN(err) struct err *err = NULL;

    if (token->type != TOK_STRING && token->type != TOK_RAW)
        return tmpl_unexpected(p, token, context), -1;
    if (tmpl_constant(&p->t->arena, token->type, p->t->text + token->pos, token->len, ret, &err))
        return tmpl_parse_fail(p, token->pos, "%s", err_msg(err)), -1;
    return 0;
}

/* A list of its own, where only $ is known, up to {{end}}. */
static int parse_body(struct tmpl_parser *p, uint32_t pos, struct tmpl_node **ret)
{
    size_t vars = p->n_vars;
    unsigned ranges = p->ranges;
    struct tmpl_value *outer = p->vars;
    struct tmpl_value dollar = tmpl_cstr("$");
    struct ending ending;

    if (++p->depth > TMPL_NESTING_MAX)
        return tmpl_parse_fail(p, pos, "more than %d blocks inside each other", TMPL_NESTING_MAX),
               -1;
    p->vars = NULL;
    p->cap_vars = p->n_vars = p->ranges = 0;
    p->vars = xgrow(p->vars, 0, &p->cap_vars, sizeof *p->vars);
    p->vars[p->n_vars++] = dollar;
    int failed = parse_list(p, false, ret, &ending);
    free(p->vars);
    p->vars = outer;
    p->n_vars = p->cap_vars = vars;
    p->ranges = ranges;
    p->depth--;
    if (failed)
        return -1;
    if (ending.type != TOK_END)
        return tmpl_parse_fail(p, ending.type == TOK_EOF ? pos : ending.pos, "%s",
                               ending.type == TOK_EOF ? "unexpected EOF: this has no {{end}}"
                                                      : "unexpected {{else}}"),
               -1;
    if (tmpl_next_item(p)->type != TOK_RIGHT)
        return tmpl_unexpected(p, &p->tokens.v[p->at - 1], "end"), -1;
    return 0;
}

static int parse_define(struct tmpl_parser *p, uint32_t pos)
{
    struct tmpl_node *list = NULL;
    struct tmpl_value name;

    if (parse_name(p, "define clause", &name))
        return -1;
    if (tmpl_next_item(p)->type != TOK_RIGHT)
        return tmpl_unexpected(p, &p->tokens.v[p->at - 1], "define clause"), -1;
    if (parse_body(p, pos, &list))
        return -1;
    return add_define(p, name, list, pos);
}

/* {{block "x" p}}...{{end}} is {{define "x"}}...{{end}}{{template "x" p}}. */
static struct tmpl_node *parse_block(struct tmpl_parser *p, uint32_t pos)
{
    struct tmpl_node *n = tmpl_node_new(p, NODE_TEMPLATE, pos), *list = NULL;

    if (parse_name(p, "block clause", &n->value))
        return NULL;
    n->pipe = tmpl_parse_pipe(p, "block clause", TOK_RIGHT);
    if (!n->pipe || parse_body(p, pos, &list) || add_define(p, n->value, list, pos))
        return NULL;
    return n;
}

static struct tmpl_node *parse_template(struct tmpl_parser *p, uint32_t pos)
{
    struct tmpl_node *n = tmpl_node_new(p, NODE_TEMPLATE, pos);

    if (parse_name(p, "template clause", &n->value))
        return NULL;
    if (tmpl_peek_item(p)->type == TOK_RIGHT) {
        n->end = tmpl_next(p)->pos;
        return n;
    }
    n->pipe = tmpl_parse_pipe(p, "template clause", TOK_RIGHT);
    return n->pipe ? n : NULL;
}

/* Nothing but blanks? Such a definition may be replaced. */
static bool is_empty(const struct tmpl_node *list)
{
    for (; list; list = list->next) {
        if (list->type != NODE_TEXT)
            return false;
        for (size_t i = 0; i < list->value.len; i++)
            if (!strchr(" \t\r\n", list->value.s[i]))
                return false;
    }
    return true;
}

static int add_define(struct tmpl_parser *p, struct tmpl_value name, struct tmpl_node *list,
                      uint32_t pos)
{
    struct tmpl_define *d = p->t->defines;

    while (d && tmpl_string_cmp(&d->name, &name))
        d = d->next;
    if (d && !is_empty(list)) {
        if (!is_empty(d->list))
            return tmpl_parse_fail(p, pos, "multiple definition of template \"%.*s\"",
                                   (int)name.len, name.s),
                   -1;
        d->list = list;
    }
    if (d)
        return 0;
    d = tmpl_alloc(&p->t->arena, sizeof *d);
    d->name = name;
    d->list = list;
    d->next = p->t->defines;
    p->t->defines = d;
    return 0;
}

/* Template text -> nodes. What can be known without running it is checked here: nesting, variables
 * that are not defined, functions that do not exist. Pure. */
#ifndef LB_TEMPLATE_TMPL_PARSE_H
#define LB_TEMPLATE_TMPL_PARSE_H

#include "lb-template/tmpl/lex.h"
#include "lb-template/tmpl/node.h"

/* What the parts of the parser share. */
struct tmpl_parser {
    struct tmpl *t;
    struct tmpl_tokens tokens;
    size_t at; /* the next token */
    struct tmpl_fault *fault;
    struct tmpl_value *vars; /* names of the variables in scope, innermost last; [0] is $ */
    size_t n_vars, cap_vars;
    unsigned depth;  /* of blocks and parentheses */
    unsigned ranges; /* open ones, for break and continue */
};

#define TMPL_NESTING_MAX 100 /* blocks and parentheses inside each other */

/* Parses the tokens into 't->defines'. Returns 0, or -1 with '*fault' set. */
int tmpl_parse_tokens(struct tmpl_parser *p);

/* parse_expr.c: the pipeline up to 'end' (TOK_RIGHT or TOK_CLOSE), which is consumed. 'context'
 * names it in messages: "if", "range", "command". NULL on failure. */
struct tmpl_node *tmpl_parse_pipe(struct tmpl_parser *p, const char *context,
                                  enum tmpl_token_type end);

/* constant.c: the value of a number, character or string token. Returns 0, or -1 with the message
 * alone in 'err'. */
int tmpl_constant(struct tmpl_arena *a, enum tmpl_token_type type, const char *text, size_t len,
                  struct tmpl_value *ret, struct err **err);

/* Token reading, for both parts. */
const struct tmpl_token *tmpl_next(struct tmpl_parser *p);
const struct tmpl_token *tmpl_next_item(struct tmpl_parser *p); /* past blanks */
const struct tmpl_token *tmpl_peek(struct tmpl_parser *p);
const struct tmpl_token *tmpl_peek_item(struct tmpl_parser *p);

struct tmpl_node *tmpl_node_new(struct tmpl_parser *p, enum tmpl_node_type type, uint32_t pos);

/* Fails at 'pos'. Always returns NULL. */
void *tmpl_parse_fail(struct tmpl_parser *p, uint32_t pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fails because 'token' stands in 'context'. Always returns NULL. */
void *tmpl_unexpected(struct tmpl_parser *p, const struct tmpl_token *token, const char *context);

#endif

/* Template text -> tokens, by the rules of Go's text/template.
 *
 * Blanks inside an action are tokens: they part arguments, and `.a .b` is not `.a.b`. Comments and
 * the blanks that trim markers (`{{- ` and ` -}}`) eat are gone. Pure. */
#ifndef LB_TEMPLATE_TMPL_LEX_H
#define LB_TEMPLATE_TMPL_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum tmpl_token_type {
    TOK_EOF,
    TOK_TEXT,
    TOK_LEFT,  /* {{ */
    TOK_RIGHT, /* }} */
    TOK_SPACE,
    TOK_IDENTIFIER, /* a function */
    TOK_FIELD,      /* .name */
    TOK_VARIABLE,   /* $name, or $ alone */
    TOK_DOT,
    TOK_NUMBER,
    TOK_CHAR,   /* 'x', quotes included */
    TOK_STRING, /* "x", quotes included */
    TOK_RAW,    /* `x`, quotes included */
    TOK_BOOL,
    TOK_NIL,
    TOK_PIPE,
    TOK_COMMA,
    TOK_ASSIGN,  /* = */
    TOK_DECLARE, /* := */
    TOK_OPEN,    /* ( */
    TOK_CLOSE,   /* ) */
    TOK_KEYWORD, /* the first keyword; each has its own type */
    TOK_BLOCK = TOK_KEYWORD,
    TOK_BREAK,
    TOK_CONTINUE,
    TOK_DEFINE,
    TOK_ELSE,
    TOK_END,
    TOK_IF,
    TOK_RANGE,
    TOK_TEMPLATE,
    TOK_WITH,
};

struct tmpl_token {
    enum tmpl_token_type type;
    uint32_t pos; /* offset in the text */
    uint32_t len;
};

struct tmpl_tokens {
    struct tmpl_token *v;
    size_t n, cap;
};

/* Where lexing or parsing failed, and why. */
struct tmpl_fault {
    uint32_t pos;
    struct err *err; /* only the message; the caller adds the place */
};

/* Splits the 'len' bytes of 'text', whose delimiters are 'left' and 'right'. The last token is
 * TOK_EOF. Returns 0, or -1 with '*fault' set. */
int tmpl_lex(const char *text, size_t len, const char *left, const char *right,
             struct tmpl_tokens *ret_tokens, struct tmpl_fault *fault);

void tmpl_tokens_done(struct tmpl_tokens *t);

#endif

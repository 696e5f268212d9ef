#include "lb-template/tmpl/lex.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/utf8.h"
#include "lib/xmalloc.h"

struct lexer {
    const char *text;
    size_t len, pos;
    const char *left, *right;
    size_t left_len, right_len;
    size_t depth;    /* open parentheses */
    size_t open_pos; /* of the innermost one */
    struct tmpl_tokens *tokens;
    struct tmpl_fault *fault;
};

static int lex_text(struct lexer *l, bool *ret_more);
static int lex_comment(struct lexer *l);
static int lex_action(struct lexer *l);
static int lex_item(struct lexer *l);

int tmpl_lex(const char *text, size_t len, const char *left, const char *right,
             struct tmpl_tokens *ret_tokens, struct tmpl_fault *fault)
{
    struct lexer l = {.text = text,
                      .len = len,
                      .left = left,
                      .right = right,
                      .left_len = strlen(left),
                      .right_len = strlen(right),
                      .tokens = ret_tokens,
                      .fault = fault};
    bool more = true;

    while (more)
        if (lex_text(&l, &more))
            return -1;
    return 0;
}

void tmpl_tokens_done(struct tmpl_tokens *t)
{
    free(t->v);
    *t = (struct tmpl_tokens){0};
}

static void emit(struct lexer *l, enum tmpl_token_type type, size_t from, size_t to)
{
    struct tmpl_tokens *t = l->tokens;

    t->v = xgrow(t->v, t->n, &t->cap, sizeof *t->v);
    t->v[t->n++] = (struct tmpl_token){type, (uint32_t)from, (uint32_t)(to - from)};
}

static int fail(struct lexer *l, size_t pos, const char *message)
{
    l->fault->pos = (uint32_t)pos;
    return err_set(&l->fault->err, "%s", message);
}

/* The byte at 'pos', or -1 behind the end. */
static int at(const struct lexer *l, size_t pos)
{
    return pos < l->len ? (unsigned char)l->text[pos] : -1;
}

static bool is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of other alphabets count as letters. */
static bool is_word(int c)
{
    return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static bool starts(const struct lexer *l, size_t pos, const char *s, size_t len)
{
    return pos <= l->len && l->len - pos >= len && !memcmp(l->text + pos, s, len);
}

/* Is there a closing delimiter at 'pos'? '*ret_trim': with a trim marker before it. */
static bool at_right(const struct lexer *l, size_t pos, bool *ret_trim)
{
    *ret_trim =
        is_space(at(l, pos)) && at(l, pos + 1) == '-' && starts(l, pos + 2, l->right, l->right_len);
    return *ret_trim || starts(l, pos, l->right, l->right_len);
}

static void close_action(struct lexer *l, bool trim)
{
    l->pos += (trim ? 2 : 0) + l->right_len;
    while (trim && is_space(at(l, l->pos)))
        l->pos++;
}

/* The text up to the next action, and that action. */
static int lex_text(struct lexer *l, bool *ret_more)
{
    const char *found =
        l->len > l->pos ? memmem(l->text + l->pos, l->len - l->pos, l->left, l->left_len) : NULL;
    size_t left = found ? (size_t)(found - l->text) : l->len;
    size_t inside = left + l->left_len;
    bool trim = found && at(l, inside) == '-' && is_space(at(l, inside + 1));
    size_t end = left;

    while (trim && end > l->pos && is_space(at(l, end - 1)))
        end--;
    if (end > l->pos)
        emit(l, TOK_TEXT, l->pos, end);
    *ret_more = found;
    if (!found) {
        emit(l, TOK_EOF, l->len, l->len);
        return 0;
    }
    l->pos = inside + (trim ? 2 : 0);
    if (starts(l, l->pos, "/*", 2))
        return lex_comment(l);
    emit(l, TOK_LEFT, left, inside);
    return lex_action(l);
}

static int lex_comment(struct lexer *l)
{
    size_t start = l->pos + 2;
    const char *end = start <= l->len ? memmem(l->text + start, l->len - start, "*/", 2) : NULL;
    bool trim;

    if (!end)
        return fail(l, l->pos, "unclosed comment");
    l->pos = (size_t)(end - l->text) + 2;
    if (!at_right(l, l->pos, &trim))
        return fail(l, l->pos, "comment ends before closing delimiter");
    close_action(l, trim);
    return 0;
}

static int lex_action(struct lexer *l)
{
    size_t first = l->tokens->n;
    bool trim;

    l->depth = 0;
    for (;;) {
        if (at_right(l, l->pos, &trim)) {
            if (l->depth)
                return fail(l, l->open_pos, "unclosed left paren");
            emit(l, TOK_RIGHT, l->pos + (trim ? 2 : 0), l->pos + (trim ? 2 : 0) + l->right_len);
            close_action(l, trim);
            return 0;
        }
        if (l->pos >= l->len) {
            struct tmpl_token *left = &l->tokens->v[first - 1];
            return fail(l, left->pos, "unclosed action");
        }
        if (lex_item(l))
            return -1;
    }
}

/* One token of 'type' that is 'len' bytes. */
static int take(struct lexer *l, enum tmpl_token_type type, size_t len)
{
    emit(l, type, l->pos, l->pos + len);
    l->pos += len;
    return 0;
}

static int lex_space(struct lexer *l)
{
    size_t end = l->pos;
    bool trim;

    while (is_space(at(l, end)) && !(at_right(l, end, &trim) && trim))
        end++;
    return take(l, TOK_SPACE, end - l->pos);
}

/* Up to the closing 'quote'; a newline ends the line, not the string, of a raw one only. */
static int lex_quote(struct lexer *l, enum tmpl_token_type type, char quote, const char *unclosed)
{
    size_t p = l->pos + 1;

    for (;; p++) {
        int c = at(l, p);

        if (c < 0 || (c == '\n' && quote != '`'))
            return fail(l, l->pos, unclosed);
        if (c == quote)
            return take(l, type, p + 1 - l->pos);
        if (c == '\\' && quote != '`' && at(l, p + 1) >= 0 && at(l, p + 1) != '\n')
            p++;
    }
}

/* May what is at 'pos' follow a word? */
static bool ends_word(const struct lexer *l, size_t pos)
{
    int c = at(l, pos);

    return c < 0 || is_space(c) || strchr(".,|:()=", c) || starts(l, pos, l->right, l->right_len);
}

static int bad_character(struct lexer *l, size_t pos)
{
    size_t width;
    unsigned long rune = tmpl_utf8_decode(l->text + pos, l->len - pos, &width);

    l->fault->pos = (uint32_t)pos;
    return err_set(&l->fault->err, "bad character U+%04lX '%.*s'", rune,
                   rune < 0x20 || rune == TMPL_RUNE_BAD ? 0 : (int)width, l->text + pos);
}

static size_t word_end(const struct lexer *l, size_t pos)
{
    while (is_word(at(l, pos)))
        pos++;
    return pos;
}

/* .name and $name: their first byte is not part of the word. */
static int lex_name(struct lexer *l, enum tmpl_token_type type)
{
    size_t end = word_end(l, l->pos + 1);

    if (!ends_word(l, end))
        return bad_character(l, end);
    return take(l, type, end - l->pos);
}

static int lex_word(struct lexer *l)
{
    static const struct {
        const char *word;
        enum tmpl_token_type type;
    } words[] = {{"true", TOK_BOOL},     {"false", TOK_BOOL},  {"nil", TOK_NIL},
                 {"block", TOK_BLOCK},   {"break", TOK_BREAK}, {"continue", TOK_CONTINUE},
                 {"define", TOK_DEFINE}, {"else", TOK_ELSE},   {"end", TOK_END},
                 {"if", TOK_IF},         {"range", TOK_RANGE}, {"template", TOK_TEMPLATE},
                 {"with", TOK_WITH}};
    size_t end = word_end(l, l->pos), len = end - l->pos;

    if (!ends_word(l, end))
        return bad_character(l, end);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].word) == len && !memcmp(words[i].word, l->text + l->pos, len))
            return take(l, words[i].type, len);
    return take(l, TOK_IDENTIFIER, len);
}

/* A sign, digits of any base, a fraction, an exponent: what they mean is for the parser. */
static int lex_number(struct lexer *l)
{
    size_t p = l->pos + (at(l, l->pos) == '+' || at(l, l->pos) == '-');
    bool hex = at(l, p) == '0' && (at(l, p + 1) == 'x' || at(l, p + 1) == 'X');

    for (;; p++) {
        int c = at(l, p), before = at(l, p - 1);
        bool exponent = hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E';

        if (!is_word(c) && c != '.' && !((c == '+' || c == '-') && exponent && p > l->pos))
            break;
    }
    return take(l, TOK_NUMBER, p - l->pos);
}

static int lex_paren(struct lexer *l, int c)
{
    if (c == '(') {
        l->depth++;
        l->open_pos = l->pos;
        return take(l, TOK_OPEN, 1);
    }
    if (!l->depth)
        return fail(l, l->pos, "unexpected right paren");
    l->depth--;
    return take(l, TOK_CLOSE, 1);
}

static int lex_item(struct lexer *l)
{
    int c = at(l, l->pos), next = at(l, l->pos + 1);

    if (is_space(c))
        return lex_space(l);
    if (c == '(' || c == ')')
        return lex_paren(l, c);
    if (c == '"')
        return lex_quote(l, TOK_STRING, '"', "unterminated quoted string");
    if (c == '`')
        return lex_quote(l, TOK_RAW, '`', "unterminated raw quoted string");
    if (c == '\'')
        return lex_quote(l, TOK_CHAR, '\'', "unterminated character constant");
    if (c == '|')
        return take(l, TOK_PIPE, 1);
    if (c == ',')
        return take(l, TOK_COMMA, 1);
    if (c == '=')
        return take(l, TOK_ASSIGN, 1);
    if (c == ':')
        return next == '=' ? take(l, TOK_DECLARE, 2) : fail(l, l->pos, "expected :=");
    if (c == '$')
        return lex_name(l, TOK_VARIABLE);
    if (is_digit(c) || c == '+' || c == '-' || (c == '.' && is_digit(next)))
        return lex_number(l);
    if (c == '.')
        return is_word(next) ? lex_name(l, TOK_FIELD) : take(l, TOK_DOT, 1);
    return is_word(c) ? lex_word(l) : bad_character(l, l->pos);
}

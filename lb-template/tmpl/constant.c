#include "lb-template/tmpl/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/tmpl/utf8.h"

#define NUMBER_MAX 64 /* bytes of a number */

static int parse_number(const char *text, size_t len, struct tmpl_value *ret, struct err **err);
static int unquote(struct tmpl_arena *a, const char *s, size_t len, char quote,
                   struct tmpl_value *ret, struct err **err);

int tmpl_constant(struct tmpl_arena *a, enum tmpl_token_type type, const char *text, size_t len,
                  struct tmpl_value *ret, struct err **err)
{
    size_t width;
    struct tmpl_value s;

    switch (type) {
    case TOK_BOOL:
        *ret = tmpl_bool(text[0] == 't');
        return 0;
    case TOK_NIL:
        *ret = tmpl_nil();
        return 0;
    case TOK_RAW:
        *ret = tmpl_str(text + 1, len - 2);
        return 0;
    case TOK_STRING:
        return unquote(a, text + 1, len - 2, '"', ret, err);
    case TOK_CHAR:
        if (unquote(a, text + 1, len - 2, '\'', &s, err))
            return -1;
        if (!s.len || tmpl_utf8_count(s.s, s.len) != 1)
            return err_set(err, "malformed character constant: %.*s", (int)len, text);
        *ret = tmpl_int((int64_t)tmpl_utf8_decode(s.s, s.len, &width));
        return 0;
    default:
        return parse_number(text, len, ret, err);
    }
}

static int bad_number(const char *text, size_t len, struct err **err)
{
    return err_set(err, "bad number syntax: \"%.*s\"", (int)(len > 40 ? 40 : len), text);
}

/* Removes the underscores between digits; -1 where they stand elsewhere. */
static int strip(const char *text, size_t len, char *ret)
{
    size_t n = 0;

    if (len >= NUMBER_MAX)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '_')
            ret[n++] = text[i];
        else if (!i || i + 1 == len || !isalnum((unsigned char)text[i + 1]) || text[i - 1] == '_')
            return -1;
    }
    ret[n] = '\0';
    return 0;
}

/* 0x, 0o, 0b, and a leading zero for octal, as Go's integer literals. */
static int base_of(const char **s)
{
    if ((*s)[0] != '0' || !(*s)[1])
        return 10;
    char c = (char)tolower((unsigned char)(*s)[1]);
    *s += c == 'x' || c == 'o' || c == 'b' ? 2 : 1;
    return c == 'x' ? 16 : c == 'b' ? 2 : 8;
}

static int parse_number(const char *text, size_t len, struct tmpl_value *ret, struct err **err)
{
    char digits[NUMBER_MAX], *end;
    const char *s = digits;

    if (strip(text, len, digits))
        return bad_number(text, len, err);
    bool negative = *s == '-';
    s += *s == '-' || *s == '+';
    bool hex = s[0] == '0' && tolower((unsigned char)s[1]) == 'x';
    if (!isdigit((unsigned char)s[0]) && s[0] != '.')
        return bad_number(text, len, err);
    if (strpbrk(s, hex ? ".pP" : ".eE")) {
        double f = strtod(s, &end);

        if (*end || (hex && !strpbrk(s, "pP")))
            return bad_number(text, len, err);
        if (isinf(f))
            return err_set(err, "number is too large: \"%s\"", digits);
        *ret = tmpl_float(negative ? -f : f);
        return 0;
    }
    int base = base_of(&s);
    errno = 0;
    unsigned long long n = isalnum((unsigned char)*s) ? strtoull(s, &end, base) : 0;
    if (!isalnum((unsigned char)*s) || *end)
        return bad_number(text, len, err);
    if (errno || n > (unsigned long long)INT64_MAX + negative)
        return err_set(err, "integer overflow: \"%s\"", digits);
    *ret = tmpl_int(negative ? -(int64_t)(n - 1) - 1 : (int64_t)n);
    return 0;
}

/* Reads 'n' digits of 'base' at 's'; -1 where there are fewer. */
static long digits_at(const char *s, size_t len, size_t n, int base)
{
    long value = 0;

    if (len < n)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int c = tolower((unsigned char)s[i]);
        int digit = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;

        if (digit >= base)
            return -1;
        value = value * base + digit;
    }
    return value;
}

/* The escape behind a backslash: appends what it means and returns its length, 0 for none. */
static size_t escape(struct tmpl_buf *b, const char *s, size_t len, char quote)
{
    static const char names[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
    const char *found = len && *s ? strchr(names, *s) : NULL;
    long value;

    if (!len)
        return 0;
    if (found || *s == quote) {
        tmpl_buf_addch(b, found ? bytes[found - names] : quote);
        return 1;
    }
    size_t n = *s == 'x' ? 2 : *s == 'u' ? 4 : *s == 'U' ? 8 : 0;
    if (n) {
        value = digits_at(s + 1, len - 1, n, 16);
        if (value < 0 ||
            (n > 2 && (value > (long)TMPL_RUNE_MAX || (value >= 0xd800 && value <= 0xdfff))))
            return 0;
        if (n == 2 && quote == '"')
            tmpl_buf_addch(b, (char)value);
        else
            tmpl_buf_add_rune(b, (unsigned long)value);
        return n + 1;
    }
    value = digits_at(s, len, 3, 8);
    if (value < 0 || value > 255)
        return 0;
    tmpl_buf_addch(b, (char)value);
    return 3;
}

static int unquote(struct tmpl_arena *a, const char *s, size_t len, char quote,
                   struct tmpl_value *ret, struct err **err)
{
    struct tmpl_buf b = TMPL_BUF(a);

    for (size_t i = 0; i < len; i++) {
        if (s[i] != '\\') {
            tmpl_buf_addch(&b, s[i]);
            continue;
        }
        size_t used = escape(&b, s + i + 1, len - i - 1, quote);
        if (!used)
            return err_set(err, "invalid escape in %c%.*s%c", quote, (int)(len > 40 ? 40 : len), s,
                           quote);
        i += used;
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

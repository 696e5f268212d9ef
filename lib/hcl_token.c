#include "lib/hcl_token.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define SHOWN_MAX 100 /* bytes of a line that an error shows */

static size_t indent_of(const char *line, const char *end);
static int read_escape(struct hcl_reader *r, struct sbuf *ret);
static int read_code(struct hcl_reader *r, size_t digits, unsigned long *ret);
static int add_rune(struct hcl_reader *r, const char *at, unsigned long rune, struct sbuf *ret);
static void add_interpolation(struct hcl_reader *r, struct sbuf *ret);
static const char *line_end(const char *at);
static bool is_marker(const char *line, const char *marker, size_t len);
static void add_unindented(const char *from, const char *to, size_t indent, struct sbuf *ret);

int hcl_fail(const struct hcl_reader *r, const char *at, const char *format, ...)
{
    CLEAN(free_str) char *what = NULL;
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    const char *line = r->text;
    unsigned number = 1;
    va_list args;

    va_start(args, format);
    what = xvasprintf(format, args);
    va_end(args);
    for (const char *c = r->text; c < at; c++)
        if (*c == '\n') {
            line = c + 1;
            number++;
        }
    for (const char *c = line; c < line_end(line) && c < line + SHOWN_MAX; c++)
        sbuf_addch(&shown, iscntrl((unsigned char)*c) ? ' ' : *c);
    return err_set(r->err, "%s:%u:%zu: %s\n    %s\n    %*s", r->name, number,
                   (size_t)(at - line) + 1, what, sbuf_str(&shown),
                   at - line < SHOWN_MAX ? (int)(at - line) + 1 : SHOWN_MAX, "^");
}

int hcl_skip(struct hcl_reader *r)
{
    for (;;) {
        const char *at = r->at;

        if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
            r->at = line_end(at);
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");

            if (!end)
                return hcl_fail(r, at, "the comment has no end");
            r->at = end + 2;
        } else if (*at && isspace((unsigned char)*at)) {
            r->at++;
        } else {
            return 0;
        }
    }
}

bool hcl_begins_name(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (c & 0x80);
}

int hcl_read_name(struct hcl_reader *r, struct sbuf *ret)
{
    const char *from = r->at;

    if (!hcl_begins_name(*from))
        return hcl_fail(r, from, "expected a name");
    while (hcl_begins_name(*r->at) || isdigit((unsigned char)*r->at) ||
           (*r->at && strchr("-.", *r->at)))
        r->at++;
    sbuf_add(ret, from, (size_t)(r->at - from));
    return 0;
}

/* A line end may be part of ${...} only. */
int hcl_read_string(struct hcl_reader *r, struct sbuf *ret)
{
    const char *from = r->at++;

    for (;;) {
        if (!*r->at || *r->at == '\n')
            return hcl_fail(r, from, "the string has no end on its line");
        if (*r->at == '"') {
            r->at++;
            return 0;
        }
        if (r->at[0] == '$' && r->at[1] == '{')
            add_interpolation(r, ret);
        else if (*r->at != '\\')
            sbuf_addch(ret, *r->at++);
        else if (read_escape(r, ret))
            return -1;
    }
}

/* The text begins on the next line and ends before the line that has nothing but the marker. With
 * "<<-" the blanks before the marker go from every line, where every line has them. */
int hcl_read_heredoc(struct hcl_reader *r, struct sbuf *ret)
{
    const char *from = r->at, *marker = from + 2 + (from[2] == '-'), *end = marker;

    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    const char *text = line_end(end);
    if (end == marker || strspn(end, "\r") != (size_t)(text - end) || !*text)
        return hcl_fail(r, from, "expected <<MARKER or <<-MARKER and the end of the line");
    for (const char *line = ++text;; line = line_end(line) + 1) {
        if (is_marker(line, marker, (size_t)(end - marker))) {
            r->at = line_end(line);
            add_unindented(text, line, from[2] == '-' ? indent_of(line, r->at) : 0, ret);
            return 0;
        }
        if (!*line_end(line))
            return hcl_fail(r, from, "there is no line with %.*s alone, which ends the text",
                            (int)(end - marker), marker);
    }
}

/* Integers are decimal, 0x hexadecimal or 0 octal. */
int hcl_read_number(struct hcl_reader *r, json_t **ret)
{
    const char *from = r->at, *to = from + (*from == '-');
    char *end;

    while (isalnum((unsigned char)*to) || *to == '.' ||
           ((*to == '-' || *to == '+') && (to[-1] == 'e' || to[-1] == 'E')))
        to++;
    CLEAN(free_str) char *word = xstrndup(from, (size_t)(to - from));
    bool whole = !strpbrk(word, ".eE") || strstr(word, "0x");
    errno = 0;
    long long integer = whole ? strtoll(word, &end, 0) : 0;
    double real = whole ? 0. : strtod(word, &end);
    if (errno || *end || end == word)
        return hcl_fail(r, from, "%.40s is no number", word);
    r->at = to;
    *ret = whole ? json_integer(integer) : json_real(real);
    return *ret ? 0 : hcl_fail(r, from, "%.40s is no number", word);
}

static int read_escape(struct hcl_reader *r, struct sbuf *ret)
{
    static const char letters[] = "abfnrtv\\\"/", bytes[] = "\a\b\f\n\r\t\v\\\"/";
    const char *from = r->at++, *letter = *r->at ? strchr(letters, *r->at) : NULL;
    unsigned long code;

    if (letter) {
        sbuf_addch(ret, bytes[letter - letters]);
        r->at++;
        return 0;
    }
    size_t digits = *r->at == 'u' ? 4 : *r->at == 'U' ? 8 : *r->at == 'x' ? 2 : 0;
    if (!digits)
        return hcl_fail(r, from, "there is no escape \\%c",
                        isprint((unsigned char)*r->at) ? *r->at : ' ');
    r->at++;
    if (read_code(r, digits, &code))
        return hcl_fail(r, from, "the escape has too few hexadecimal digits");
    if (code >= 0xd800 && code < 0xdc00 && r->at[0] == '\\' && r->at[1] == 'u') {
        unsigned long low;

        r->at += 2;
        if (read_code(r, 4, &low) || low < 0xdc00 || low > 0xdfff)
            return hcl_fail(r, from, "half a character of two \\u");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return add_rune(r, from, code, ret);
}

static int read_code(struct hcl_reader *r, size_t digits, unsigned long *ret)
{
    char word[9] = "";

    for (size_t i = 0; i < digits; i++) {
        if (!isxdigit((unsigned char)*r->at))
            return -1;
        word[i] = *r->at++;
    }
    *ret = strtoul(word, NULL, 16);
    return 0;
}

/* UTF-8. */
static int add_rune(struct hcl_reader *r, const char *at, unsigned long rune, struct sbuf *ret)
{
    static const struct {
        unsigned long end;
        unsigned char first;
        int more;
    } forms[] = {{0x80, 0, 0}, {0x800, 0xc0, 1}, {0x10000, 0xe0, 2}, {0x110000, 0xf0, 3}};

    if (!rune || (rune >= 0xd800 && rune < 0xe000))
        return hcl_fail(r, at, "the escape stands for no character");
    for (size_t i = 0; i < ARRAY_LEN(forms); i++)
        if (rune < forms[i].end) {
            sbuf_addch(ret, (char)(forms[i].first | rune >> 6 * forms[i].more));
            for (int k = forms[i].more - 1; k >= 0; k--)
                sbuf_addch(ret, (char)(0x80 | (rune >> 6 * k & 0x3f)));
            return 0;
        }
    return hcl_fail(r, at, "the escape stands for no character");
}

/* Text as it is, up to the brace that closes it, or to the end of the file. */
static void add_interpolation(struct hcl_reader *r, struct sbuf *ret)
{
    unsigned open = 0;

    do {
        open += *r->at == '{';
        open -= *r->at == '}';
        sbuf_addch(ret, *r->at++);
    } while (*r->at && (open || r->at[-1] == '$'));
}

/* Of the line that 'at' is on: its '\n', or the end of the text. */
static const char *line_end(const char *at)
{
    return at + strcspn(at, "\n");
}

static size_t indent_of(const char *line, const char *end)
{
    size_t indent = strspn(line, " \t");

    return indent < (size_t)(end - line) ? indent : (size_t)(end - line);
}

static bool is_marker(const char *line, const char *marker, size_t len)
{
    line += indent_of(line, line_end(line));
    if (strncmp(line, marker, len) != 0)
        return false;
    line += len;
    return line + strspn(line, "\r") == line_end(line);
}

static void add_unindented(const char *from, const char *to, size_t indent, struct sbuf *ret)
{
    for (const char *line = from; line < to && indent; line = line_end(line) + 1)
        if (strncmp(line, to, indent) != 0)
            indent = 0;
    while (from < to) {
        const char *end = line_end(from) + 1;

        sbuf_add(ret, from + indent, (size_t)(end - from) - indent);
        from = end;
    }
}

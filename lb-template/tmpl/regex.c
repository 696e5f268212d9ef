#define PCRE2_CODE_UNIT_WIDTH 8
#include "lb-template/tmpl/regex.h"

#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>

#include "lb-template/tmpl/utf8.h"
#include "lib/xmalloc.h"

#define MATCH_LIMIT 5000000  /* PCRE2's own units: a second guard behind the steps */
#define HEAP_LIMIT 20000     /* KiB */
#define EXPRESSIONS_MAX 1000 /* different ones in one execution */

struct tmpl_regex {
    struct tmpl_regex *next;
    char *pattern; /* owned */
    size_t len;
    pcre2_code *code;
    pcre2_match_data *match;
};

struct tmpl_regexes {
    struct tmpl_regex *first;
    size_t n;
    pcre2_match_context *context;
};

/* The escapes of Perl that RE2 does not have. */
static const char *refused_escape(char c)
{
    if (isdigit((unsigned char)c) && c != '0')
        return "a back reference";
    if (strchr("kgGXRKZN", c))
        return "an escape that RE2 does not have";
    return NULL;
}

/* What stands behind "(?". */
static const char *refused_group(const char *s, size_t len)
{
    size_t flags = 0;

    if (len > 1 && s[0] == 'P' && s[1] == '<')
        return NULL;
    if (len > 1 && s[0] == '<' && s[1] != '=' && s[1] != '!')
        return NULL;
    if (len && (s[0] == '=' || s[0] == '!' || s[0] == '<'))
        return "look-around";
    while (flags < len && strchr("imsU-", s[flags]))
        flags++;
    if (flags < len && (s[flags] == ':' || s[flags] == ')'))
        return NULL;
    return "a group that RE2 does not have";
}

/* The end of the character class whose '[' is at 'i'. */
static size_t class_end(const char *s, size_t len, size_t i)
{
    i++;
    if (i < len && s[i] == '^')
        i++;
    if (i < len && s[i] == ']')
        i++;
    for (; i < len && s[i] != ']'; i++) {
        if (s[i] == '\\')
            i++;
        else if (s[i] == '[' && i + 1 < len && s[i + 1] == ':')
            while (i + 1 < len && !(s[i] == ':' && s[i + 1] == ']'))
                i++;
    }
    return i;
}

/* What of 's' RE2 would refuse, or NULL. */
static const char *refused(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *why = NULL;
        size_t left = len - i - 1;

        if (s[i] == '\\' && left) {
            why = refused_escape(s[i + 1]);
            i++;
        } else if (s[i] == '[') {
            i = class_end(s, len, i);
        } else if (s[i] == '(' && left && s[i + 1] == '?') {
            why = refused_group(s + i + 2, left - 1);
        } else if (s[i] == '(' && left && s[i + 1] == '*') {
            why = "a verb";
        } else if (strchr("*+?}", s[i]) && left && s[i + 1] == '+') {
            why = "a possessive quantifier";
        }
        if (why)
            return why;
    }
    return NULL;
}

/* PCRE2 calls this before each item of the expression that it tries; also for each character that a
 * repetition gives back, as long as it is not made possessive. */
static int count_step(pcre2_callout_block *block, void *data)
{
    (void)block;
    return tmpl_charge(data, 1) ? PCRE2_ERROR_CALLOUT : 0;
}

static struct tmpl_regexes *regexes_of(struct tmpl_exec *x)
{
    if (x->regexes)
        return x->regexes;
    x->regexes = xcalloc(1, sizeof *x->regexes);
    x->regexes->context = pcre2_match_context_create(NULL);
    if (!x->regexes->context)
        abort();
    pcre2_set_match_limit(x->regexes->context, MATCH_LIMIT);
    pcre2_set_heap_limit(x->regexes->context, HEAP_LIMIT);
    pcre2_set_callout(x->regexes->context, count_step, x);
    return x->regexes;
}

static pcre2_code *compile(struct tmpl_exec *x, const struct tmpl_value *pattern)
{
    const char *why = refused(pattern->s, pattern->len);
    PCRE2_UCHAR message[128];
    PCRE2_SIZE where;
    int code;

    if (pattern->len > TMPL_REGEX_MAX)
        why = "more bytes than are taken";
    if (why) {
        tmpl_fail(x, "error parsing regexp: `%.*s` has %s",
                  (int)(pattern->len > 60 ? 60 : pattern->len), pattern->s, why);
        return NULL;
    }
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)pattern->s, pattern->len,
                                         PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_AUTO_CALLOUT |
                                             PCRE2_NO_AUTO_POSSESS | PCRE2_NEVER_BACKSLASH_C,
                                         &code, &where, NULL);
    if (!compiled) {
        pcre2_get_error_message(code, message, sizeof message);
        tmpl_fail(x, "error parsing regexp: %s at `%.20s`", (const char *)message,
                  where < pattern->len ? pattern->s + where : "");
    }
    return compiled;
}

struct tmpl_regex *tmpl_regex_get(struct tmpl_exec *x, const struct tmpl_value *pattern)
{
    struct tmpl_regexes *all = regexes_of(x);
    struct tmpl_regex *r = all->first;

    while (r && (r->len != pattern->len || memcmp(r->pattern, pattern->s, r->len)))
        r = r->next;
    if (r)
        return r;
    if (all->n >= EXPRESSIONS_MAX) {
        tmpl_fail(x, "more than %d regular expressions", EXPRESSIONS_MAX);
        return NULL;
    }
    pcre2_code *code = tmpl_charge(x, pattern->len) ? NULL : compile(x, pattern);
    if (!code)
        return NULL;
    r = xcalloc(1, sizeof *r);
    r->pattern = xmalloc(pattern->len);
    memcpy(r->pattern, pattern->s, pattern->len);
    r->len = pattern->len;
    r->code = code;
    r->match = pcre2_match_data_create_from_pattern(code, NULL);
    if (!r->match)
        abort();
    r->next = all->first;
    all->first = r;
    all->n++;
    return r;
}

static bool is_valid(const struct tmpl_value *s)
{
    size_t width;

    for (size_t i = 0; i < s->len; i += width)
        if (tmpl_utf8_decode(s->s + i, s->len - i, &width) == TMPL_RUNE_BAD && width == 1)
            return false;
    return true;
}

struct tmpl_value tmpl_regex_subject(struct tmpl_exec *x, const struct tmpl_value *s)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    size_t width;

    if (is_valid(s))
        return *s;
    for (size_t i = 0; i < s->len && !b.over; i += width)
        tmpl_buf_add_rune(&b, tmpl_utf8_decode(s->s + i, s->len - i, &width));
    return tmpl_buf_value(&b);
}

/* A counted repetition (x{100}) goes over its characters without a callout. */
static int charge_repeats(struct tmpl_exec *x, const struct tmpl_regex *r, size_t from, size_t len,
                          int result)
{
    size_t end = result > 0 ? pcre2_get_startchar(r->match) : len;

    if (!memchr(r->pattern, '{', r->len) || end < from)
        return 0;
    return tmpl_charge(x, (end - from) * 4);
}

int tmpl_regex_match(struct tmpl_exec *x, struct tmpl_regex *r, const struct tmpl_value *s,
                     size_t from, size_t *ret_begin, size_t *ret_end)
{
    int result = pcre2_match(r->code, (PCRE2_SPTR)s->s, s->len, from, PCRE2_NO_UTF_CHECK, r->match,
                             x->regexes->context);

    if (x->err || charge_repeats(x, r, from, s->len, result))
        return -1;
    if (result == PCRE2_ERROR_NOMATCH)
        return 0;
    if (result < 0)
        return tmpl_fail(x, "the regular expression `%.*s` takes too long", (int)r->len,
                         r->pattern);
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r->match);
    *ret_begin = ends[0];
    *ret_end = ends[1];
    return 1;
}

static void add_group(struct tmpl_regex *r, const struct tmpl_value *s, const char *name,
                      size_t len, struct tmpl_buf *b)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(r->match);
    uint32_t n = pcre2_get_ovector_count(r->match), group = 0;
    char text[64];

    if (!len || len >= sizeof text)
        return;
    memcpy(text, name, len);
    text[len] = '\0';
    if (strspn(text, "0123456789") == len) {
        unsigned long number = len < 6 ? strtoul(text, NULL, 10) : n;
        group = number < n ? (uint32_t)number : n;
    } else {
        int number = pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)text);
        group = number > 0 ? (uint32_t)number : n;
    }
    if (group < n && ends[group * 2] != PCRE2_UNSET)
        tmpl_buf_add(b, s->s + ends[group * 2], ends[group * 2 + 1] - ends[group * 2]);
}

void tmpl_regex_expand(struct tmpl_regex *r, const struct tmpl_value *s,
                       const struct tmpl_value *replacement, struct tmpl_buf *b)
{
    const char *t = replacement->s;
    size_t len = replacement->len;

    for (size_t i = 0; i < len;) {
        if (t[i] != '$' || i + 1 == len) {
            tmpl_buf_addch(b, t[i++]);
            continue;
        }
        bool braces = t[i + 1] == '{';
        size_t from = i + 1 + braces, to = from;
        while (to < len && (isalnum((unsigned char)t[to]) || t[to] == '_'))
            to++;
        if (t[i + 1] == '$') {
            tmpl_buf_addch(b, '$');
            i += 2;
        } else if (to == from || (braces && (to == len || t[to] != '}'))) {
            tmpl_buf_addch(b, t[i++]);
        } else {
            add_group(r, s, t + from, to - from, b);
            i = to + braces;
        }
    }
}

void tmpl_regexes_free(struct tmpl_regexes *all)
{
    if (!all)
        return;
    while (all->first) {
        struct tmpl_regex *r = all->first;

        all->first = r->next;
        pcre2_match_data_free(r->match);
        pcre2_code_free(r->code);
        free(r->pattern);
        free(r);
    }
    pcre2_match_context_free(all->context);
    free(all);
}

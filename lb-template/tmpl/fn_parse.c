/* Text -> values. An empty text is zero, false or an empty map, as in consul-template: data that is
 * not there yet must not fail. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/json_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NUMBER_MAX 400 /* bytes of a number */

static int fn_parse_bool(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    static const char *const words[] = {"1", "t", "T", "true",  "TRUE",  "True", "",
                                        "0", "f", "F", "false", "FALSE", "False"};

    (void)n;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (tmpl_is(&args[0], words[i])) {
            *ret = tmpl_bool(i < 6);
            return 0;
        }
    }
    return tmpl_fail(x,
                     "error calling parseBool: strconv.ParseBool: parsing \"%.*s\": invalid "
                     "syntax",
                     (int)(args[0].len > 60 ? 60 : args[0].len), args[0].s);
}

/* 's' as a C string in 'buf'; false where it cannot be a number. */
static bool number_text(const struct tmpl_value *s, char buf[NUMBER_MAX])
{
    if (s->len >= NUMBER_MAX || memchr(s->s, '\0', s->len))
        return false;
    memcpy(buf, s->s, s->len);
    buf[s->len] = '\0';
    return !isspace((unsigned char)buf[0]);
}

static int not_a_number(struct tmpl_exec *x, const char *name, const char *what,
                        const struct tmpl_value *s)
{
    return tmpl_fail(x, "error calling %s: parsing \"%.*s\": %s", name,
                     (int)(s->len > 60 ? 60 : s->len), s->s, what);
}

static int fn_parse_float(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                          struct tmpl_value *ret)
{
    char text[NUMBER_MAX], *end;

    (void)n;
    if (!args[0].len) {
        *ret = tmpl_float(0);
        return 0;
    }
    if (!number_text(&args[0], text))
        return not_a_number(x, "parseFloat", "invalid syntax", &args[0]);
    double f = strtod(text, &end);
    if (*end || end == text)
        return not_a_number(x, "parseFloat", "invalid syntax", &args[0]);
    if (isinf(f) && !strpbrk(text, "nN"))
        return not_a_number(x, "parseFloat", "value out of range", &args[0]);
    *ret = tmpl_float(f);
    return 0;
}

static int parse_int(struct tmpl_exec *x, const char *name, bool negative_too,
                     const struct tmpl_value *s, struct tmpl_value *ret)
{
    char text[NUMBER_MAX], *end;

    if (!s->len) {
        *ret = tmpl_int(0);
        return 0;
    }
    if (!number_text(s, text) || (!negative_too && (*text == '-' || *text == '+')))
        return not_a_number(x, name, "invalid syntax", s);
    errno = 0;
    long long i = strtoll(text, &end, 10);
    if (*end || end == text)
        return not_a_number(x, name, "invalid syntax", s);
    if (errno)
        return not_a_number(x, name, "value out of range", s);
    *ret = tmpl_int(i);
    return 0;
}

static int fn_parse_int(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                        struct tmpl_value *ret)
{
    (void)n;
    return parse_int(x, "parseInt", true, &args[0], ret);
}

static int fn_parse_uint(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)n;
    return parse_int(x, "parseUint", false, &args[0], ret);
}

static int fn_parse_json(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    CLEAN(err) struct err *err = NULL;
    json_error_t where;

    (void)n;
    if (!args[0].len) {
        *ret = tmpl_map_value(tmpl_map_new(&x->arena));
        return 0;
    }
    if (tmpl_charge(x, args[0].len / 8))
        return -1;
    CLEAN(json)
    json_t *j = json_loadb(args[0].s, args[0].len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &where);
    if (!j)
        return tmpl_fail(x, "error calling parseJSON: line %d, column %d: %s", where.line,
                         where.column, where.text);
    if (tmpl_from_json(&x->arena, j, false, ret, &err))
        return tmpl_fail(x, "error calling parseJSON: %s", err_msg(err));
    return 0;
}

static int fn_parse_yaml(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    CLEAN(err) struct err *err = NULL;

    (void)n;
    if (!args[0].len) {
        *ret = tmpl_map_value(tmpl_map_new(&x->arena));
        return 0;
    }
    if (tmpl_charge(x, args[0].len / 4))
        return -1;
    if (tmpl_from_yaml(&x->arena, args[0].s, args[0].len, ret, &err))
        return tmpl_fail(x, "error calling parseYAML: %s", err_msg(err));
    return 0;
}

const struct tmpl_function tmpl_fn_parse[] = {
    {.name = "parseBool", .args = "s", .call = fn_parse_bool},
    {.name = "parseFloat", .args = "s", .call = fn_parse_float},
    {.name = "parseInt", .args = "s", .call = fn_parse_int},
    {.name = "parseUint", .args = "s", .call = fn_parse_uint},
    {.name = "parseJSON", .args = "s", .call = fn_parse_json},
    {.name = "parseYAML", .args = "s", .call = fn_parse_yaml},
    {.name = "sprig_fromJson", .args = "s", .call = fn_parse_json},
    {0},
};

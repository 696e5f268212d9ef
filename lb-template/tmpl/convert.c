#include "lb-template/tmpl/convert.h"

#include <math.h>
#include <stdlib.h>

#include "lb-template/tmpl/format.h"

#define NUMBER_MAX 400 /* bytes of a number */

double tmpl_to_float(const struct tmpl_value *v)
{
    char text[NUMBER_MAX], *end;

    if (v->kind == TMPL_FLOAT)
        return v->f;
    if (v->kind == TMPL_INT)
        return (double)v->i;
    if (v->kind == TMPL_BOOL)
        return v->b;
    if (v->kind != TMPL_STRING || v->len >= sizeof text || !v->len)
        return 0;
    memcpy(text, v->s, v->len);
    text[v->len] = '\0';
    double f = strtod(text, &end);
    return *end || end != text + v->len ? 0 : f;
}

int64_t tmpl_to_int(const struct tmpl_value *v)
{
    char text[32], *end;

    if (v->kind == TMPL_INT)
        return v->i;
    if (v->kind == TMPL_STRING && v->len && v->len < sizeof text) {
        memcpy(text, v->s, v->len);
        text[v->len] = '\0';
        long long i = strtoll(text, &end, 0);
        if (end == text + v->len)
            return i;
    }
    double f = tmpl_to_float(v);
    return isfinite(f) && fabs(f) < 9e18 ? (int64_t)f : 0;
}

int tmpl_to_string(struct tmpl_exec *x, const struct tmpl_value *v, struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    if (v->kind == TMPL_STRING) {
        *ret = *v;
        return 0;
    }
    if (v->kind > TMPL_NIL && tmpl_format_value(x, &b, v))
        return -1;
    *ret = tmpl_buf_value(&b);
    return 0;
}

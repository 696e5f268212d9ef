#include "lb-template/tmpl/json_value.h"

#include <inttypes.h>
#include <math.h>

#include "lb-template/tmpl/format.h"
#include "lb-template/tmpl/utf8.h"

static int from_at(struct tmpl_arena *a, const json_t *j, bool ints, unsigned depth,
                   struct tmpl_value *ret, struct err **err);
static int to_at(struct tmpl_buf *b, const struct tmpl_value *v,
                 const struct tmpl_json_style *style, unsigned depth, struct err **err);

int tmpl_from_json(struct tmpl_arena *a, const json_t *j, bool ints, struct tmpl_value *ret,
                   struct err **err)
{
    return from_at(a, j, ints, 0, ret, err);
}

static int from_array(struct tmpl_arena *a, const json_t *j, bool ints, unsigned depth,
                      struct tmpl_value *ret, struct err **err)
{
    struct tmpl_list *l = tmpl_list_new(a, json_array_size(j));

    for (size_t i = 0; i < json_array_size(j); i++) {
        struct tmpl_value v;

        if (from_at(a, json_array_get(j, i), ints, depth + 1, &v, err))
            return -1;
        tmpl_list_add(a, l, v);
    }
    *ret = tmpl_list_value(l);
    return 0;
}

static int from_object(struct tmpl_arena *a, const json_t *j, bool ints, unsigned depth,
                       struct tmpl_value *ret, struct err **err)
{
    struct tmpl_map *m = tmpl_map_new(a);
    /* jansson iterates over objects that are not const only; it does not change them. */
    union {
        const json_t *in;
        json_t *out;
    } object = {.in = j};
    const char *key;
    json_t *member;

    json_object_foreach(object.out, key, member) {
        struct tmpl_value v;

        if (from_at(a, member, ints, depth + 1, &v, err))
            return -1;
        size_t len = strlen(key);
        tmpl_map_set(a, m, tmpl_str(tmpl_copy(a, key, len), len), v);
    }
    *ret = tmpl_map_value(m);
    return 0;
}

static int from_at(struct tmpl_arena *a, const json_t *j, bool ints, unsigned depth,
                   struct tmpl_value *ret, struct err **err)
{
    if (depth > TMPL_NEST_MAX)
        return err_set(err, "more than %d levels", TMPL_NEST_MAX);
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        return from_object(a, j, ints, depth, ret, err);
    case JSON_ARRAY:
        return from_array(a, j, ints, depth, ret, err);
    case JSON_STRING:
        *ret = tmpl_str(tmpl_copy(a, json_string_value(j), json_string_length(j)),
                        json_string_length(j));
        return 0;
    case JSON_INTEGER:
        *ret = ints ? tmpl_int(json_integer_value(j)) : tmpl_float((double)json_integer_value(j));
        return 0;
    case JSON_REAL:
        *ret = tmpl_float(json_real_value(j));
        return 0;
    case JSON_TRUE:
    case JSON_FALSE:
        *ret = tmpl_bool(json_is_true(j));
        return 0;
    case JSON_NULL:
        break;
    }
    *ret = tmpl_nil();
    return 0;
}

static void add_character(struct tmpl_buf *b, const char *s, size_t width, unsigned long rune,
                          const struct tmpl_json_style *style)
{
    static const char controls[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
    const char *found = rune && rune < 0x80 ? strchr(controls, (int)rune) : NULL;

    if (found)
        tmpl_buf_addf(b, "\\%c", names[found - controls]);
    else if (rune < 0x20 || rune == 0x2028 || rune == 0x2029 ||
             (style->escape && rune < 0x80 && strchr("<>&", (int)rune)))
        tmpl_buf_addf(b, "\\u%04lx", rune);
    else if (rune == TMPL_RUNE_BAD && width == 1)
        tmpl_buf_adds(b, "\\ufffd");
    else
        tmpl_buf_add(b, s, width);
}

static void add_string(struct tmpl_buf *b, const struct tmpl_value *v,
                       const struct tmpl_json_style *style)
{
    size_t width;

    tmpl_buf_addch(b, '"');
    for (size_t i = 0; i < v->len && !b->over; i += width) {
        unsigned long rune = tmpl_utf8_decode(v->s + i, v->len - i, &width);
        add_character(b, v->s + i, width, rune, style);
    }
    tmpl_buf_addch(b, '"');
}

/* As Go's encoding/json: an exponent below 1e-6 and from 1e21 on, without a leading zero. */
static int add_float(struct tmpl_buf *b, double f, struct err **err)
{
    char text[TMPL_FLOAT_MAX];
    double size = fabs(f);

    if (!isfinite(f))
        return err_set(err, "json: unsupported value: %g", f);
    bool scientific = size != 0 && (size < 1e-6 || size >= 1e21);
    size_t len = tmpl_float_format(f, scientific ? 'e' : 'f', -1, text);
    if (scientific && len > 4 && text[len - 4] == 'e' && text[len - 3] == '-' &&
        text[len - 2] == '0') {
        text[len - 2] = text[len - 1];
        len--;
    }
    tmpl_buf_add(b, text, len);
    return 0;
}

static void new_line(struct tmpl_buf *b, const struct tmpl_json_style *style, unsigned depth)
{
    if (!style->pretty)
        return;
    tmpl_buf_addch(b, '\n');
    tmpl_buf_fill(b, ' ', depth * 2);
}

/* A list, or the pairs of a map. */
static int add_members(struct tmpl_buf *b, const struct tmpl_value *v,
                       const struct tmpl_json_style *style, unsigned depth, struct err **err)
{
    struct tmpl_map *m = v->kind == TMPL_MAP ? v->map : NULL;
    size_t n = m ? m->n : v->list->n;

    if (m)
        tmpl_map_sort(m);
    tmpl_buf_addch(b, m ? '{' : '[');
    for (size_t i = 0; i < n && !b->over; i++) {
        if (i)
            tmpl_buf_addch(b, ',');
        new_line(b, style, depth + 1);
        if (m && m->keys == TMPL_STRING)
            add_string(b, &m->v[i].key, style);
        else if (m)
            tmpl_buf_addf(b, "\"%" PRId64 "\"", m->v[i].key.i);
        if (m)
            tmpl_buf_adds(b, style->pretty ? ": " : ":");
        if (to_at(b, m ? &m->v[i].value : &v->list->v[i], style, depth + 1, err))
            return -1;
    }
    if (n)
        new_line(b, style, depth);
    tmpl_buf_addch(b, m ? '}' : ']');
    return 0;
}

static int to_at(struct tmpl_buf *b, const struct tmpl_value *v,
                 const struct tmpl_json_style *style, unsigned depth, struct err **err)
{
    if (depth > TMPL_NEST_MAX)
        return err_set(err, "more than %d levels", TMPL_NEST_MAX);
    switch (v->kind) {
    case TMPL_NONE:
    case TMPL_NIL:
        tmpl_buf_adds(b, "null");
        return 0;
    case TMPL_BOOL:
        tmpl_buf_adds(b, v->b ? "true" : "false");
        return 0;
    case TMPL_INT:
        tmpl_buf_addf(b, "%" PRId64, v->i);
        return 0;
    case TMPL_FLOAT:
        return add_float(b, v->f, err);
    case TMPL_STRING:
        add_string(b, v, style);
        return 0;
    case TMPL_LIST:
    case TMPL_MAP:
        return add_members(b, v, style, depth, err);
    case TMPL_OBJECT:
        break;
    }
    return err_set(err, "json: unsupported type: %s", tmpl_type_name(v));
}

int tmpl_to_json(struct tmpl_buf *b, const struct tmpl_value *v,
                 const struct tmpl_json_style *style, struct err **err)
{
    return to_at(b, v, style, 0, err);
}

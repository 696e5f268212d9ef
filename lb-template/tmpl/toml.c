#include "lb-template/tmpl/json_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

#include "lb-template/tmpl/format.h"

/* Where the writer is: the table's path, and how far it is indented. */
struct writer {
    struct tmpl_buf *b;
    struct tmpl_buf path; /* "a.b" of the table */
    struct err **err;
};

static int add_inline(struct writer *w, const struct tmpl_value *v, unsigned depth);
static int add_table(struct writer *w, struct tmpl_map *m, unsigned depth);

static bool is_bare(const struct tmpl_value *key)
{
    for (size_t i = 0; i < key->len; i++)
        if (!isalnum((unsigned char)key->s[i]) && key->s[i] != '_' && key->s[i] != '-')
            return false;
    return key->len;
}

static void add_string(struct tmpl_buf *b, const struct tmpl_value *v)
{
    static const char escaped[] = "\b\t\n\f\r\"\\";

    tmpl_buf_addch(b, '"');
    for (size_t i = 0; i < v->len && !b->over; i++) {
        unsigned char c = (unsigned char)v->s[i];
        const char *found = c ? strchr(escaped, c) : NULL;

        if (found)
            tmpl_buf_addf(b, "\\%c", "btnfr\"\\"[found - escaped]);
        else if (c < 0x20 || c == 0x7f)
            tmpl_buf_addf(b, "\\u%04X", c);
        else
            tmpl_buf_addch(b, (char)c);
    }
    tmpl_buf_addch(b, '"');
}

static void add_key(struct tmpl_buf *b, const struct tmpl_value *key)
{
    if (key->kind == TMPL_INT)
        tmpl_buf_addf(b, "%" PRId64, key->i);
    else if (is_bare(key))
        tmpl_buf_add(b, key->s, key->len);
    else
        add_string(b, key);
}

/* A list of maps only, which TOML writes as [[tables]]. */
static bool is_table_list(const struct tmpl_value *v)
{
    if (v->kind != TMPL_LIST || !v->list->n)
        return false;
    for (size_t i = 0; i < v->list->n; i++)
        if (v->list->v[i].kind != TMPL_MAP)
            return false;
    return true;
}

static int add_inline_list(struct writer *w, const struct tmpl_list *l, unsigned depth)
{
    tmpl_buf_addch(w->b, '[');
    for (size_t i = 0; i < l->n && !w->b->over; i++) {
        if (i)
            tmpl_buf_adds(w->b, ", ");
        if (add_inline(w, &l->v[i], depth + 1))
            return -1;
    }
    tmpl_buf_addch(w->b, ']');
    return 0;
}

static int add_inline_map(struct writer *w, struct tmpl_map *m, unsigned depth)
{
    tmpl_map_sort(m);
    tmpl_buf_addch(w->b, '{');
    for (size_t i = 0; i < m->n && !w->b->over; i++) {
        if (i)
            tmpl_buf_adds(w->b, ", ");
        add_key(w->b, &m->v[i].key);
        tmpl_buf_adds(w->b, " = ");
        if (add_inline(w, &m->v[i].value, depth + 1))
            return -1;
    }
    tmpl_buf_addch(w->b, '}');
    return 0;
}

static void add_float(struct tmpl_buf *b, double f)
{
    char text[TMPL_FLOAT_MAX];

    if (!isfinite(f)) {
        tmpl_buf_adds(b, isnan(f) ? "nan" : f < 0 ? "-inf" : "+inf");
        return;
    }
    size_t len = tmpl_float_format(f, 'f', -1, text);
    tmpl_buf_add(b, text, len);
    if (!memchr(text, '.', len))
        tmpl_buf_adds(b, ".0");
}

static int add_inline(struct writer *w, const struct tmpl_value *v, unsigned depth)
{
    if (depth > TMPL_NEST_MAX)
        return err_set(w->err, "toml: more than %d levels", TMPL_NEST_MAX);
    switch (v->kind) {
    case TMPL_BOOL:
        tmpl_buf_adds(w->b, v->b ? "true" : "false");
        return 0;
    case TMPL_INT:
        tmpl_buf_addf(w->b, "%" PRId64, v->i);
        return 0;
    case TMPL_FLOAT:
        add_float(w->b, v->f);
        return 0;
    case TMPL_STRING:
        add_string(w->b, v);
        return 0;
    case TMPL_LIST:
        return add_inline_list(w, v->list, depth);
    case TMPL_MAP:
        return add_inline_map(w, v->map, depth);
    default:
        return err_set(w->err, "toml: there is no way to write nil in a list");
    }
}

/* A blank line, the header [path] or [[path]], and what is in it. */
static int add_section(struct writer *w, struct tmpl_map *m, bool list, unsigned depth)
{
    if (depth > TMPL_NEST_MAX)
        return err_set(w->err, "toml: more than %d levels", TMPL_NEST_MAX);
    if (w->b->len)
        tmpl_buf_addch(w->b, '\n');
    tmpl_buf_fill(w->b, ' ', (depth - 1) * 2);
    tmpl_buf_adds(w->b, list ? "[[" : "[");
    tmpl_buf_add(w->b, w->path.data, w->path.len);
    tmpl_buf_adds(w->b, list ? "]]\n" : "]\n");
    return add_table(w, m, depth);
}

static int add_sections(struct writer *w, const struct tmpl_pair *pair, unsigned depth)
{
    size_t mark = w->path.len;

    if (mark)
        tmpl_buf_addch(&w->path, '.');
    add_key(&w->path, &pair->key);
    if (pair->value.kind == TMPL_MAP) {
        if (add_section(w, pair->value.map, false, depth + 1))
            return -1;
    } else {
        for (size_t i = 0; i < pair->value.list->n && !w->b->over; i++)
            if (add_section(w, pair->value.list->v[i].map, true, depth + 1))
                return -1;
    }
    w->path.len = mark;
    return 0;
}

/* Simple values first: what follows a header belongs to it. */
static int add_table(struct writer *w, struct tmpl_map *m, unsigned depth)
{
    tmpl_map_sort(m);
    for (size_t i = 0; i < m->n && !w->b->over; i++) {
        const struct tmpl_value *v = &m->v[i].value;

        if (v->kind <= TMPL_NIL || v->kind == TMPL_MAP || is_table_list(v))
            continue;
        tmpl_buf_fill(w->b, ' ', depth * 2);
        add_key(w->b, &m->v[i].key);
        tmpl_buf_adds(w->b, " = ");
        if (add_inline(w, v, depth))
            return -1;
        tmpl_buf_addch(w->b, '\n');
    }
    for (size_t i = 0; i < m->n && !w->b->over; i++)
        if ((m->v[i].value.kind == TMPL_MAP || is_table_list(&m->v[i].value)) &&
            add_sections(w, &m->v[i], depth))
            return -1;
    return 0;
}

int tmpl_to_toml(struct tmpl_buf *b, const struct tmpl_value *v, struct err **err)
{
    struct writer w = {.b = b, .path = TMPL_BUF(b->arena), .err = err};

    if (v->kind != TMPL_MAP)
        return err_set(err, "toml: the outermost value is a map, not %s", tmpl_type_name(v));
    return add_table(&w, v->map, 0);
}

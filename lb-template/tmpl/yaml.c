#include "lb-template/tmpl/json_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <yaml.h>

#include "lb-template/tmpl/format.h"

#define ANCHORS_MAX 1000
#define SCALAR_NUMBER_MAX 64 /* bytes of what may be a number */

struct reader {
    struct tmpl_arena *a;
    yaml_parser_t parser;
    struct tmpl_map *anchors;
    struct err **err;
};

static int read_node(struct reader *r, yaml_event_t *event, unsigned depth, struct tmpl_value *ret);

static int next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return 0;
    return err_set(r->err, "yaml: line %zu: %s", r->parser.problem_mark.line + 1,
                   r->parser.problem ? r->parser.problem : "it cannot be read");
}

static bool is_one_of(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(s, *words))
            return true;
    return false;
}

/* Decimal, octal, hexadecimal and binary integers. */
static bool read_int(const char *s, struct tmpl_value *ret)
{
    const char *digits = s + (*s == '-' || *s == '+');
    int base = 10;
    char *end;

    if (digits[0] == '0' && digits[1]) {
        char c = (char)tolower((unsigned char)digits[1]);

        base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
        digits += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
    }
    if (!isxdigit((unsigned char)*digits))
        return false;
    errno = 0;
    long long i = strtoll(digits, &end, base);
    if (*end || errno)
        return false;
    *ret = tmpl_int(*s == '-' ? -i : i);
    return true;
}

static bool read_float(const char *s, struct tmpl_value *ret)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", "+.inf", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    char *end;

    if (is_one_of(s, infinities) || is_one_of(s, nans) || !strcmp(s, "-.inf")) {
        *ret = tmpl_float(is_one_of(s, nans) ? NAN : *s == '-' ? -INFINITY : INFINITY);
        return true;
    }
    if (!*s || strspn(s, "+-.0123456789eE") != strlen(s) || !strpbrk(s, "0123456789"))
        return false;
    double f = strtod(s, &end);
    if (*end || !isfinite(f))
        return false;
    *ret = tmpl_float(f);
    return true;
}

/* What a plain scalar means, by YAML 1.1 as Go's yaml.v2 reads it. False: a string. */
static bool resolve(const char *s, size_t len, struct tmpl_value *ret)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                      "True", "TRUE", "on",  "On",  "ON",  NULL};
    static const char *const no[] = {"n",     "N",     "no",  "No",  "NO",  "false",
                                     "False", "FALSE", "off", "Off", "OFF", NULL};

    if (len > SCALAR_NUMBER_MAX || strlen(s) != len)
        return false;
    if (is_one_of(s, nulls)) {
        *ret = tmpl_nil();
        return true;
    }
    if (is_one_of(s, yes) || is_one_of(s, no)) {
        *ret = tmpl_bool(is_one_of(s, yes));
        return true;
    }
    return read_int(s, ret) || read_float(s, ret);
}

static int remember(struct reader *r, const yaml_char_t *anchor, struct tmpl_value v)
{
    if (!anchor)
        return 0;
    if (r->anchors->n >= ANCHORS_MAX)
        return err_set(r->err, "yaml: more than %d anchors", ANCHORS_MAX);
    const char *name = (const char *)anchor;
    size_t len = strlen(name);
    tmpl_map_set(r->a, r->anchors, tmpl_str(tmpl_copy(r->a, name, len), len), v);
    return 0;
}

static int read_scalar(struct reader *r, const yaml_event_t *e, struct tmpl_value *ret)
{
    const char *s = (const char *)e->data.scalar.value;
    size_t len = e->data.scalar.length;

    if (!e->data.scalar.plain_implicit || !resolve(s, len, ret))
        *ret = tmpl_str(tmpl_copy(r->a, s, len), len);
    return remember(r, e->data.scalar.anchor, *ret);
}

/* The members up to 'end'; those of a mapping come in pairs. */
static int read_members(struct reader *r, yaml_event_type_t end, unsigned depth,
                        struct tmpl_list *l)
{
    for (;;) {
        yaml_event_t event;
        struct tmpl_value v;

        if (next_event(r, &event))
            return -1;
        if (event.type == end) {
            yaml_event_delete(&event);
            return 0;
        }
        int failed = read_node(r, &event, depth + 1, &v);
        yaml_event_delete(&event);
        if (failed)
            return -1;
        tmpl_list_add(r->a, l, v);
    }
}

/* Keys of other kinds become strings. `<<` brings in what another mapping has. */
static void add_pair(struct reader *r, struct tmpl_map *m, struct tmpl_value key,
                     struct tmpl_value v)
{
    struct tmpl_buf b = TMPL_BUF(r->a);
    struct err *err = NULL;

    if (tmpl_is(&key, "<<") && v.kind == TMPL_MAP) {
        for (size_t i = 0; i < v.map->n; i++)
            if (!tmpl_map_get(m, v.map->v[i].key))
                tmpl_map_set(r->a, m, v.map->v[i].key, v.map->v[i].value);
        return;
    }
    if (key.kind != TMPL_STRING) {
        tmpl_to_json(&b, &key, &(struct tmpl_json_style){0}, &err);
        err_free(err);
        key = tmpl_buf_value(&b);
    }
    tmpl_map_set(r->a, m, key, v);
}

static int read_node(struct reader *r, yaml_event_t *event, unsigned depth, struct tmpl_value *ret)
{
    struct tmpl_list *l = tmpl_list_new(r->a, 0);
    const struct tmpl_value *found;

    if (depth > TMPL_NEST_MAX)
        return err_set(r->err, "yaml: more than %d levels", TMPL_NEST_MAX);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(r, event, ret);
    case YAML_ALIAS_EVENT:
        found = tmpl_map_gets(r->anchors, (const char *)event->data.alias.anchor);
        if (!found)
            return err_set(r->err, "yaml: unknown anchor '%s'", event->data.alias.anchor);
        *ret = *found;
        return 0;
    case YAML_SEQUENCE_START_EVENT:
        if (read_members(r, YAML_SEQUENCE_END_EVENT, depth, l))
            return -1;
        *ret = tmpl_list_value(l);
        return remember(r, event->data.sequence_start.anchor, *ret);
    case YAML_MAPPING_START_EVENT:
        if (read_members(r, YAML_MAPPING_END_EVENT, depth, l))
            return -1;
        *ret = tmpl_map_value(tmpl_map_new(r->a));
        for (size_t i = 0; i + 1 < l->n; i += 2)
            add_pair(r, ret->map, l->v[i], l->v[i + 1]);
        return remember(r, event->data.mapping_start.anchor, *ret);
    default:
        *ret = tmpl_nil();
        return 0;
    }
}

/* The first node of the stream, if there is one. */
static int read_document(struct reader *r, struct tmpl_value *ret)
{
    bool more = true;

    *ret = tmpl_nil();
    while (more) {
        yaml_event_t event;
        int failed = 0;

        if (next_event(r, &event))
            return -1;
        if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT) {
            failed = read_node(r, &event, 0, ret);
            more = false;
        }
        yaml_event_delete(&event);
        if (failed)
            return -1;
    }
    return 0;
}

int tmpl_from_yaml(struct tmpl_arena *a, const char *s, size_t len, struct tmpl_value *ret,
                   struct err **err)
{
    struct reader r = {.a = a, .err = err};

    if (!yaml_parser_initialize(&r.parser))
        return err_set(err, "yaml: no parser");
    r.anchors = tmpl_map_new(a);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)s, len);
    int result = read_document(&r, ret);
    yaml_parser_delete(&r.parser);
    return result;
}

/* A string that would be read as something else is quoted; one of several lines is a block. */
static int emit_string(yaml_emitter_t *emitter, const char *s, size_t len)
{
    struct tmpl_value ignored;
    yaml_event_t event;
    yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;

    if (resolve(s, len, &ignored))
        style = YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    else if (memchr(s, '\n', len))
        style = YAML_LITERAL_SCALAR_STYLE;
    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)len, 1, 1,
                                        style) &&
           yaml_emitter_emit(emitter, &event);
}

static int emit_plain(yaml_emitter_t *emitter, const char *s)
{
    yaml_event_t event;

    return yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)s, (int)strlen(s),
                                        1, 0, YAML_PLAIN_SCALAR_STYLE) &&
           yaml_emitter_emit(emitter, &event);
}

static int emit_value(yaml_emitter_t *emitter, const struct tmpl_value *v, unsigned depth);

static int emit_list(yaml_emitter_t *emitter, const struct tmpl_list *l, unsigned depth)
{
    yaml_event_t event;

    if (!yaml_sequence_start_event_initialize(
            &event, NULL, NULL, 1, l->n ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE) ||
        !yaml_emitter_emit(emitter, &event))
        return 0;
    for (size_t i = 0; i < l->n; i++)
        if (!emit_value(emitter, &l->v[i], depth + 1))
            return 0;
    return yaml_sequence_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static int emit_map(yaml_emitter_t *emitter, struct tmpl_map *m, unsigned depth)
{
    yaml_event_t event;

    tmpl_map_sort(m);
    if (!yaml_mapping_start_event_initialize(
            &event, NULL, NULL, 1, m->n ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE) ||
        !yaml_emitter_emit(emitter, &event))
        return 0;
    for (size_t i = 0; i < m->n; i++)
        if (!emit_value(emitter, &m->v[i].key, depth + 1) ||
            !emit_value(emitter, &m->v[i].value, depth + 1))
            return 0;
    return yaml_mapping_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

static int emit_value(yaml_emitter_t *emitter, const struct tmpl_value *v, unsigned depth)
{
    char text[TMPL_FLOAT_MAX];

    if (depth > TMPL_NEST_MAX)
        return 0;
    switch (v->kind) {
    case TMPL_BOOL:
        return emit_plain(emitter, v->b ? "true" : "false");
    case TMPL_INT:
        snprintf(text, sizeof text, "%" PRId64, v->i);
        return emit_plain(emitter, text);
    case TMPL_FLOAT:
        text[tmpl_float_format(v->f, 'g', -1, text)] = '\0';
        return emit_plain(emitter, isnan(v->f)   ? ".nan"
                                   : isinf(v->f) ? v->f < 0 ? "-.inf" : ".inf"
                                                 : text);
    case TMPL_STRING:
        return emit_string(emitter, v->s, v->len);
    case TMPL_LIST:
        return emit_list(emitter, v->list, depth);
    case TMPL_MAP:
        return emit_map(emitter, v->map, depth);
    default:
        return emit_plain(emitter, "null");
    }
}

static int write_text(void *data, unsigned char *s, size_t len)
{
    struct tmpl_buf *b = data;

    tmpl_buf_add(b, (const char *)s, len);
    return !b->over;
}

static int emit_document(yaml_emitter_t *emitter, const struct tmpl_value *v)
{
    yaml_event_t event;

    return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
           yaml_emitter_emit(emitter, &event) &&
           yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) &&
           yaml_emitter_emit(emitter, &event) && emit_value(emitter, v, 0) &&
           yaml_document_end_event_initialize(&event, 1) && yaml_emitter_emit(emitter, &event) &&
           yaml_stream_end_event_initialize(&event) && yaml_emitter_emit(emitter, &event);
}

int tmpl_to_yaml(struct tmpl_buf *b, const struct tmpl_value *v, struct err **err)
{
    yaml_emitter_t emitter;

    if (!yaml_emitter_initialize(&emitter))
        return err_set(err, "yaml: no emitter");
    yaml_emitter_set_output(&emitter, write_text, b);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, -1);
    int done = emit_document(&emitter, v);
    if (!done)
        err_set(err, "yaml: %s", emitter.problem ? emitter.problem : "it cannot be written");
    yaml_emitter_delete(&emitter);
    return done ? 0 : -1;
}

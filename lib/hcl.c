#include "lib/hcl.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hcl_token.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

/* Where a member is said. */
struct place {
    const json_t *object;
    char *key;
    const char *at; /* in the text */
};

struct hcl {
    char *name, *text;
    json_t *root;
    struct place *places;
    size_t n, cap;
};

struct parser {
    struct hcl *h;
    struct hcl_reader r;
    unsigned depth;
    size_t values;
};

static int parse_file(struct parser *p);
static int parse_members(struct parser *p, json_t *object);
static int parse_member(struct parser *p, json_t *object);
static int parse_body(struct parser *p, json_t *object);
static int parse_assigned(struct parser *p, json_t *object, const char *key);
static int parse_value(struct parser *p, json_t **ret);
static int parse_list(struct parser *p, json_t **ret);
static int parse_text(struct parser *p, json_t **ret);
static int parse_word(struct parser *p, json_t **ret);
static int read_key(struct parser *p, json_t *object, char **ret);
static int enter(struct parser *p);
static json_t *add_object(json_t *object, const char *key);
static void add_value(json_t *object, const char *key, json_t *value);

struct hcl *hcl_parse(const char *name, const char *text, size_t len, struct err **err)
{
    if (len > HCL_TEXT_MAX) {
        err_set(err, "%s: it has more than %d bytes", name, HCL_TEXT_MAX);
        return NULL;
    }
    if (memchr(text, '\0', len)) {
        err_set(err, "%s: it has a NUL byte, which no text has", name);
        return NULL;
    }
    struct hcl *h = xcalloc(1, sizeof *h);
    h->name = xstrdup(name);
    h->text = xstrndup(text, len);
    h->root = json_object();
    struct parser p = {.h = h, .r = {h->name, h->text, h->text, err}};
    if (!parse_file(&p))
        return h;
    hcl_free(h);
    return NULL;
}

void hcl_free(struct hcl *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++)
        free(h->places[i].key);
    free(h->places);
    json_decref(h->root);
    free(h->name);
    free(h->text);
    free(h);
}

const json_t *hcl_root(const struct hcl *h)
{
    return h->root;
}

int hcl_refuse(const struct hcl *h, const json_t *object, const char *key, struct err **err,
               const char *format, ...)
{
    const struct hcl_reader r = {h->name, h->text, h->text, err};
    const char *at = h->text;
    va_list args;

    for (size_t i = 0; i < h->n; i++)
        if (h->places[i].object == object && !strcmp(h->places[i].key, key))
            at = h->places[i].at;
    va_start(args, format);
    CLEAN(free_str) char *what = xvasprintf(format, args);
    va_end(args);
    return hcl_fail(&r, at, "%s", what);
}

/* A file in braces is JSON. */
static int parse_file(struct parser *p)
{
    if (hcl_skip(&p->r))
        return -1;
    if (*p->r.at == '{' ? parse_body(p, p->h->root) : parse_members(p, p->h->root))
        return -1;
    if (hcl_skip(&p->r))
        return -1;
    return *p->r.at ? hcl_fail(&p->r, p->r.at, "expected a name or the end of the file") : 0;
}

/* Up to what cannot begin a member. */
static int parse_members(struct parser *p, json_t *object)
{
    for (;;) {
        if (hcl_skip(&p->r))
            return -1;
        if (*p->r.at != '"' && !hcl_begins_name(*p->r.at))
            return 0;
        if (parse_member(p, object) || hcl_skip(&p->r))
            return -1;
        if (*p->r.at == ',')
            p->r.at++;
    }
}

/* key = value, or key "label"... { } */
static int parse_member(struct parser *p, json_t *object)
{
    unsigned depth = p->depth;

    for (;;) {
        CLEAN(free_str) char *key = NULL;

        if (read_key(p, object, &key) || hcl_skip(&p->r))
            return -1;
        if ((*p->r.at == '=' || *p->r.at == ':') && p->depth == depth) {
            p->r.at++;
            return parse_assigned(p, object, key);
        }
        bool labelled = *p->r.at == '"' || hcl_begins_name(*p->r.at);
        if (!labelled && *p->r.at != '{')
            return hcl_fail(&p->r, p->r.at, "expected = or { behind \"%.100s\"", key);
        object = add_object(object, key);
        if (!labelled) {
            int status = parse_body(p, object);

            p->depth = depth;
            return status;
        }
        if (enter(p))
            return -1;
    }
}

/* { members } */
static int parse_body(struct parser *p, json_t *object)
{
    const char *from = p->r.at;

    if (enter(p))
        return -1;
    p->r.at++;
    if (parse_members(p, object))
        return -1;
    if (*p->r.at != '}')
        return *p->r.at ? hcl_fail(&p->r, p->r.at, "expected a name or }")
                        : hcl_fail(&p->r, from, "the brace is not closed");
    p->r.at++;
    p->depth--;
    return 0;
}

static int parse_assigned(struct parser *p, json_t *object, const char *key)
{
    json_t *value;

    if (hcl_skip(&p->r))
        return -1;
    if (*p->r.at == '{')
        return parse_body(p, add_object(object, key));
    if (parse_value(p, &value))
        return -1;
    add_value(object, key, value);
    return 0;
}

static int parse_value(struct parser *p, json_t **ret)
{
    char c = *p->r.at;

    if (++p->values > HCL_VALUES_MAX)
        return hcl_fail(&p->r, p->r.at, "there are more than %d values", HCL_VALUES_MAX);
    if (c == '"' || (c == '<' && p->r.at[1] == '<'))
        return parse_text(p, ret);
    if (c == '[')
        return parse_list(p, ret);
    if (c == '-' || (c >= '0' && c <= '9'))
        return hcl_read_number(&p->r, ret);
    if (c != '{')
        return parse_word(p, ret);
    CLEAN(json) json_t *object = json_object();
    if (parse_body(p, object))
        return -1;
    *ret = TAKE_PTR(object);
    return 0;
}

static int parse_list(struct parser *p, json_t **ret)
{
    CLEAN(json) json_t *list = json_array();

    if (enter(p))
        return -1;
    do {
        json_t *value;

        p->r.at++;
        if (hcl_skip(&p->r))
            return -1;
        if (*p->r.at == ']')
            break;
        if (parse_value(p, &value))
            return -1;
        json_array_append_new(list, value);
        if (hcl_skip(&p->r))
            return -1;
    } while (*p->r.at == ',');
    if (*p->r.at != ']')
        return hcl_fail(&p->r, p->r.at, "expected , or ] in a list");
    p->r.at++;
    p->depth--;
    *ret = TAKE_PTR(list);
    return 0;
}

static int parse_text(struct parser *p, json_t **ret)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (*p->r.at == '"' ? hcl_read_string(&p->r, &text) : hcl_read_heredoc(&p->r, &text))
        return -1;
    *ret = json_stringn_nocheck(sbuf_str(&text), text.len);
    return 0;
}

static int parse_word(struct parser *p, json_t **ret)
{
    CLEAN(sbuf) struct sbuf word = SBUF_INIT;
    const char *from = p->r.at;

    if (hcl_begins_name(*from) && hcl_read_name(&p->r, &word))
        return -1;
    if (!strcmp(sbuf_str(&word), "true") || !strcmp(sbuf_str(&word), "false"))
        *ret = json_boolean(word.len == 4);
    else if (!strcmp(sbuf_str(&word), "null"))
        *ret = json_null();
    else
        return hcl_fail(&p->r, from, "expected a value: a string, a number, true, false, [ or {");
    return 0;
}

static int read_key(struct parser *p, json_t *object, char **ret)
{
    CLEAN(sbuf) struct sbuf key = SBUF_INIT;
    const char *from = p->r.at;
    struct hcl *h = p->h;

    if (*from == '"' ? hcl_read_string(&p->r, &key) : hcl_read_name(&p->r, &key))
        return -1;
    if (h->n == HCL_VALUES_MAX)
        return hcl_fail(&p->r, from, "there are more than %d values", HCL_VALUES_MAX);
    *ret = xstrdup(sbuf_str(&key));
    h->places = xgrow(h->places, h->n, &h->cap, sizeof *h->places);
    h->places[h->n++] = (struct place){object, xstrdup(*ret), from};
    return 0;
}

static int enter(struct parser *p)
{
    if (++p->depth <= HCL_DEPTH_MAX)
        return 0;
    return hcl_fail(&p->r, p->r.at, "there are more than %d levels", HCL_DEPTH_MAX);
}

static bool holds_objects(const json_t *value)
{
    return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

/* Another object behind 'key'; borrowed. */
static json_t *add_object(json_t *object, const char *key)
{
    json_t *added = json_object(), *list = json_object_get(object, key);

    if (!holds_objects(list)) {
        list = json_array();
        json_object_set_new_nocheck(object, key, list);
    }
    json_array_append_new(list, added);
    return added;
}

/* Takes 'value'. Lists of objects are the same as blocks: they add up. */
static void add_value(json_t *object, const char *key, json_t *value)
{
    json_t *before = json_object_get(object, key);

    if (holds_objects(value) && holds_objects(before)) {
        json_array_extend(before, value);
        json_decref(value);
    } else {
        json_object_set_new_nocheck(object, key, value);
    }
}

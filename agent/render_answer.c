#include "agent/render_answer.h"

#include <stdlib.h>

#include "agent/render_query.h"
#include "lb-template/tmpl/json_value.h"
#include "lb-template/tmpl/shape.h"
#include "lib/base64.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

struct reading {
    struct tmpl_arena *arena;
    struct tmpl_query query;
    struct tmpl_list *list; /* what is listed so far */

    /* Of instances; 'scratch' goes with the reading. */
    struct tmpl_arena scratch;
    struct tmpl_map *fields;   /* what the next one has, in 'scratch' */
    struct tmpl_map *of_node;  /* the same of its node */
    json_t *node;              /* which is that; NULL: none yet */
    struct tmpl_list *no_tags; /* shared by all without tags, in 'arena'; NULL: none yet */
    struct tmpl_map *weights;  /* of the one before, in 'arena'; NULL: none yet */
};

char *render_answer_self(const char *body, size_t len, struct err **err)
{
    CLEAN(json) json_t *answer = json_parse(body, len, err);

    if (!answer)
        return NULL;
    const char *name = json_str(json_obj(answer, "Config"), "NodeName");
    if (!name)
        err_set(err, "the answer names no node");
    return name ? xstrdup(name) : NULL;
}

static int by_name(const void *a, const void *b)
{
    return tmpl_string_cmp(a, b);
}

static void sort_strings(struct tmpl_list *l)
{
    l->elem = TMPL_STRING;
    if (l->n > 1)
        qsort(l->v, l->n, sizeof *l->v, by_name);
}

/* The strings of an array, sorted; null is an empty one. */
static int read_strings(struct tmpl_arena *a, const json_t *array, struct tmpl_value *ret,
                        struct err **err)
{
    struct tmpl_list *l = tmpl_list_new(a, json_array_size(array));

    for (size_t i = 0; i < json_array_size(array); i++) {
        struct tmpl_value v;

        if (!json_is_string(json_array_get(array, i)))
            return err_set(err, "a list of names has something else");
        if (tmpl_from_json(a, json_array_get(array, i), true, &v, err))
            return -1;
        tmpl_list_add(a, l, v);
    }
    sort_strings(l);
    *ret = tmpl_list_value(l);
    return 0;
}

/* Sets 'name' of 'm', whose own memory is in 'of_map', from the member 'key' of 'object'; what is
 * missing stays away. */
static int set_member(struct tmpl_arena *a, struct tmpl_arena *of_map, struct tmpl_map *m,
                      const char *name, const json_t *object, const char *key, struct err **err)
{
    const json_t *member = json_object_get(object, key);
    struct tmpl_value v;

    if (!member || json_is_null(member))
        return 0;
    if (tmpl_from_json(a, member, true, &v, err))
        return -1;
    tmpl_map_set(of_map, m, tmpl_cstr(name), v);
    return 0;
}

struct renaming {
    const char *name, *key; /* the template's, Consul's */
};

static int set_members(struct tmpl_arena *a, struct tmpl_arena *of_map, struct tmpl_map *m,
                       const json_t *object, const struct renaming *rows, size_t n,
                       struct err **err)
{
    for (size_t i = 0; i < n; i++)
        if (set_member(a, of_map, m, rows[i].name, object, rows[i].key, err))
            return -1;
    return 0;
}

/* The worst of all checks; what is in maintenance is that before all. */
static const char *status_of(const json_t *checks)
{
    static const char *const order[] = {"passing", "warning", "critical", "maintenance"};
    size_t worst = 0;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json_t *check = json_array_get(checks, i);
        const char *id = json_str(check, "CheckID"), *status = json_str(check, "Status");

        if (id && (!strcmp(id, "_node_maintenance") || !strncmp(id, "_service_maintenance:", 21)))
            status = "maintenance";
        for (size_t k = worst; status && k < ARRAY_LEN(order); k++)
            worst = strcmp(status, order[k]) ? worst : k;
    }
    return order[worst];
}

static int read_tags(struct reading *r, const json_t *array, struct tmpl_value *ret,
                     struct err **err)
{
    if (json_array_size(array))
        return read_strings(r->arena, array, ret, err);
    if (!r->no_tags)
        r->no_tags = tmpl_list_new(r->arena, 0);
    r->no_tags->elem = TMPL_STRING;
    *ret = tmpl_list_value(r->no_tags);
    return 0;
}

/* Most instances have the weights of the one before, and share them. */
static struct tmpl_value read_weights(struct reading *r, const json_t *service)
{
    static const char *const names[] = {"Passing", "Warning"};
    const json_t *weights = json_obj(service, "Weights");
    bool same = r->weights;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        same = same &&
               r->weights->v[i].value.i == json_integer_value(json_object_get(weights, names[i]));
    if (same)
        return tmpl_map_value(r->weights);
    r->weights = tmpl_struct_new(r->arena, "api.AgentWeights");
    tmpl_map_reserve(r->arena, r->weights, ARRAY_LEN(names));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        tmpl_map_set(r->arena, r->weights, tmpl_cstr(names[i]),
                     tmpl_int(json_integer_value(json_object_get(weights, names[i]))));
    if (r->arena->over)
        r->weights = NULL; /* it may not have both */
    return r->weights ? tmpl_map_value(r->weights) : tmpl_nil();
}

/* What an instance says of its node, in 'r->of_node'; of the node before, the same values. */
static int read_node_of(struct reading *r, json_t *node, struct err **err)
{
    static const struct renaming rows[] = {{"Node", "Node"},
                                           {"NodeID", "ID"},
                                           {"NodeAddress", "Address"},
                                           {"NodeTaggedAddresses", "TaggedAddresses"},
                                           {"NodeMeta", "Meta"}};

    if (r->node && json_equal(r->node, node))
        return 0;
    json_decref(r->node);
    r->node = NULL;
    r->of_node->n = 0;
    if (set_members(r->arena, &r->scratch, r->of_node, node, rows, ARRAY_LEN(rows), err))
        return -1;
    r->node = json_incref(node);
    return 0;
}

static int add_service(struct reading *r, const json_t *entry, struct err **err)
{
    static const struct renaming of_service[] = {{"ServiceMeta", "Meta"},
                                                 {"Address", "Address"},
                                                 {"ServiceTaggedAddresses", "TaggedAddresses"},
                                                 {"ID", "ID"},
                                                 {"Name", "Service"},
                                                 {"Port", "Port"}};
    struct tmpl_arena *a = r->arena;
    json_t *node = json_obj(entry, "Node"), *service = json_obj(entry, "Service");
    const json_t *checks = json_arr(entry, "Checks");
    const char *status = status_of(checks);
    struct tmpl_map *m = r->fields;
    struct tmpl_value tags, shaped;

    m->n = 0;
    if (!node || !service)
        return err_set(err, "an instance has no node or no service");
    if (!render_query_passes(r->query.filter, status))
        return 0;
    if (read_node_of(r, node, err) ||
        set_members(a, &r->scratch, m, service, of_service, ARRAY_LEN(of_service), err) ||
        (json_array_size(checks) &&
         set_member(a, &r->scratch, m, "Checks", entry, "Checks", err)) ||
        read_tags(r, json_arr(service, "Tags"), &tags, err))
        return -1;
    for (size_t i = 0; i < r->of_node->n; i++)
        tmpl_map_set(&r->scratch, m, r->of_node->v[i].key, r->of_node->v[i].value);
    tmpl_map_set(&r->scratch, m, tmpl_cstr("Status"), tmpl_cstr(status));
    tmpl_map_set(&r->scratch, m, tmpl_cstr("Weights"), read_weights(r, service));
    tmpl_map_set(&r->scratch, m, tmpl_cstr("Tags"), tags);
    if (tmpl_shape_service(a, m, &shaped, err))
        return -1;
    tmpl_list_add(a, r->list, shaped);
    return 0;
}

static int shape_node(struct tmpl_arena *a, const json_t *entry, struct tmpl_value *ret,
                      struct err **err)
{
    struct tmpl_value v;

    if (!json_is_object(entry))
        return err_set(err, "a node is no object");
    if (tmpl_from_json(a, entry, true, &v, err))
        return -1;
    return tmpl_shape_node(a, v.map, ret, err);
}

static int add_node(struct reading *r, const json_t *entry, struct err **err)
{
    struct tmpl_value node;

    if (shape_node(r->arena, entry, &node, err))
        return -1;
    tmpl_list_add(r->arena, r->list, node);
    return 0;
}

/* The value of a pair, which is null where it is empty. */
static int read_value(struct tmpl_arena *a, const json_t *pair, struct tmpl_value *ret,
                      struct err **err)
{
    const char *text = json_str(pair, "Value");
    CLEAN(sbuf) struct sbuf value = SBUF_INIT;

    if (text && base64_decode(text, &value))
        return err_set(err, "the value of a key is no base64");
    *ret = tmpl_str(tmpl_copy(a, sbuf_str(&value), value.len), value.len);
    return 0;
}

/* A key that ends in a slash is a folder. As consul-template's, 'Key' lacks the prefix that was
 * asked for, and the slashes behind it. */
static int add_pair(struct reading *r, const json_t *pair, struct err **err)
{
    static const struct renaming others[] = {{"CreateIndex", "CreateIndex"},
                                             {"ModifyIndex", "ModifyIndex"},
                                             {"LockIndex", "LockIndex"},
                                             {"Flags", "Flags"},
                                             {"Session", "Session"}};
    const char *name = json_str(pair, "Key");
    struct tmpl_value prefix = r->query.name, value;

    if (!name)
        return err_set(err, "a pair has no key");
    struct tmpl_value path = tmpl_cstr(tmpl_copy(r->arena, name, strlen(name))), key = path;
    if (prefix.len && prefix.s[0] == '/')
        prefix = tmpl_str(prefix.s + 1, prefix.len - 1);
    if (key.len >= prefix.len && !memcmp(key.s, prefix.s, prefix.len))
        key = tmpl_str(key.s + prefix.len, key.len - prefix.len);
    while (key.len && key.s[0] == '/')
        key = tmpl_str(key.s + 1, key.len - 1);
    if (!key.len || key.s[key.len - 1] == '/')
        return 0;
    if (read_value(r->arena, pair, &value, err))
        return -1;
    struct tmpl_value shaped = tmpl_shape_pair(r->arena, path, key, value);
    tmpl_list_add(r->arena, r->list, shaped);
    return set_members(r->arena, r->arena, shaped.map, pair, others, ARRAY_LEN(others), err);
}

/* {"name": ["tag", ...], ...} */
static int read_services(struct reading *r, const json_t *answer, struct err **err)
{
    struct tmpl_value all;

    if (!json_is_object(answer))
        return err_set(err, "the answer is no object");
    if (tmpl_from_json(r->arena, answer, true, &all, err))
        return -1;
    tmpl_map_sort(all.map);
    for (size_t i = 0; i < all.map->n; i++) {
        struct tmpl_value name = all.map->v[i].key, tags;

        if (read_strings(r->arena, json_object_get(answer, name.s), &tags, err))
            return -1;
        tmpl_list_add(r->arena, r->list, tmpl_shape_snippet(r->arena, name, tags.list));
    }
    return 0;
}

static int by_fields(const struct tmpl_value *a, const struct tmpl_value *b, const char *first,
                     const char *second)
{
    int order = tmpl_string_cmp(tmpl_map_gets(a->map, first), tmpl_map_gets(b->map, first));

    return order ? order
                 : tmpl_string_cmp(tmpl_map_gets(a->map, second), tmpl_map_gets(b->map, second));
}

static int by_node_and_id(const void *a, const void *b)
{
    return by_fields(a, b, "Node", "ID");
}

static int by_service_and_id(const void *a, const void *b)
{
    return by_fields(a, b, "Service", "ID");
}

static void sort_list(struct tmpl_list *l, int (*compare)(const void *a, const void *b))
{
    if (l->n > 1)
        qsort(l->v, l->n, sizeof *l->v, compare);
}

static int add_node_service(struct reading *r, const json_t *service, struct err **err)
{
    struct tmpl_value v, tags, shaped;

    if (!json_is_object(service))
        return err_set(err, "a service is no object");
    if (tmpl_from_json(r->arena, service, true, &v, err) ||
        read_strings(r->arena, json_arr(service, "Tags"), &tags, err))
        return -1;
    tmpl_map_set(r->arena, v.map, tmpl_cstr("Tags"), tags);
    if (tmpl_shape_node_service(r->arena, v.map, &shaped, err))
        return -1;
    tmpl_list_add(r->arena, r->list, shaped);
    return 0;
}

/* As consul-template's, a node that is not there is a struct without content. */
static int read_node(struct reading *r, const json_t *answer, struct tmpl_value *ret,
                     struct err **err)
{
    struct tmpl_map *m = tmpl_struct_new(r->arena, "*dependency.CatalogNode");
    const json_t *found = json_obj(answer, "Node");
    json_t *services = json_obj(answer, "Services"), *service;
    struct tmpl_value node = tmpl_nil();
    const char *id;

    if (found && shape_node(r->arena, found, &node, err))
        return -1;
    json_object_foreach(services, id, service) {
        if (add_node_service(r, service, err))
            return err_wrap(err, "service %s", id);
    }
    sort_list(r->list, by_service_and_id);
    tmpl_map_set(r->arena, m, tmpl_cstr("Node"), node);
    tmpl_map_set(r->arena, m, tmpl_cstr("Services"), tmpl_list_value(r->list));
    *ret = tmpl_map_value(m);
    return 0;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && *at && strchr(" \t\r\n", *at))
        at++;
    return at;
}

/* Of an array one member after the other: all of a large one in jansson's values would take many
 * times its bytes. */
static int read_each(struct reading *r, const char *body, size_t len,
                     int (*add)(struct reading *r, const json_t *entry, struct err **err),
                     struct err **err)
{
    const char *end = body + len, *at = skip_blanks(body, end);

    if (at == end || *at != '[')
        return err_set(err, "the answer is no array");
    at = skip_blanks(at + 1, end);
    if (at < end && *at == ']')
        return 0;
    for (size_t i = 0;; i++) {
        const size_t flags = JSON_DISABLE_EOF_CHECK;
        json_error_t where;
        CLEAN(json) json_t *entry = json_loadb(at, (size_t)(end - at), flags, &where);

        if (!entry)
            return err_set(err, "member %zu: invalid JSON: %s", i, where.text);
        if (add(r, entry, err))
            return err_wrap(err, "member %zu", i);
        at = skip_blanks(at + where.position, end);
        if (at == end || (*at != ',' && *at != ']'))
            return err_set(err, "member %zu: the array does not go on", i);
        if (*at++ == ']')
            return 0;
    }
}

static int read_names(struct reading *r, const json_t *answer, struct err **err)
{
    struct tmpl_value names;

    if (!json_is_array(answer))
        return err_set(err, "the answer is no array");
    if (read_strings(r->arena, answer, &names, err))
        return -1;
    r->list = names.list;
    return 0;
}

/* What is read as one: small, but for the list of services. */
static int read_whole(enum tmpl_dep_kind kind, struct reading *r, const char *body, size_t len,
                      struct tmpl_value *ret, struct err **err)
{
    bool no_node = kind == TMPL_DEP_NODE && len >= 4 && !memcmp(body, "null", 4);
    CLEAN(json) json_t *answer = no_node ? NULL : json_parse(body, len, err);

    if (!answer && !no_node)
        return -1;
    if (kind == TMPL_DEP_NODE)
        return read_node(r, answer, ret, err);
    if (kind == TMPL_DEP_KEY)
        return json_is_object(json_array_get(answer, 0))
                   ? read_value(r->arena, json_array_get(answer, 0), ret, err)
                   : err_set(err, "the answer has no pair");
    if (kind == TMPL_DEP_SERVICES ? read_services(r, answer, err) : read_names(r, answer, err))
        return -1;
    *ret = tmpl_list_value(r->list);
    return 0;
}

static int read_any(enum tmpl_dep_kind kind, struct reading *r, const char *body, size_t len,
                    struct tmpl_value *ret, struct err **err)
{
    switch (kind) {
    case TMPL_DEP_TREE:
        if (read_each(r, body, len, add_pair, err))
            return -1;
        break;
    case TMPL_DEP_NODES:
        if (read_each(r, body, len, add_node, err))
            return -1;
        break;
    case TMPL_DEP_SERVICE:
    case TMPL_DEP_CONNECT:
        if (read_each(r, body, len, add_service, err))
            return -1;
        break;
    case TMPL_DEP_SERVICES:
    case TMPL_DEP_NODE:
    case TMPL_DEP_DATACENTERS:
    case TMPL_DEP_KEY:
    case TMPL_DEP_FILE:
    case TMPL_DEP_ENV:
        return read_whole(kind, r, body, len, ret, err);
    }
    if (kind != TMPL_DEP_TREE && !r->query.near.len)
        sort_list(r->list, by_node_and_id);
    *ret = tmpl_list_value(r->list);
    return 0;
}

int render_answer_read(enum tmpl_dep_kind kind, const char *text, const char *body, size_t len,
                       struct tmpl_arena *arena, struct tmpl_value *ret,
                       enum tmpl_answer *ret_answer, struct err **err)
{
    struct reading r = {.arena = arena, .list = tmpl_list_new(arena, 0)};
    struct tmpl_value value;

    if (!len && kind == TMPL_DEP_KEY) {
        *ret_answer = TMPL_ABSENT;
        return 0;
    }
    if (!len && kind == TMPL_DEP_TREE) {
        *ret = tmpl_list_value(r.list);
        *ret_answer = TMPL_FOUND;
        return 0;
    }
    if (!len)
        return err_set(err, "the answer is empty");
    if (kind != TMPL_DEP_DATACENTERS && tmpl_query_parse(kind, text, strlen(text), &r.query, err))
        return -1;
    tmpl_arena_init(&r.scratch, 0);
    r.fields = tmpl_map_new(&r.scratch);
    r.of_node = tmpl_map_new(&r.scratch);
    int status = read_any(kind, &r, body, len, &value, err);
    json_decref(r.node);
    tmpl_arena_done(&r.scratch);
    if (status)
        return -1;
    if (arena->over)
        return err_set(err, "the answer needs more than %zu bytes", arena->limit);
    *ret = value;
    *ret_answer = TMPL_FOUND;
    return 0;
}

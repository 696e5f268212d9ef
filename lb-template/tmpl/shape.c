#include "lb-template/tmpl/shape.h"

struct shape_field {
    const char *name;
    enum tmpl_kind kind;
};

static const struct shape_field service_fields[] = {
    {"Node", TMPL_STRING},        {"NodeID", TMPL_STRING},
    {"NodeAddress", TMPL_STRING}, {"NodeTaggedAddresses", TMPL_MAP},
    {"NodeMeta", TMPL_MAP},       {"ServiceMeta", TMPL_MAP},
    {"Address", TMPL_STRING},     {"ServiceTaggedAddresses", TMPL_MAP},
    {"ID", TMPL_STRING},          {"Name", TMPL_STRING},
    {"Tags", TMPL_LIST},          {"Checks", TMPL_LIST},
    {"Status", TMPL_STRING},      {"Port", TMPL_INT},
    {"Weights", TMPL_MAP},
};

static const struct shape_field node_fields[] = {
    {"ID", TMPL_STRING},         {"Node", TMPL_STRING},         {"Address", TMPL_STRING},
    {"Datacenter", TMPL_STRING}, {"TaggedAddresses", TMPL_MAP}, {"Meta", TMPL_MAP},
};

static const struct shape_field node_service_fields[] = {
    {"ID", TMPL_STRING},
    {"Service", TMPL_STRING},
    {"Tags", TMPL_LIST},
    {"Meta", TMPL_MAP},
    {"Port", TMPL_INT},
    {"Address", TMPL_STRING},
    {"EnableTagOverride", TMPL_BOOL},
};

/* What all missing maps and lists are: nothing is ever added to what is not the template's own. */
static struct tmpl_map empty_map = {
    .keys = TMPL_STRING, .elem = TMPL_STRING, .sorted = true, .frozen = true};
static struct tmpl_list empty_list;

static struct tmpl_value zero(enum tmpl_kind kind)
{
    switch (kind) {
    case TMPL_BOOL:
        return tmpl_bool(false);
    case TMPL_INT:
        return tmpl_int(0);
    case TMPL_LIST:
        return tmpl_list_value(&empty_list);
    case TMPL_MAP:
        return tmpl_map_value(&empty_map);
    default:
        return tmpl_str("", 0);
    }
}

/* A map of strings only is Go's map[string]string: a missing key is an empty string there. */
static void finish_map(struct tmpl_map *m)
{
    m->frozen = true;
    m->elem = TMPL_STRING;
    for (size_t i = 0; i < m->n; i++)
        if (m->v[i].value.kind != TMPL_STRING)
            m->elem = TMPL_NONE;
    tmpl_map_sort(m);
}

static int fill(struct tmpl_arena *a, const char *type, const struct shape_field *fields, size_t n,
                const struct tmpl_map *from, struct tmpl_value *ret, struct err **err)
{
    struct tmpl_map *m = tmpl_struct_new(a, type);

    tmpl_map_reserve(a, m, n);
    for (size_t i = 0; i < n; i++) {
        const struct tmpl_value *found = tmpl_map_gets(from, fields[i].name);
        struct tmpl_value v = found && found->kind > TMPL_NIL ? *found : zero(fields[i].kind);

        if (v.kind != fields[i].kind)
            return err_set(err, "%s is not %s but %s", fields[i].name,
                           fields[i].kind == TMPL_INT      ? "an integer"
                           : fields[i].kind == TMPL_STRING ? "a string"
                           : fields[i].kind == TMPL_BOOL   ? "a boolean"
                           : fields[i].kind == TMPL_LIST   ? "a list"
                                                           : "a map",
                           tmpl_type_name(&v));
        if (v.kind == TMPL_MAP && !v.map->frozen)
            finish_map(v.map);
        tmpl_map_set(a, m, tmpl_cstr(fields[i].name), v);
    }
    *ret = tmpl_map_value(m);
    return 0;
}

/* The address is the service's own, or else its node's. */
int tmpl_shape_service(struct tmpl_arena *a, const struct tmpl_map *from, struct tmpl_value *ret,
                       struct err **err)
{
    if (fill(a, "*dependency.HealthService", service_fields, ARRAY_LEN(service_fields), from, ret,
             err))
        return -1;
    const struct tmpl_value *address = tmpl_map_gets(ret->map, "Address");
    if (!address->len)
        tmpl_map_set(a, ret->map, tmpl_cstr("Address"), *tmpl_map_gets(ret->map, "NodeAddress"));
    return 0;
}

int tmpl_shape_node(struct tmpl_arena *a, const struct tmpl_map *from, struct tmpl_value *ret,
                    struct err **err)
{
    return fill(a, "*dependency.Node", node_fields, ARRAY_LEN(node_fields), from, ret, err);
}

int tmpl_shape_node_service(struct tmpl_arena *a, const struct tmpl_map *from,
                            struct tmpl_value *ret, struct err **err)
{
    return fill(a, "*dependency.CatalogNodeService", node_service_fields,
                ARRAY_LEN(node_service_fields), from, ret, err);
}

struct tmpl_value tmpl_shape_snippet(struct tmpl_arena *a, struct tmpl_value name,
                                     struct tmpl_list *tags)
{
    struct tmpl_map *m = tmpl_struct_new(a, "*dependency.CatalogSnippet");

    tags->elem = TMPL_STRING;
    tmpl_map_set(a, m, tmpl_cstr("Name"), name);
    tmpl_map_set(a, m, tmpl_cstr("Tags"), tmpl_list_value(tags));
    return tmpl_map_value(m);
}

struct tmpl_value tmpl_shape_pair(struct tmpl_arena *a, struct tmpl_value path,
                                  struct tmpl_value key, struct tmpl_value value)
{
    static const char *const numbers[] = {"CreateIndex", "ModifyIndex", "LockIndex", "Flags"};
    struct tmpl_map *m = tmpl_struct_new(a, "*dependency.KeyPair");

    tmpl_map_reserve(a, m, ARRAY_LEN(numbers) + 5);
    tmpl_map_set(a, m, tmpl_cstr("Path"), path);
    tmpl_map_set(a, m, tmpl_cstr("Key"), key);
    tmpl_map_set(a, m, tmpl_cstr("Value"), value);
    tmpl_map_set(a, m, tmpl_cstr("Exists"), tmpl_bool(true));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        tmpl_map_set(a, m, tmpl_cstr(numbers[i]), tmpl_int(0));
    tmpl_map_set(a, m, tmpl_cstr("Session"), tmpl_str("", 0));
    return tmpl_map_value(m);
}

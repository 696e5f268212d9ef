#include "lb-template/tmpl/data.h"

#include <stdlib.h>

#include "lb-template/tmpl/json_value.h"
#include "lb-template/tmpl/shape.h"
#include "lib/xmalloc.h"

struct tmpl_data {
    struct tmpl_arena arena;
    struct tmpl_map *root;
};

static int shape_all(struct tmpl_arena *a, struct tmpl_map *root, struct err **err);

struct tmpl_data *tmpl_data_new(const json_t *document, struct err **err)
{
    struct tmpl_data *d = xcalloc(1, sizeof *d);
    struct tmpl_value root;

    tmpl_arena_init(&d->arena, 0);
    if (!tmpl_from_json(&d->arena, document, true, &root, err)) {
        if (root.kind != TMPL_MAP)
            err_set(err, "the document is no object");
        else if (!shape_all(&d->arena, root.map, err)) {
            d->root = root.map;
            return d;
        }
    }
    tmpl_data_free(d);
    return NULL;
}

void tmpl_data_free(struct tmpl_data *d)
{
    if (!d)
        return;
    tmpl_arena_done(&d->arena);
    free(d);
}

/* The member 'name' of 'm' where it has the kind 'kind', else NULL. */
static struct tmpl_value member(const struct tmpl_map *m, const char *name, enum tmpl_kind kind)
{
    const struct tmpl_value *v = m ? tmpl_map_gets(m, name) : NULL;

    return v && v->kind == kind ? *v : tmpl_none();
}

/* Turns the members of 'l' into structs, in place. */
static int shape_list(struct tmpl_arena *a, struct tmpl_list *l, const struct tmpl_value *name,
                      struct err **err)
{
    for (size_t i = 0; i < l->n; i++) {
        struct tmpl_value *v = &l->v[i];

        if (v->kind != TMPL_MAP)
            return err_set(err, "member %zu is no object", i);
        if (name && !tmpl_map_gets(v->map, "Name"))
            tmpl_map_set(a, v->map, tmpl_cstr("Name"), *name);
        if (name && !tmpl_map_gets(v->map, "Status"))
            tmpl_map_set(a, v->map, tmpl_cstr("Status"), tmpl_cstr("passing"));
        if (name ? tmpl_shape_service(a, v->map, v, err) : tmpl_shape_node(a, v->map, v, err))
            return err_wrap(err, "member %zu", i);
    }
    return 0;
}

static int shape_all(struct tmpl_arena *a, struct tmpl_map *root, struct err **err)
{
    struct tmpl_value services = member(root, "services", TMPL_MAP);
    struct tmpl_value nodes = member(root, "nodes", TMPL_LIST);
    struct tmpl_value dcs = member(root, "dc", TMPL_MAP);

    for (size_t i = 0; services.kind && i < services.map->n; i++) {
        const struct tmpl_pair *p = &services.map->v[i];

        if (p->value.kind != TMPL_LIST)
            return err_set(err, "service %s is no array", p->key.s);
        if (shape_list(a, p->value.list, &p->key, err))
            return err_wrap(err, "service %s", p->key.s);
    }
    if (nodes.kind && shape_list(a, nodes.list, NULL, err))
        return err_wrap(err, "nodes");
    for (size_t i = 0; dcs.kind && i < dcs.map->n; i++)
        if (dcs.map->v[i].value.kind == TMPL_MAP && shape_all(a, dcs.map->v[i].value.map, err))
            return err_wrap(err, "datacenter %s", dcs.map->v[i].key.s);
    return 0;
}

static bool has_tag(const struct tmpl_value *service, const struct tmpl_value *tag)
{
    const struct tmpl_list *tags = tmpl_map_gets(service->map, "Tags")->list;

    for (size_t i = 0; i < tags->n; i++)
        if (tags->v[i].kind == TMPL_STRING && !tmpl_string_cmp(&tags->v[i], tag))
            return true;
    return false;
}

/* Is the status among the words of 'filter'? Without one it is "passing" alone. */
static bool passes(const struct tmpl_value *service, const struct tmpl_value *filter)
{
    const struct tmpl_value *status = tmpl_map_gets(service->map, "Status");
    const char *at = filter->s, *end = filter->s + filter->len;

    if (!filter->len)
        return tmpl_is(status, "passing");
    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct tmpl_value word = tmpl_str(at, (size_t)((comma ? comma : end) - at));

        if (tmpl_is(&word, "any") || !tmpl_string_cmp(&word, status))
            return true;
        at += word.len + 1;
    }
    return false;
}

static enum tmpl_answer get_service(const struct tmpl_map *root, const struct tmpl_query *q,
                                    struct tmpl_arena *a, struct tmpl_value *ret)
{
    struct tmpl_value services = member(root, "services", TMPL_MAP);
    struct tmpl_list *l = tmpl_list_new(a, 0);

    if (!services.kind)
        return TMPL_PENDING;
    const struct tmpl_value *all = tmpl_map_get(services.map, q->name);
    for (size_t i = 0; all && i < all->list->n; i++) {
        const struct tmpl_value *s = &all->list->v[i];

        if ((!q->tag.len || has_tag(s, &q->tag)) && passes(s, &q->filter))
            tmpl_list_add(a, l, *s);
    }
    *ret = tmpl_list_value(l);
    return TMPL_FOUND;
}

/* The tags of all instances, each once. */
static struct tmpl_list *all_tags(struct tmpl_arena *a, const struct tmpl_list *instances)
{
    struct tmpl_map *seen = tmpl_map_new(a);
    struct tmpl_list *l = tmpl_list_new(a, 0);

    for (size_t i = 0; i < instances->n; i++) {
        const struct tmpl_list *tags = tmpl_map_gets(instances->v[i].map, "Tags")->list;

        for (size_t j = 0; j < tags->n; j++)
            if (tags->v[j].kind == TMPL_STRING)
                tmpl_map_set(a, seen, tags->v[j], tmpl_bool(true));
    }
    tmpl_map_sort(seen);
    for (size_t i = 0; i < seen->n; i++)
        tmpl_list_add(a, l, seen->v[i].key);
    return l;
}

static enum tmpl_answer get_services(const struct tmpl_map *root, struct tmpl_arena *a,
                                     struct tmpl_value *ret)
{
    struct tmpl_value services = member(root, "services", TMPL_MAP);
    struct tmpl_list *l = tmpl_list_new(a, 0);

    if (!services.kind)
        return TMPL_PENDING;
    tmpl_map_sort(services.map);
    for (size_t i = 0; i < services.map->n; i++)
        tmpl_list_add(a, l,
                      tmpl_shape_snippet(a, services.map->v[i].key,
                                         all_tags(a, services.map->v[i].value.list)));
    *ret = tmpl_list_value(l);
    return TMPL_FOUND;
}

static enum tmpl_answer get_string(const struct tmpl_map *root, const char *group,
                                   struct tmpl_value name, struct tmpl_value *ret)
{
    struct tmpl_value all = member(root, group, TMPL_MAP);
    const struct tmpl_value *found = all.kind ? tmpl_map_get(all.map, name) : NULL;

    if (!all.kind)
        return TMPL_PENDING;
    if (!found || found->kind != TMPL_STRING)
        return TMPL_ABSENT;
    *ret = *found;
    return TMPL_FOUND;
}

/* The pairs below 'prefix', each key without it. */
static enum tmpl_answer get_tree(const struct tmpl_map *root, struct tmpl_value prefix,
                                 struct tmpl_arena *a, struct tmpl_value *ret)
{
    struct tmpl_value keys = member(root, "keys", TMPL_MAP);
    struct tmpl_list *l = tmpl_list_new(a, 0);

    if (!keys.kind)
        return TMPL_PENDING;
    while (prefix.len && prefix.s[prefix.len - 1] == '/')
        prefix.len--;
    tmpl_map_sort(keys.map);
    for (size_t i = 0; i < keys.map->n; i++) {
        struct tmpl_value path = keys.map->v[i].key, key = path;

        if (prefix.len) {
            if (path.len <= prefix.len || memcmp(path.s, prefix.s, prefix.len) ||
                path.s[prefix.len] != '/')
                continue;
            key = tmpl_str(path.s + prefix.len + 1, path.len - prefix.len - 1);
        }
        if (key.len && keys.map->v[i].value.kind == TMPL_STRING)
            tmpl_list_add(a, l, tmpl_shape_pair(a, path, key, keys.map->v[i].value));
    }
    *ret = tmpl_list_value(l);
    return TMPL_FOUND;
}

/* The services on the node called 'name'. */
static struct tmpl_list *services_on(const struct tmpl_map *root, const struct tmpl_value *name,
                                     struct tmpl_arena *a)
{
    struct tmpl_value services = member(root, "services", TMPL_MAP);
    struct tmpl_list *l = tmpl_list_new(a, 0);

    for (size_t i = 0; services.kind && i < services.map->n; i++) {
        const struct tmpl_list *instances = services.map->v[i].value.list;

        for (size_t j = 0; j < instances->n; j++) {
            struct tmpl_value node = member(instances->v[j].map, "Node", TMPL_STRING);

            if (!tmpl_string_cmp(&node, name))
                tmpl_list_add(a, l, instances->v[j]);
        }
    }
    return l;
}

/* Without a name it is the first one. */
static enum tmpl_answer get_node(const struct tmpl_map *root, const struct tmpl_value *name,
                                 struct tmpl_arena *a, struct tmpl_value *ret)
{
    struct tmpl_value nodes = member(root, "nodes", TMPL_LIST);

    if (!nodes.kind)
        return TMPL_PENDING;
    for (size_t i = 0; i < nodes.list->n; i++) {
        const struct tmpl_value *node = &nodes.list->v[i];
        struct tmpl_value its_name = member(node->map, "Node", TMPL_STRING);

        if (name->len && tmpl_string_cmp(&its_name, name))
            continue;
        struct tmpl_map *m = tmpl_struct_new(a, "*dependency.CatalogNode");
        tmpl_map_set(a, m, tmpl_cstr("Node"), *node);
        tmpl_map_set(a, m, tmpl_cstr("Services"), tmpl_list_value(services_on(root, &its_name, a)));
        *ret = tmpl_map_value(m);
        return TMPL_FOUND;
    }
    return TMPL_ABSENT;
}

static enum tmpl_answer get_list(const struct tmpl_map *root, const char *name,
                                 struct tmpl_value *ret)
{
    *ret = member(root, name, TMPL_LIST);
    return ret->kind ? TMPL_FOUND : TMPL_PENDING;
}

enum tmpl_answer tmpl_data_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                               struct tmpl_arena *arena, struct tmpl_value *ret, struct err **err)
{
    const struct tmpl_data *d = arg;
    const struct tmpl_map *root = d->root;
    struct tmpl_query q;

    if (kind == TMPL_DEP_FILE || kind == TMPL_DEP_ENV)
        return get_string(root, kind == TMPL_DEP_FILE ? "files" : "env", tmpl_str(text, len), ret);
    if (kind == TMPL_DEP_DATACENTERS)
        return get_list(root, "datacenters", ret);
    if (tmpl_query_parse(kind, text, len, &q, err))
        return TMPL_ERROR;
    if (q.dc.len) {
        struct tmpl_value dcs = member(root, "dc", TMPL_MAP);
        const struct tmpl_value *dc = dcs.kind ? tmpl_map_get(dcs.map, q.dc) : NULL;

        if (!dc || dc->kind != TMPL_MAP)
            return TMPL_PENDING;
        root = dc->map;
    }
    switch (kind) {
    case TMPL_DEP_SERVICES:
        return get_services(root, arena, ret);
    case TMPL_DEP_NODE:
        return get_node(root, &q.name, arena, ret);
    case TMPL_DEP_NODES:
        return get_list(root, "nodes", ret);
    case TMPL_DEP_KEY:
        return get_string(root, "keys", q.name, ret);
    case TMPL_DEP_TREE:
        return get_tree(root, q.name, arena, ret);
    default:
        return get_service(root, &q, arena, ret);
    }
}

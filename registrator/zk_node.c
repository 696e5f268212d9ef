#include "registrator/zk_node.h"

#include <string.h>

#include "lib/endpoint.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/meta.h"

static json_t *tags_json(const struct strv *tags);
static json_t *attrs_json(const struct kvs *meta);

char *zk_node_path(const char *base, const struct instance *i)
{
    return xasprintf("%s%s/%s/%s:%u", *base ? "/" : "", base, i->service, i->address, i->port);
}

char *zk_node_data(const struct instance *i)
{
    const char *container = kvs_get(&i->meta, META_CONTAINER_ID);
    CLEAN(free_str) char *id = xstrndup(container ? container : "", CONTAINER_ID_SHORT);
    CLEAN(json) json_t *doc = json_object();

    json_set_str(doc, "Name", i->service);
    json_set_str(doc, "IP", i->address);
    json_object_set_new(doc, "PublicPort", json_integer(i->port));
    json_object_set_new(doc, "PrivatePort", json_integer(i->container_port));
    json_set_str(doc, "ContainerID", id);
    json_object_set_new(doc, "Tags", tags_json(&i->tags));
    json_object_set_new(doc, "Attrs", attrs_json(&i->meta));
    return json_dumps(doc, JSON_COMPACT | JSON_PRESERVE_ORDER);
}

static json_t *tags_json(const struct strv *tags)
{
    json_t *list = json_array();

    for (size_t i = 0; i < tags->n; i++)
        json_array_append_new(list, json_string(tags->v[i]));
    return list;
}

/* Berth's own pairs are for registries that ask for them. */
static json_t *attrs_json(const struct kvs *meta)
{
    json_t *object = json_object();

    for (size_t i = 0; i < meta->n; i++)
        if (!meta_is_own(meta->v[i].key))
            json_set_str(object, meta->v[i].key, meta->v[i].value);
    return object;
}

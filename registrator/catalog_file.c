#include "registrator/catalog_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define FILE_MAX (256 * 1024 * 1024) /* bytes: some 500,000 instances */
#define MODE 0640                    /* it tells what runs where */

static json_t *instance_json(const struct instance *i);
static void read_instance(json_t *doc, struct instances *ret);

int catalog_file_write(const char *path, const struct instances *catalog, double when,
                       struct err **err)
{
    if (file_make_dirs_of(path, 0755, err))
        return -1;
    CLEAN(json) json_t *doc = json_object();
    json_t *list = json_array();

    json_object_set_new(doc, "seen", json_real(when));
    for (size_t i = 0; i < catalog->n; i++)
        json_array_append_new(list, instance_json(&catalog->v[i]));
    json_object_set_new(doc, "instances", list);
    CLEAN(free_str) char *text = json_dumps(doc, JSON_COMPACT);
    return file_replace(path, text, strlen(text), MODE, err);
}

int catalog_file_read(const char *path, struct instances *ret, double *ret_when, struct err **err)
{
    size_t len, at;
    CLEAN(free_str) char *text = file_read(path, FILE_MAX, &len, err);
    CLEAN(json) json_t *doc = text ? json_parse(text, len, err) : NULL;
    json_t *list = json_arr(doc, "instances"), *entry;

    if (!text)
        return -1;
    if (!doc)
        return err_wrap(err, "%s", path);
    if (!list)
        return err_set(err, "%s: it is no catalog of berth's", path);
    json_array_foreach(list, at, entry)
        read_instance(entry, ret);
    instances_sort(ret);
    *ret_when = json_number_value(json_object_get(doc, "seen"));
    return 0;
}

static json_t *instance_json(const struct instance *i)
{
    json_t *doc = json_object(), *tags = json_array(), *meta = json_object();

    json_set_str(doc, "id", i->id);
    json_set_str(doc, "service", i->service);
    json_set_str(doc, "node", i->node);
    json_set_str(doc, "address", i->address);
    json_object_set_new(doc, "port", json_integer(i->port));
    if (i->address6)
        json_set_str(doc, "address6", i->address6);
    if (i->weight)
        json_object_set_new(doc, "weight", json_integer(i->weight));
    if (i->weight_warning)
        json_object_set_new(doc, "weight_warning", json_integer(i->weight_warning));
    json_set_str(doc, "container_address", i->container_address);
    json_object_set_new(doc, "container_port", json_integer(i->container_port));
    json_object_set_new(doc, "state", json_string(instance_state_name(i->state)));
    for (size_t t = 0; t < i->tags.n; t++)
        json_array_append_new(tags, json_string(i->tags.v[t]));
    json_object_set_new(doc, "tags", tags);
    for (size_t m = 0; m < i->meta.n; m++)
        json_set_str(meta, i->meta.v[m].key, i->meta.v[m].value);
    json_object_set_new(doc, "meta", meta);
    return doc;
}

/* A port or a weight; 0 for what is none. */
static uint16_t read_number(const json_t *doc, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(doc, key));

    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

static enum instance_state read_state(const json_t *doc)
{
    const char *name = json_str(doc, "state");

    for (int state = INSTANCE_PASSING; name && state <= INSTANCE_CRITICAL; state++)
        if (!strcmp(name, instance_state_name((enum instance_state)state)))
            return (enum instance_state)state;
    return INSTANCE_PASSING;
}

static void read_lists(json_t *doc, struct instance *i)
{
    json_t *tags = json_arr(doc, "tags"), *meta = json_obj(doc, "meta"), *value;
    const char *key;
    size_t at;

    json_array_foreach(tags, at, value)
        if (json_is_string(value))
            strv_add(&i->tags, json_string_value(value));
    json_object_foreach(meta, key, value)
        if (json_is_string(value))
            kvs_add(&i->meta, key, json_string_value(value));
    kvs_sort(&i->meta);
}

static void read_instance(json_t *doc, struct instances *ret)
{
    const char *id = json_str(doc, "id"), *service = json_str(doc, "service");
    const char *node = json_str(doc, "node"), *address = json_str(doc, "address");
    const char *container = json_str(doc, "container_address"), *six = json_str(doc, "address6");

    if (!id || !service || !node || !address)
        return;
    struct instance *i = instances_add(ret);
    i->id = xstrdup(id);
    i->service = xstrdup(service);
    i->node = xstrdup(node);
    i->address = xstrdup(address);
    i->address6 = six ? xstrdup(six) : NULL;
    i->port = read_number(doc, "port");
    i->weight = read_number(doc, "weight");
    i->weight_warning = read_number(doc, "weight_warning");
    i->container_address = container ? xstrdup(container) : NULL;
    i->container_port = read_number(doc, "container_port");
    i->state = read_state(doc);
    read_lists(doc, i);
}

#include "agent/marathon_defs.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define FILE_KEY "definitions"

static void def_done(struct marathon_def *def);
static json_t *keep(const json_t *document);
static void copy_members(json_t *to, const json_t *from, const char *const *keys, size_t n);
static int take(struct marathon_defs *d, struct marathon_def *def, json_t *kept, struct err **err);

void marathon_defs_done(struct marathon_defs *d)
{
    for (size_t i = 0; i < d->n; i++)
        def_done(&d->v[i]);
    free(d->v);
    *d = (struct marathon_defs){0};
}

struct marathon_def *marathon_defs_find(const struct marathon_defs *d, const char *id,
                                        const char *version)
{
    for (size_t i = 0; i < d->n; i++)
        if (!strcmp(d->v[i].id, id) && !strcmp(d->v[i].version, version))
            return &d->v[i];
    return NULL;
}

struct marathon_def *marathon_defs_want(struct marathon_defs *d, const char *id,
                                        const char *version)
{
    struct marathon_def *def = marathon_defs_find(d, id, version);

    if (def || d->n >= MARATHON_DEFS_MAX)
        return def;
    d->v = xgrow(d->v, d->n, &d->cap, sizeof *d->v);
    d->v[d->n] = (struct marathon_def){.id = xstrdup(id), .version = xstrdup(version)};
    return &d->v[d->n++];
}

struct marathon_def *marathon_defs_next(const struct marathon_defs *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->v[i].state == MARATHON_DEF_WANTED)
            return &d->v[i];
    return NULL;
}

int marathon_defs_take(struct marathon_defs *d, struct marathon_def *def, const char *text,
                       size_t len, struct err **err)
{
    CLEAN(json) json_t *doc = json_parse(text, len, err);
    const json_t *inner = json_obj(doc, "app");

    if (!doc)
        return -1;
    return take(d, def, keep(inner ? inner : doc), err);
}

bool marathon_defs_sweep(struct marathon_defs *d)
{
    size_t kept = 0;
    bool changed = false;

    for (size_t i = 0; i < d->n; i++) {
        if (d->v[i].seen) {
            d->v[kept++] = d->v[i];
            continue;
        }
        changed |= d->v[i].state == MARATHON_DEF_KNOWN;
        def_done(&d->v[i]);
    }
    d->n = kept;
    return changed;
}

char *marathon_defs_text(const struct marathon_defs *d)
{
    CLEAN(json) json_t *doc = json_object();
    json_t *list = json_array();

    json_object_set_new(doc, FILE_KEY, list);
    for (size_t i = 0; i < d->n; i++) {
        if (d->v[i].state != MARATHON_DEF_KNOWN)
            continue;
        json_t *entry = json_object();
        json_set_str(entry, "version", d->v[i].version);
        json_object_set(entry, "app", d->v[i].kept);
        json_array_append_new(list, entry);
    }
    return json_dumps(doc, JSON_COMPACT);
}

void marathon_defs_load(struct marathon_defs *d, const char *text, size_t len)
{
    CLEAN(json) json_t *doc = json_parse(text, len, NULL);
    json_t *list = json_arr(doc, FILE_KEY), *entry;
    size_t i;

    json_array_foreach(list, i, entry) {
        const char *version = json_str(entry, "version");
        json_t *app = json_obj(entry, "app");
        const char *id = json_str(app, "id");
        struct marathon_def *def = id && version ? marathon_defs_want(d, id, version) : NULL;

        if (def && def->state != MARATHON_DEF_KNOWN)
            take(d, def, json_incref(app), NULL);
    }
}

static void def_done(struct marathon_def *def)
{
    free(def->id);
    free(def->version);
    marathon_app_done(&def->app);
    json_decref(def->kept);
}

/* What says of ports and services. */
static json_t *keep(const json_t *document)
{
    static const char *const keys[] = {"id",        "version",         "labels", "networks",
                                       "ipAddress", "portDefinitions", "ports",  "requirePorts"};
    static const char *const of_container[] = {"portMappings"};
    static const char *const of_docker[] = {"network", "portMappings"};
    const json_t *container = json_obj(document, "container");
    json_t *kept = json_object(), *in_container = json_object(), *in_docker = json_object();

    copy_members(kept, document, keys, ARRAY_LEN(keys));
    copy_members(in_container, container, of_container, ARRAY_LEN(of_container));
    copy_members(in_docker, json_obj(container, "docker"), of_docker, ARRAY_LEN(of_docker));
    json_object_set_new(in_container, "docker", in_docker);
    json_object_set_new(kept, "container", in_container);
    return kept;
}

static void copy_members(json_t *to, const json_t *from, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *value = json_object_get(from, keys[i]);

        if (value)
            json_object_set(to, keys[i], value);
    }
}

/* 'kept' is taken over. */
static int take(struct marathon_defs *d, struct marathon_def *def, json_t *kept, struct err **err)
{
    CLEAN(free_str) char *text = json_dumps(kept, JSON_COMPACT);
    struct marathon_app app = {0};
    int failed = marathon_app_parse(text, strlen(text), &app, NULL, err);

    if (!failed && strcmp(app.id, def->id)) {
        marathon_app_done(&app);
        failed = err_set(err, "it is the definition of another app");
    }
    if (failed) {
        json_decref(kept);
        return -1;
    }
    marathon_app_done(&def->app);
    json_decref(def->kept);
    def->app = app;
    def->kept = kept;
    def->state = MARATHON_DEF_KNOWN;
    def->serial = ++d->serials;
    return 0;
}

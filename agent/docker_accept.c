#include "agent/docker_accept.h"

#include <stdlib.h>
#include <string.h>

#include "agent/tags.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

static struct container *read_document(struct docker_accept *a, const char *id,
                                       const struct http_answer *answer, struct err **err);
static void render_tags(const struct tmpl *tags, struct container *c, json_t *doc);
static void replace(struct inventory_entry *e, struct container *c, bool watch_failed,
                    const struct err *err);
static void remove_empty(struct inventory *inv, struct inventory_entry *e);
static uint64_t digest(const char *data, size_t len);

bool docker_accept(struct docker_accept *a, struct inventory *inv, const char *id,
                   const struct http_answer *answer)
{
    CLEAN(err) struct err *err = NULL;
    struct inventory_entry *e;
    uint64_t now = http_answer_ok(answer) ? digest(answer->body, answer->len) : 0;

    if (answer->status == 404) {
        inventory_remove(inv, id);
        return true;
    }
    e = inventory_touch(inv, id);
    if (now && now == e->digest) {
        remove_empty(inv, e);
        return false;
    }
    e->digest = now;
    struct container *c = read_document(a, id, answer, &err);
    replace(e, c, a->watch_failed, err);
    remove_empty(inv, e);
    return true;
}

/* Returns the container, or NULL and says why the answer cannot be used. */
static struct container *read_document(struct docker_accept *a, const char *id,
                                       const struct http_answer *answer, struct err **err)
{
    if (!http_answer_ok(answer)) {
        http_answer_err(answer, "docker inspect fails", err);
        return NULL;
    }
    CLEAN(json) json_t *doc = json_parse(answer->body, answer->len, err);
    struct container *c = doc ? container_from_json(doc, err) : NULL;

    if (!c)
        return NULL;
    if (strcmp(c->id, id)) {
        container_free(c);
        err_set(err, "the inspect document is another container's");
        return NULL;
    }
    if (*a->keep_label)
        container_keep_label(c, doc, a->keep_label);
    if (a->tags)
        render_tags(a->tags, c, doc);
    c->revision = ++a->revision;
    return c;
}

static void render_tags(const struct tmpl *tags, struct container *c, json_t *doc)
{
    CLEAN(err) struct err *err = NULL;

    if (tags_render(tags, doc, &c->tags, &err))
        c->tags_why = xstrdup(err_msg(err));
}

/* 'c' is taken over; NULL: the answer is bad, as 'err' says. */
static void replace(struct inventory_entry *e, struct container *c, bool watch_failed,
                    const struct err *err)
{
    container_free(e->container);
    e->container = NULL;
    free(e->quarantine);
    e->quarantine = c ? NULL : xstrdup(err_msg(err));
    e->failed = watch_failed && c && container_failed(c);
    if (c && c->running)
        e->container = c;
    else
        container_free(c);
}

/* What does not run is nothing to remember, unless something is to be known or asked of it. */
static void remove_empty(struct inventory *inv, struct inventory_entry *e)
{
    if (!e->container && !e->quarantine && !e->failed && !e->dirty)
        inventory_remove(inv, e->id);
}

/* FNV-1a; 0 stands for no document. Whoever could make two documents of one container alike would
 * deceive himself about his own. */
static uint64_t digest(const char *data, size_t len)
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)data[i]) * 1099511628211u;
    return hash ? hash : 1;
}

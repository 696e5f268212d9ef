#include "agent/config_change.h"

#include <stdlib.h>

#include "lib/json.h"

static void add_list(struct sbuf *out, const char *name, const struct strv *l);
static json_t *list_json(const struct strv *l);

void config_change_done(struct config_change *c)
{
    strv_done(&c->changed);
    strv_done(&c->pending);
    free(c->error);
    *c = (struct config_change){0};
}

int config_change_make(struct config_change *ret, const struct config *running, struct config *next)
{
    conf_diff(&config_table, running, next, &ret->changed, &ret->pending);
    if (!ret->pending.n)
        return 0;
    conf_keep(&config_table, running, next);
    if (!config_finish(next, NULL))
        return 0;
    while (ret->changed.n)
        config_change_defer(ret, ret->changed.v[0]);
    return 1;
}

void config_change_defer(struct config_change *c, const char *key)
{
    strv_add(&c->pending, key);
    strv_drop(&c->changed, c->pending.v[c->pending.n - 1]);
}

void config_change_add_text(const struct config_change *c, struct sbuf *out)
{
    if (c->error) {
        sbuf_adds(out, c->error);
        return;
    }
    add_list(out, "changed", &c->changed);
    if (!c->pending.n)
        return;
    sbuf_addch(out, ' ');
    add_list(out, "needs-restart", &c->pending);
}

json_t *config_change_json(const struct config_change *c)
{
    json_t *doc = json_object();

    json_object_set_new(doc, "ok", json_boolean(!c->error));
    json_set_str(doc, "error", c->error);
    json_object_set_new(doc, "changed", list_json(&c->changed));
    json_object_set_new(doc, "needs_restart", list_json(&c->pending));
    return doc;
}

static void add_list(struct sbuf *out, const char *name, const struct strv *l)
{
    sbuf_addf(out, "%s=%s", name, l->n ? "" : "none");
    for (size_t i = 0; i < l->n; i++) {
        sbuf_adds(out, i ? "," : "");
        sbuf_add_printable(out, l->v[i]);
    }
}

static json_t *list_json(const struct strv *l)
{
    json_t *list = json_array();

    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(list, json_string(l->v[i]));
    return list;
}

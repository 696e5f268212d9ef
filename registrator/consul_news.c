#include "registrator/consul_news.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base64.h"
#include "lib/json.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

struct consul_news_node {
    char *key;
    int64_t modified; /* Consul's ModifyIndex of the value that was read */
    char *boot;       /* which life of its writer; "": none */
    int64_t at;
};

static void read_entry(struct consul_news *news, const json_t *entry, struct strv *ret,
                       bool *ret_gap);
static struct consul_news_node *find_or_add(struct consul_news *news, const char *key);
static json_t *parse_value(const char *base64);
static void take_value(struct consul_news_node *node, const json_t *value, struct strv *ret,
                       bool *ret_gap);

void consul_news_done(struct consul_news *news)
{
    for (size_t i = 0; i < news->n; i++) {
        free(news->v[i].key);
        free(news->v[i].boot);
    }
    free(news->v);
    *news = (struct consul_news){0};
}

int consul_news_read(struct consul_news *news, const char *text, size_t len, struct strv *ret,
                     bool *ret_gap, struct err **err)
{
    CLEAN(json) json_t *entries = len ? json_parse(text, len, err) : json_array();
    json_t *entry;
    size_t at;

    if (!entries)
        return err_wrap(err, "Consul's answer about the journals of changes");
    if (!json_is_array(entries))
        return err_set(err, "Consul's answer about the journals of changes is no JSON array");
    json_array_foreach(entries, at, entry)
        read_entry(news, entry, ret, ret_gap);
    return 0;
}

static void read_entry(struct consul_news *news, const json_t *entry, struct strv *ret,
                       bool *ret_gap)
{
    const char *key = json_str(entry, "Key"), *base64 = json_str(entry, "Value");
    int64_t modified = json_integer_value(json_object_get(entry, "ModifyIndex"));

    if (!key)
        return;
    struct consul_news_node *node = find_or_add(news, key);
    if (node->modified == modified)
        return;
    node->modified = modified;
    CLEAN(json) json_t *value = base64 ? parse_value(base64) : NULL;
    take_value(node, value, ret, ret_gap);
}

static int compare(const void *key, const void *member)
{
    return strcmp(key, ((const struct consul_news_node *)member)->key);
}

static struct consul_news_node *find_or_add(struct consul_news *news, const char *key)
{
    bool found;
    size_t at = search_sorted(news->v, news->n, sizeof *news->v, key, compare, &found);

    if (found)
        return &news->v[at];
    news->v = xgrow(news->v, news->n, &news->cap, sizeof *news->v);
    memmove(&news->v[at + 1], &news->v[at], (news->n - at) * sizeof *news->v);
    news->v[at] =
        (struct consul_news_node){.key = xstrdup(key), .modified = -1, .boot = xstrdup("")};
    news->n++;
    return &news->v[at];
}

/* NULL where it is no JSON. */
static json_t *parse_value(const char *base64)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    return base64_decode(base64, &text) ? NULL : json_parse(sbuf_str(&text), text.len, NULL);
}

/* A journal that begins anew, or is read for the first time, is news as a whole. */
static void take_value(struct consul_news_node *node, const json_t *value, struct strv *ret,
                       bool *ret_gap)
{
    const char *boot = json_str(value, "boot");
    json_t *services = json_arr(value, "services");
    int64_t at = json_integer_value(json_object_get(value, "at"));
    int64_t n = (int64_t)json_array_size(services);

    if (!boot || !services || at < n) {
        *ret_gap = true;
        return;
    }
    if (strcmp(boot, node->boot)) {
        free(node->boot);
        node->boot = xstrdup(boot);
        node->at = at - n;
    } else if (at - n > node->at) {
        *ret_gap = true;
    }
    for (int64_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(services, (size_t)i));

        if (name && at - n + i + 1 > node->at)
            strv_add(ret, name);
    }
    node->at = at;
}

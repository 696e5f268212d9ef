#include "registrator/kv_entry.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/search.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

#define ENTRIES_MAX 100000 /* below one prefix */
#define VALUE_MAX 512      /* bytes of a value that may be an address */
#define MARK_BITS 53       /* so many a double holds */

static void add_key(const json_t *item, const char *prefix, struct kv_entries *ret);
static size_t decode(const char *base64, char *ret, size_t size);
static void read_value(char *value, struct kv_entry *e);
static int compare(const void *key, const void *member);
static void sort_unique(struct kv_entries *l);
static struct kv_entry entry_copy(const struct kv_entry *e);
static void entry_done(struct kv_entry *e);

/* FNV-1a. */
uint64_t kv_mark(const char *node)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (const char *p = node; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 0x100000001b3;
    hash = (hash ^ (hash >> MARK_BITS)) & ((UINT64_C(1) << MARK_BITS) - 1);
    return hash ? hash : 1;
}

bool kv_entry_is_registrators(const struct kv_entry *e, const char *node)
{
    size_t len = strlen(node);
    uint16_t port;

    if (e->flags || strncmp(e->id, node, len) || e->id[len] != ':')
        return false;
    CLEAN(free_str) char *rest = xstrdup(e->id + len + 1);
    len = strlen(rest);
    if (len > 4 && !strcmp(rest + len - 4, ":udp"))
        rest[len - 4] = '\0';
    char *colon = strrchr(rest, ':');
    return colon && colon > rest && !text_port(colon + 1, &port);
}

int kv_entries_from_json(const char *text, size_t len, const char *prefix, struct kv_entries *ret,
                         struct err **err)
{
    CLEAN(json) json_t *list = json_parse(text, len, err);
    json_t *item;
    size_t at;

    if (!list)
        return err_wrap(err, "Consul's answer about its keys");
    if (!json_is_array(list))
        return err_set(err, "Consul's answer about its keys is no JSON array");
    if (json_array_size(list) > ENTRIES_MAX)
        return err_set(err, "there are more than %d keys below %s/", ENTRIES_MAX, prefix);
    json_array_foreach(list, at, item)
        add_key(item, prefix, ret);
    sort_unique(ret);
    return 0;
}

void kv_entries_done(struct kv_entries *l)
{
    for (size_t i = 0; i < l->n; i++)
        entry_done(&l->v[i]);
    free(l->v);
    *l = (struct kv_entries){0};
}

void kv_entries_put(struct kv_entries *l, const struct kv_entry *e)
{
    struct kv_entry copy = entry_copy(e);
    bool found;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, e, compare, &found);

    if (found) {
        entry_done(&l->v[at]);
    } else {
        l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
        memmove(&l->v[at + 1], &l->v[at], (l->n - at) * sizeof *l->v);
        l->n++;
    }
    l->v[at] = copy;
}

void kv_entries_remove(struct kv_entries *l, const char *id, const char *service)
{
    CLEAN(free_str) char *id_copy = xstrdup(id);
    CLEAN(free_str) char *service_copy = xstrdup(service);
    struct kv_entry key = {.id = id_copy, .service = service_copy};
    bool found;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, &key, compare, &found);

    if (!found)
        return;
    entry_done(&l->v[at]);
    memmove(&l->v[at], &l->v[at + 1], (l->n - at - 1) * sizeof *l->v);
    l->n--;
}

void kv_add_value(struct sbuf *b, const char *address, uint16_t port)
{
    sbuf_addf(b, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, port);
}

/* "<prefix>/<service>/<id>", and no slash more. */
static void add_key(const json_t *item, const char *prefix, struct kv_entries *ret)
{
    const char *key = json_str(item, "Key"), *value = json_str(item, "Value");
    json_int_t flags = json_integer_value(json_object_get(item, "Flags"));
    size_t len = strlen(prefix);
    char decoded[VALUE_MAX + 1] = "";

    if (!key || strncmp(key, prefix, len) || key[len] != '/')
        return;
    key += len + 1;
    const char *slash = strchr(key, '/');
    if (!slash || slash == key || !slash[1] || strchr(slash + 1, '/'))
        return;
    CLEAN(free_str) char *service = xstrndup(key, (size_t)(slash - key));
    CLEAN(free_str) char *id = xstrdup(slash + 1);
    struct kv_entry e = {.service = service, .id = id, .flags = flags > 0 ? (uint64_t)flags : 0};
    if (value)
        decode(value, decoded, sizeof decoded);
    read_value(decoded, &e);
    ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
    ret->v[ret->n++] = entry_copy(&e);
}

/* Decodes base64 as far as it goes into 'ret', NUL-ended; nothing where it has no room. */
static size_t decode(const char *base64, char *ret, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, n = 0;
    size_t len = 0;

    for (const char *digit; *base64 && (digit = strchr(digits, *base64)); base64++) {
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffff;
        n += 6;
        if (n < 8)
            continue;
        n -= 8;
        if (len + 1 >= size) {
            len = 0;
            break;
        }
        ret[len++] = (char)(bits >> n & 0xff);
    }
    ret[len] = '\0';
    return len;
}

/* 'value' is taken apart; the members of 'e' lead into it. */
static void read_value(char *value, struct kv_entry *e)
{
    char *colon = strrchr(value, ':');

    e->address = value + strlen(value);
    if (!colon || text_port(colon + 1, &e->port)) {
        e->port = 0;
        return;
    }
    *colon = '\0';
    if (*value == '[' && colon > value && colon[-1] == ']') {
        colon[-1] = '\0';
        value++;
    }
    e->address = value;
}

static int compare(const void *key, const void *member)
{
    const struct kv_entry *a = key, *b = member;
    int order = strcmp(a->id, b->id);

    return order ? order : strcmp(a->service, b->service);
}

/* An answer that has a key twice is none of Consul's; one of the two stays. */
static void sort_unique(struct kv_entries *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
    for (size_t i = 0; i < l->n; i++) {
        if (kept && !compare(&l->v[kept - 1], &l->v[i]))
            entry_done(&l->v[i]);
        else
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
}

static struct kv_entry entry_copy(const struct kv_entry *e)
{
    return (struct kv_entry){.service = xstrdup(e->service),
                             .id = xstrdup(e->id),
                             .address = xstrdup(e->address),
                             .port = e->port,
                             .flags = e->flags};
}

static void entry_done(struct kv_entry *e)
{
    free(e->service);
    free(e->id);
    free(e->address);
}

#include "registrator/lbtuning.h"

#include <stdbool.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "registrator/instance.h"
#include "registrator/text.h"

#define PATH_MAX_LEN 255

struct said {
    const char *name;                       /* behind HAPROXY_<n>_ */
    const char *in_file;                    /* in services.d/ */
    const char *key;                        /* in Meta */
    const char *(*read)(const char *value); /* what goes into Meta; NULL: it makes no sense */
    const char *remedy;
};

static const char *read_balance(const char *value);
static const char *read_flag(const char *value);
static const char *read_path(const char *value);
static const char *read_version(const char *value);
static const struct said *find(const char *key);

static const struct said table[] = {
    {"BALANCE", "balance", META_BALANCE, read_balance,
     "use roundrobin, leastconn, random, first, source or uri"},
    {"STICKY", "sticky", META_STICKY, read_flag, "use true or false"},
    {"CHECK_PATH", "check_path", META_CHECK_PATH, read_path,
     "use a path of at most 255 bytes that begins with / and needs no quoting"},
    {"ACCEPT_PROXY", "accept_proxy", META_ACCEPT_PROXY, read_flag, "use true or false"},
    {"SEND_PROXY", "send_proxy", META_SEND_PROXY, read_version, "use v1, v2, true or false"},
};

bool lbtuning_is_key(const char *key)
{
    return find(key) != NULL;
}

int lbtuning_set(struct kvs *meta, const char *key, const char *value, struct err **err)
{
    const struct said *s = find(key);
    const char *read = s->read(value);

    if (!read)
        return err_set(err, "%s", s->remedy);
    if (kvs_get(meta, s->key))
        return err_set(err, "meta.%s says it, too; remove one", s->key);
    kvs_add(meta, s->key, read);
    return 0;
}

void lbtuning_add(struct kvs *meta, const struct source *s)
{
    const struct endpoint *e = s->e;

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *value = attrs_haproxy(e->env, e->labels, e->index, table[i].name);
        const char *read = value ? table[i].read(value) : NULL;
        CLEAN(sbuf) struct sbuf shown = SBUF_INIT;

        if (read)
            kvs_add(meta, table[i].key, read);
        if (!value || read)
            continue;
        text_add_shown(&shown, value);
        problems_add(s->problems, s->subject, "HAPROXY_%u_%s=%s is ignored; %s", e->index,
                     table[i].name, sbuf_str(&shown), table[i].remedy);
    }
}

/* static-rr is missing: HAProxy adds no server to such a backend while it runs. */
static const char *read_balance(const char *value)
{
    static const char *const known[] = {"roundrobin", "leastconn", "random",
                                        "first",      "source",    "uri"};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (!strcmp(value, known[i]))
            return known[i];
    return NULL;
}

static const char *read_flag(const char *value)
{
    return !strcmp(value, "true") || !strcmp(value, "false") ? value : NULL;
}

static const char *read_path(const char *value)
{
    size_t len = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                               "/._~%-?=&,:@+");

    return *value == '/' && !value[len] && len <= PATH_MAX_LEN ? value : NULL;
}

static const char *read_version(const char *value)
{
    if (!strcmp(value, "true"))
        return "v2";
    return !strcmp(value, "v1") || !strcmp(value, "v2") || !strcmp(value, "false") ? value : NULL;
}

static const struct said *find(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (!strcmp(key, table[i].in_file))
            return &table[i];
    return NULL;
}

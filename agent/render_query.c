#include "agent/render_query.h"

#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/url.h"

static int add_path(enum tmpl_dep_kind kind, const struct tmpl_query *q, const char *self,
                    struct sbuf *b, struct err **err);
static int add_key_path(enum tmpl_dep_kind kind, const struct tmpl_query *q, struct sbuf *b,
                        struct err **err);
static int add_parameters(enum tmpl_dep_kind kind, const struct tmpl_query *q, struct sbuf *b,
                          struct err **err);
static int add_enterprise(struct tmpl_value query, struct sbuf *b, struct err **err);
static int check_filter(struct tmpl_value filter, struct err **err);
static struct tmpl_value next_word(struct tmpl_value *rest, char separator);
static void add_escaped(struct sbuf *b, struct tmpl_value part);
static void add_parameter(struct sbuf *b, const char *name, struct tmpl_value value);

int render_query_path(enum tmpl_dep_kind kind, const char *text, const char *self, struct sbuf *ret,
                      struct err **err)
{
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;
    struct tmpl_query q;

    if (kind == TMPL_DEP_DATACENTERS) {
        if (*text)
            return err_set(err, "which datacenters can be reached is not asked for; leave the "
                                "argument out");
        sbuf_adds(ret, "/v1/catalog/datacenters");
        return 0;
    }
    if (tmpl_query_parse(kind, text, strlen(text), &q, err) || check_filter(q.filter, err))
        return -1;
    if (kind == TMPL_DEP_NODE && !q.name.len && !self) {
        sbuf_adds(ret, RENDER_QUERY_SELF);
        return 0;
    }
    if (add_path(kind, &q, self, &path, err) || add_parameters(kind, &q, &path, err))
        return -1;
    sbuf_add(ret, path.data, path.len);
    return 0;
}

bool render_query_passes(struct tmpl_value filter, const char *status)
{
    if (!filter.len)
        return !strcmp(status, "passing");
    while (filter.len) {
        struct tmpl_value word = next_word(&filter, ',');

        if (tmpl_is(&word, "any") || tmpl_is(&word, status))
            return true;
    }
    return false;
}

static int add_path(enum tmpl_dep_kind kind, const struct tmpl_query *q, const char *self,
                    struct sbuf *b, struct err **err)
{
    switch (kind) {
    case TMPL_DEP_SERVICE:
        sbuf_adds(b, "/v1/health/service/");
        add_escaped(b, q->name);
        return 0;
    case TMPL_DEP_CONNECT:
        sbuf_adds(b, "/v1/health/connect/");
        add_escaped(b, q->name);
        return 0;
    case TMPL_DEP_SERVICES:
        sbuf_adds(b, "/v1/catalog/services");
        return 0;
    case TMPL_DEP_NODES:
        sbuf_adds(b, "/v1/catalog/nodes");
        return 0;
    case TMPL_DEP_NODE:
        sbuf_adds(b, "/v1/catalog/node/");
        add_escaped(b, q->name.len ? q->name : tmpl_cstr(self));
        return 0;
    case TMPL_DEP_KEY:
    case TMPL_DEP_TREE:
        return add_key_path(kind, q, b, err);
    case TMPL_DEP_DATACENTERS:
    case TMPL_DEP_FILE:
    case TMPL_DEP_ENV:
        break;
    }
    return err_set(err, "%s is not Consul's to answer", tmpl_dep_name(kind));
}

/* A slash at the beginning is not part of a key, one at the end is. */
static int add_key_path(enum tmpl_dep_kind kind, const struct tmpl_query *q, struct sbuf *b,
                        struct err **err)
{
    bool slash = q->name.len && q->name.s[0] == '/';
    CLEAN(free_str) char *key = xstrndup(q->name.s + slash, q->name.len - slash);
    size_t len = strlen(key);
    CLEAN(free_str) char *bare = xstrndup(key, len && key[len - 1] == '/' ? len - 1 : len);

    if ((*bare || kind == TMPL_DEP_KEY) && !url_is_addressable(bare))
        return err_set(err, "%s: Consul cannot be asked for \"%s\"", tmpl_dep_name(kind), key);
    sbuf_adds(b, "/v1/kv/");
    url_add_path(b, key);
    return 0;
}

/* Consul filters what must pass; every other filter is ours. */
static int add_parameters(enum tmpl_dep_kind kind, const struct tmpl_query *q, struct sbuf *b,
                          struct err **err)
{
    bool health = kind == TMPL_DEP_SERVICE || kind == TMPL_DEP_CONNECT;

    if (kind == TMPL_DEP_TREE)
        add_parameter(b, "recurse", tmpl_str("", 0));
    if (health && !q->filter.len)
        add_parameter(b, "passing", tmpl_str("", 0));
    if (q->tag.len)
        add_parameter(b, "tag", q->tag);
    if (q->dc.len)
        add_parameter(b, "dc", q->dc);
    if (q->near.len)
        add_parameter(b, "near", q->near);
    return add_enterprise(q->query, b, err);
}

static int add_enterprise(struct tmpl_value query, struct sbuf *b, struct err **err)
{
    static const char *const names[] = {"ns", "partition", "peer", "sameness-group"};

    while (query.len) {
        struct tmpl_value value = next_word(&query, '&'), name = next_word(&value, '=');
        const char *known = NULL;

        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            known = tmpl_is(&name, names[i]) ? names[i] : known;
        if (!known)
            return err_set(err,
                           "there is no parameter \"%.*s\"; there are ns, partition, peer and "
                           "sameness-group",
                           (int)name.len, name.s);
        add_parameter(b, known, value);
    }
    return 0;
}

static int check_filter(struct tmpl_value filter, struct err **err)
{
    static const char *const words[] = {"any", "passing", "warning", "critical", "maintenance"};

    while (filter.len) {
        struct tmpl_value word = next_word(&filter, ',');
        bool known = !word.len;

        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            known |= tmpl_is(&word, words[i]);
        if (!known)
            return err_set(err,
                           "invalid filter \"%.*s\"; there are any, passing, warning, "
                           "critical and maintenance",
                           (int)word.len, word.s);
    }
    return 0;
}

/* Takes what is before the first 'separator', and that one, off 'rest'. */
static struct tmpl_value next_word(struct tmpl_value *rest, char separator)
{
    const char *end = memchr(rest->s, separator, rest->len);
    struct tmpl_value word = tmpl_str(rest->s, end ? (size_t)(end - rest->s) : rest->len);
    size_t taken = word.len + (end ? 1 : 0);

    *rest = tmpl_str(rest->s + taken, rest->len - taken);
    return word;
}

static void add_escaped(struct sbuf *b, struct tmpl_value part)
{
    CLEAN(free_str) char *text = xstrndup(part.s, part.len);

    url_add_escaped(b, text);
}

static void add_parameter(struct sbuf *b, const char *name, struct tmpl_value value)
{
    sbuf_addf(b, "%c%s", strchr(sbuf_str(b), '?') ? '&' : '?', name);
    if (value.len) {
        sbuf_addch(b, '=');
        add_escaped(b, value);
    }
}

#include "registrator/attrs.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/xmalloc.h"

#define PREFIX "SERVICE_"
#define PREFIX_LEN (sizeof PREFIX - 1)
#define HAPROXY_LABEL_MAX 64 /* bytes of "HAPROXY_<n>_<name>" with the names that berth knows */

static void read_pair(struct attrs *a, const struct kv *pair);
static size_t port_part(const char *key);
static char *lower_case(const char *s);

void attrs_read(struct attrs *ret, const struct kvs *env, const struct kvs *labels, uint16_t port)
{
    *ret = (struct attrs){.port = port};
    for (size_t i = 0; i < env->n; i++)
        read_pair(ret, &env->v[i]);
    for (size_t i = 0; i < labels->n; i++)
        read_pair(ret, &labels->v[i]);
    kvs_sort(&ret->v);
}

void attrs_done(struct attrs *a)
{
    kvs_done(&a->v);
    strv_done(&a->from_port);
}

const char *attrs_get(const struct attrs *a, const char *key)
{
    const char *value = kvs_get(&a->v, key);

    return value && *value ? value : NULL;
}

bool attrs_from_port(const struct attrs *a, const char *key)
{
    return strv_contains(&a->from_port, key);
}

void attrs_add_label(struct sbuf *b, const struct attrs *a, const char *key)
{
    CLEAN(free_str) char *name = xstrdup(key);

    for (char *p = name; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    sbuf_adds(b, PREFIX);
    if (attrs_from_port(a, key))
        sbuf_addf(b, "%u_", a->port);
    sbuf_add_printable(b, name);
}

const char *attrs_haproxy(const struct kvs *env, const struct kvs *labels, unsigned index,
                          const char *name)
{
    char label[HAPROXY_LABEL_MAX];

    snprintf(label, sizeof label, "HAPROXY_%u_%s", index, name);
    const char *value = kvs_get(labels, label);
    if (!value || !*value)
        value = kvs_get(env, label);
    return value && *value ? value : NULL;
}

/* Later pairs win over earlier ones, but what was said for the port stays before what was not. */
static void read_pair(struct attrs *a, const struct kv *pair)
{
    char port[8];

    if (strncmp(pair->key, PREFIX, PREFIX_LEN))
        return;
    CLEAN(free_str) char *key = lower_case(pair->key + PREFIX_LEN);
    size_t len = port_part(key);
    if (!len) {
        if (!attrs_from_port(a, key))
            kvs_set(&a->v, key, pair->value);
        return;
    }
    snprintf(port, sizeof port, "%u_", a->port);
    if (len + 1 != strlen(port) || strncmp(key, port, len + 1))
        return;
    kvs_set(&a->v, key + len + 1, pair->value);
    if (!attrs_from_port(a, key + len + 1))
        strv_add(&a->from_port, key + len + 1);
}

/* Bytes of the number before the first "_" of 'key'; 0 where there is none. A sign belongs to the
 * number as it does for registrator: such a key is about no port. */
static size_t port_part(const char *key)
{
    size_t sign = *key == '+' || *key == '-';
    size_t digits = strspn(key + sign, "0123456789");

    return digits && key[sign + digits] == '_' ? sign + digits : 0;
}

static char *lower_case(const char *s)
{
    char *copy = xstrdup(s);

    for (char *p = copy; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

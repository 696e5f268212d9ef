#include "portmap/element.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define TIMEOUT_MAX                                                                                \
    (UINT64_C(1000) * 86400 * 365) /* milliseconds; nobody lets a port rest longer */
#define USERDATA_COMMENT 0         /* nft's type number of a comment on an element */

struct ports_key {
    uint8_t protocol;
    uint8_t pad[3];
    uint16_t port; /* network byte order, as below */
    uint16_t pad2;
};

struct ports_data {
    uint8_t addr[4];
    uint16_t port;
    uint16_t pad;
};

struct hairpin_key {
    char ifname[IFNAMSIZ];
    uint32_t addr;
};

_Static_assert(sizeof(struct ports_key) == ELEMENT_PORTS_KEY_LEN, "as the kernel pads it");
_Static_assert(sizeof(struct ports_data) == ELEMENT_PORTS_DATA_LEN, "as the kernel pads it");
_Static_assert(sizeof(struct hairpin_key) == ELEMENT_HAIRPIN_KEY_LEN, "as the kernel pads it");
_Static_assert(IFNAMSIZ == ELEMENT_BRIDGES_KEY_LEN, "as the kernel pads it");

static bool is_ours(const struct ports_key *key);
static bool is_comment(const uint8_t *s, size_t len);

void elements_done(struct elements *l)
{
    free(l->v);
    *l = (struct elements){0};
}

void elements_add(struct elements *l, const struct element *e)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = *e;
}

void elements_sort(struct elements *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, element_cmp);
}

void elements_unique(struct elements *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (!kept || element_cmp(&l->v[i], &l->v[kept - 1]))
            l->v[kept++] = l->v[i];
    l->n = kept;
}

int element_cmp(const void *a, const void *b)
{
    const struct element *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);

    return order ? order : memcmp(x->key_end, y->key_end, sizeof x->key_end);
}

int element_equal(const void *a, const void *b)
{
    const struct element *x = a, *y = b;

    return !memcmp(x->data, y->data, sizeof x->data) && !strcmp(x->comment, y->comment);
}

void element_set_comment(struct element *e, const uint8_t *userdata, size_t len)
{
    e->comment[0] = '\0';
    while (len >= 2) {
        uint8_t type = userdata[0], value_len = userdata[1];

        if (value_len > len - 2)
            return;
        if (type == USERDATA_COMMENT && is_comment(userdata + 2, value_len))
            memcpy(e->comment, userdata + 2, value_len);
        userdata += 2 + value_len;
        len -= 2u + value_len;
    }
}

size_t element_get_userdata(const struct element *e, uint8_t buf[ELEMENT_USERDATA_MAX])
{
    size_t len = strnlen(e->comment, ELEMENT_COMMENT_MAX);

    buf[0] = USERDATA_COMMENT;
    buf[1] = (uint8_t)(len + 1);
    memcpy(buf + 2, e->comment, len);
    buf[2 + len] = '\0';
    return len + 3;
}

struct element element_from_mapping(const struct mapping *m)
{
    struct ports_key key = {.protocol = m->protocol, .port = htons(m->host_port)};
    struct ports_data data = {.port = htons(m->container_port)};
    struct element e = {.key_len = sizeof key, .data_len = sizeof data};

    memcpy(data.addr, m->container_addr.b, sizeof data.addr);
    memcpy(e.key, &key, sizeof key);
    memcpy(e.data, &data, sizeof data);
    memcpy(e.comment, m->container_id, sizeof e.comment);
    return e;
}

struct element element_from_ifname(const char *name)
{
    struct element e = {.key_len = ELEMENT_BRIDGES_KEY_LEN};

    memcpy(e.key, name, strnlen(name, IFNAMSIZ - 1));
    return e;
}

struct element element_from_bridge(const struct bridge *b)
{
    struct hairpin_key first = {.addr = htonl(b->first)}, last = {.addr = htonl(b->last)};
    struct element e = {.key_len = sizeof first, .key_end_len = sizeof last};

    memcpy(first.ifname, b->name, strnlen(b->name, IFNAMSIZ - 1));
    memcpy(last.ifname, first.ifname, sizeof last.ifname);
    memcpy(e.key, &first, sizeof first);
    memcpy(e.key_end, &last, sizeof last);
    return e;
}

struct element element_from_rest(const struct rest *r, double now)
{
    struct ports_key key = {.protocol = r->protocol, .port = htons(r->host_port)};
    struct element e = {.key_len = sizeof key, .timeout = (uint64_t)((r->ends - now) * 1000.) + 1};

    memcpy(e.key, &key, sizeof key);
    return e;
}

int element_to_mapping(const struct element *e, struct mapping *ret)
{
    struct ports_key key;
    struct ports_data data;

    if (e->key_len != sizeof key || e->key_end_len || e->data_len != sizeof data)
        return -1;
    memcpy(&key, e->key, sizeof key);
    memcpy(&data, e->data, sizeof data);
    if (!is_ours(&key))
        return -1;
    struct mapping m = {.protocol = key.protocol,
                        .host_port = ntohs(key.port),
                        .container_addr = {.family = AF_INET},
                        .container_port = ntohs(data.port)};
    memcpy(m.container_addr.b, data.addr, sizeof data.addr);
    memcpy(m.container_id, e->comment, sizeof m.container_id);
    *ret = m;
    return 0;
}

int element_to_rest(const struct element *e, double now, struct rest *ret)
{
    struct ports_key key;

    if (e->key_len != sizeof key || e->key_end_len || e->data_len || !e->timeout ||
        e->timeout > TIMEOUT_MAX)
        return -1;
    memcpy(&key, e->key, sizeof key);
    if (!is_ours(&key))
        return -1;
    *ret = (struct rest){key.protocol, ntohs(key.port), now + (double)e->timeout / 1000.};
    return 0;
}

int element_to_ifname(const struct element *e, char ret[IFNAMSIZ])
{
    if (e->key_len != ELEMENT_BRIDGES_KEY_LEN || !e->key[0] || e->key[IFNAMSIZ - 1])
        return -1;
    memcpy(ret, e->key, IFNAMSIZ);
    return 0;
}

static bool is_ours(const struct ports_key *key)
{
    return (key->protocol == IPPROTO_TCP || key->protocol == IPPROTO_UDP) && key->port;
}

/* Printable, ended by its only NUL, and short enough for a container id. */
static bool is_comment(const uint8_t *s, size_t len)
{
    if (!len || len > ELEMENT_COMMENT_MAX + 1 || s[len - 1])
        return false;
    for (size_t i = 0; i + 1 < len; i++)
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    return true;
}

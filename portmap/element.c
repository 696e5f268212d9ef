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

_Static_assert(sizeof(struct ports_key) == ELEMENT_PORTS_KEY_LEN, "as the kernel pads it");
_Static_assert(IFNAMSIZ == ELEMENT_BRIDGES_KEY_LEN, "as the kernel pads it");

static size_t addr_len(uint8_t family);
static uint8_t family_of_data(const struct element *e);
static int read_host(const struct element *e, uint8_t family, struct ipaddr *ret);
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

void elements_copy(struct elements *dst, const struct elements *src)
{
    dst->n = 0;
    for (size_t i = 0; i < src->n; i++)
        elements_add(dst, &src->v[i]);
}

/* Mostly it is sorted already: mappings are in the order of map ports. */
void elements_sort(struct elements *l)
{
    size_t i = 1;

    while (i < l->n && element_cmp(&l->v[i - 1], &l->v[i]) <= 0)
        i++;
    if (i < l->n)
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

struct element element_from_mapping(const struct mapping *m, uint8_t family)
{
    struct ports_key key = {.protocol = m->protocol, .port = htons(m->host_port)};
    size_t len = addr_len(family), host_len = mapping_is_everywhere(m) ? 0 : len;
    uint16_t port = htons(m->container_port);
    struct element e = {.key_len = (uint8_t)(host_len + sizeof key),
                        .data_len = (uint8_t)ELEMENT_PORTS_DATA_LEN(len)};

    memcpy(e.key, m->host_addr.b, host_len);
    memcpy(e.key + host_len, &key, sizeof key);
    memcpy(e.data, mapping_target(m, family)->b, len);
    memcpy(e.data + len, &port, sizeof port);
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
    size_t len = addr_len(b->first.family);
    struct element e = {.key_len = (uint8_t)ELEMENT_HAIRPIN_KEY_LEN(len)};

    e.key_end_len = e.key_len;
    memcpy(e.key, b->name, strnlen(b->name, IFNAMSIZ - 1));
    memcpy(e.key_end, e.key, IFNAMSIZ);
    memcpy(e.key + IFNAMSIZ, b->first.b, len);
    memcpy(e.key_end + IFNAMSIZ, b->last.b, len);
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
    uint8_t family = family_of_data(e);
    size_t len = addr_len(family);
    struct mapping m = {0};
    struct ports_key key;
    uint16_t port;

    if (!family || e->key_end_len || read_host(e, family, &m.host_addr))
        return -1;
    memcpy(&key, e->key + e->key_len - sizeof key, sizeof key);
    memcpy(&port, e->data + len, sizeof port);
    if (!is_ours(&key))
        return -1;
    struct ipaddr *target = family == AF_INET6 ? &m.container_addr6 : &m.container_addr;
    target->family = family;
    memcpy(target->b, e->data, len);
    m.protocol = key.protocol;
    m.host_port = ntohs(key.port);
    m.container_port = ntohs(port);
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

/* Bytes of an address. */
static size_t addr_len(uint8_t family)
{
    return family == AF_INET6 ? 16 : 4;
}

/* The family of the address to which 'e' leads; 0 where it leads to none. */
static uint8_t family_of_data(const struct element *e)
{
    if (e->data_len == ELEMENT_PORTS_DATA_LEN(4))
        return AF_INET;
    return e->data_len == ELEMENT_PORTS_DATA_LEN(16) ? AF_INET6 : 0;
}

/* The host's address in front of the key: 0.0.0.0 where there is none, in map ports. One that says
 * no address is none of ours. */
static int read_host(const struct element *e, uint8_t family, struct ipaddr *ret)
{
    size_t len = addr_len(family);

    *ret = ipaddr_any4();
    if (e->key_len == ELEMENT_PORTS_KEY_LEN)
        return 0;
    if (e->key_len != ELEMENT_PORTS_IP_KEY_LEN(len))
        return -1;
    ret->family = family;
    memcpy(ret->b, e->key, len);
    return ipaddr_is_any(ret) ? -1 : 0;
}

static bool is_ours(const struct ports_key *key)
{
    return (key->protocol == IPPROTO_TCP || key->protocol == IPPROTO_UDP ||
            key->protocol == IPPROTO_SCTP) &&
           key->port;
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

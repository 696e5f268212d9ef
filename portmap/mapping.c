#include "portmap/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define PLACE_BITS 24 /* of a protocol and a port */

/* Where a mapping belongs. To sort these moves little memory, and mostly reads nothing else. */
struct place {
    uint32_t port; /* with its protocol */
    const struct mapping *mapping;
};

static void sort_places(struct place *v, size_t n);
static void sort_by_byte(const struct place *from, size_t n, unsigned shift, struct place *to);
static int compare(unsigned a, unsigned b);
static int compare_host(const struct mapping *a, const struct mapping *b);

int mapping_cmp_key(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;
    int order = compare(x->protocol, y->protocol);

    if (!order)
        order = compare(x->host_port, y->host_port);
    return order ? order : compare_host(x, y);
}

int mapping_equal(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;

    return !ipaddr_cmp(&x->container_addr, &y->container_addr) &&
           !ipaddr_cmp(&x->container_addr6, &y->container_addr6) &&
           x->container_port == y->container_port && !strcmp(x->container_id, y->container_id);
}

int mapping_cmp_lease(const struct mapping *a, const struct mapping *b)
{
    int order = strcmp(a->container_id, b->container_id);

    if (!order)
        order = compare(a->container_port, b->container_port);
    return order ? order : compare(a->protocol, b->protocol);
}

bool mapping_is_everywhere(const struct mapping *m)
{
    return !m->host_addr.family || ipaddr_is_any(&m->host_addr);
}

bool mapping_excludes(const struct mapping *a, const struct mapping *b)
{
    return a->protocol == b->protocol && a->host_port == b->host_port &&
           (mapping_is_everywhere(a) || mapping_is_everywhere(b) ||
            !ipaddr_cmp(&a->host_addr, &b->host_addr));
}

const struct ipaddr *mapping_target(const struct mapping *m, uint8_t family)
{
    return family == AF_INET6 ? &m->container_addr6 : &m->container_addr;
}

const struct mapping *mapping_lookup(const struct mapping *v, size_t n, uint8_t protocol,
                                     uint16_t port, const struct ipaddr *addr)
{
    struct mapping key = {.protocol = protocol, .host_port = port, .host_addr = *addr};

    if (!n)
        return NULL;
    const struct mapping *m = bsearch(&key, v, n, sizeof *v, mapping_cmp_key);
    if (m)
        return m;
    key.host_addr = (struct ipaddr){0};
    return bsearch(&key, v, n, sizeof *v, mapping_cmp_key);
}

void mappings_sort(struct mapping *v, size_t n)
{
    struct place *places = xcalloc(n + 1, sizeof *places);
    struct mapping *sorted = xcalloc(n + 1, sizeof *sorted);

    for (size_t i = 0; i < n; i++)
        places[i] = (struct place){(uint32_t)v[i].protocol << 16 | v[i].host_port, &v[i]};
    sort_places(places, n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = *places[i].mapping;
    if (n)
        memcpy(v, sorted, n * sizeof *v);
    free(places);
    free(sorted);
}

size_t mappings_without_ipv6(struct mapping *v, size_t *n)
{
    size_t kept = 0, had = 0;

    for (size_t i = 0; i < *n; i++) {
        had += v[i].container_addr6.family != 0;
        v[i].container_addr6 = (struct ipaddr){0};
        if (v[i].container_addr.family)
            v[kept++] = v[i];
    }
    *n = kept;
    return had;
}

/* By ports, a byte after the other from the lowest, which is many times faster than comparing; what
 * is at one port of several addresses then moves to its place among those. */
static void sort_places(struct place *v, size_t n)
{
    struct place *other = xcalloc(n + 1, sizeof *other), *from = v, *to = other;

    for (unsigned shift = 0; shift < PLACE_BITS; shift += 8) {
        sort_by_byte(from, n, shift, to);
        struct place *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != v)
        memcpy(v, from, n * sizeof *v);
    free(other);
    for (size_t i = 1; i < n; i++)
        for (size_t k = i;
             k && v[k].port == v[k - 1].port && mapping_cmp_key(v[k].mapping, v[k - 1].mapping) < 0;
             k--) {
            struct place later = v[k - 1];
            v[k - 1] = v[k];
            v[k] = later;
        }
}

/* Stable. */
static void sort_by_byte(const struct place *from, size_t n, unsigned shift, struct place *to)
{
    size_t next[256] = {0}, at = 0;

    for (size_t i = 0; i < n; i++)
        next[from[i].port >> shift & 255]++;
    for (size_t b = 0; b < ARRAY_LEN(next); b++) {
        size_t count = next[b];

        next[b] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[from[i].port >> shift & 255]++] = from[i];
}

static int compare(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int compare_host(const struct mapping *a, const struct mapping *b)
{
    /* Mostly it is the same bytes, no address. */
    if (!memcmp(&a->host_addr, &b->host_addr, sizeof a->host_addr))
        return 0;
    bool a_everywhere = mapping_is_everywhere(a), b_everywhere = mapping_is_everywhere(b);

    if (a_everywhere || b_everywhere)
        return b_everywhere - a_everywhere;
    return ipaddr_cmp(&a->host_addr, &b->host_addr);
}

#include "portmap/bridge.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static int compare(const void *a, const void *b);
static void sort_and_merge(struct bridges *l);
static bool is_inside(const struct bridge *inner, const struct bridge *outer);
static bool contains(const struct bridge *b, const struct ipaddr *addr);
static void report_no_bridge(struct problems *problems, const char *container_id,
                             const struct ipaddr *addr);

void bridges_done(struct bridges *l)
{
    free(l->v);
    *l = (struct bridges){0};
}

void bridges_add(struct bridges *l, const char *name, const struct ipaddr *addr, unsigned prefix)
{
    struct bridge b = {.first = *addr, .last = *addr};
    unsigned bits = addr->family == AF_INET6 ? 128 : 32;

    memcpy(b.name, name, strnlen(name, IFNAMSIZ - 1));
    for (unsigned i = prefix; i < bits; i++) {
        uint8_t bit = (uint8_t)(0x80 >> i % 8);

        b.first.b[i / 8] &= (uint8_t)~bit;
        b.last.b[i / 8] |= bit;
    }
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = b;
}

const struct bridge *bridges_find(const struct bridges *l, const struct ipaddr *addr)
{
    const struct bridge *best = NULL;

    for (size_t i = 0; i < l->n; i++) {
        const struct bridge *b = &l->v[i];

        if (contains(b, addr) && (!best || ipaddr_cmp(&b->first, &best->first) > 0 ||
                                  ipaddr_cmp(&b->last, &best->last) < 0))
            best = b;
    }
    return best;
}

void bridges_of_mappings(const struct bridges *l, const struct mapping *v, size_t n, uint8_t family,
                         struct bridges *ret, struct problems *problems)
{
    for (size_t i = 0; i < n; i++) {
        const struct ipaddr *target = mapping_target(&v[i], family);

        if (!target->family)
            continue;
        const struct bridge *b = bridges_find(l, target);
        if (!b) {
            report_no_bridge(problems, v[i].container_id, target);
        } else if (!ret->n || compare(b, &ret->v[ret->n - 1])) {
            ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
            ret->v[ret->n++] = *b;
        }
    }
    sort_and_merge(ret);
}

/* By name, then from the larger network to those inside it. */
static int compare(const void *a, const void *b)
{
    const struct bridge *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    if (order)
        return order;
    order = ipaddr_cmp(&x->first, &y->first);
    return order ? order : ipaddr_cmp(&y->last, &x->last);
}

static void sort_and_merge(struct bridges *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
    for (size_t i = 0; i < l->n; i++)
        if (!kept || !is_inside(&l->v[i], &l->v[kept - 1]))
            l->v[kept++] = l->v[i];
    l->n = kept;
}

static bool is_inside(const struct bridge *inner, const struct bridge *outer)
{
    return !strcmp(inner->name, outer->name) && contains(outer, &inner->first) &&
           contains(outer, &inner->last);
}

/* Addresses are ordered by family first. */
static bool contains(const struct bridge *b, const struct ipaddr *addr)
{
    return ipaddr_cmp(addr, &b->first) >= 0 && ipaddr_cmp(addr, &b->last) <= 0;
}

static void report_no_bridge(struct problems *problems, const char *container_id,
                             const struct ipaddr *target)
{
    char addr[IPADDR_STRLEN];
    CLEAN(free_str)
    char *subject = xasprintf("container %.*s", CONTAINER_ID_SHORT, container_id);

    problems_add(problems, subject,
                 "no interface of this host has the network of its address %s: its host ports work "
                 "only where a route leads there, and not from this host's loopback address; check "
                 "the container's network",
                 ipaddr_format(target, addr));
}

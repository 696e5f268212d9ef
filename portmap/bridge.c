#include "portmap/bridge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static int compare(const void *a, const void *b);
static void sort_and_merge(struct bridges *l);
static bool is_inside(const struct bridge *inner, const struct bridge *outer);
static void report_no_bridge(struct problems *problems, const struct mapping *m);

void bridges_done(struct bridges *l)
{
    free(l->v);
    *l = (struct bridges){0};
}

void bridges_add(struct bridges *l, const char *name, uint32_t addr, uint32_t netmask)
{
    struct bridge b = {.first = addr & netmask, .last = addr | ~netmask};

    memcpy(b.name, name, strnlen(name, IFNAMSIZ - 1));
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = b;
}

const struct bridge *bridges_find(const struct bridges *l, const struct ipaddr *addr)
{
    const struct bridge *best = NULL;
    uint32_t a;

    if (addr->family != AF_INET)
        return NULL;
    memcpy(&a, addr->b, sizeof a);
    a = ntohl(a);
    for (size_t i = 0; i < l->n; i++) {
        const struct bridge *b = &l->v[i];

        if (a >= b->first && a <= b->last &&
            (!best || b->first > best->first || b->last < best->last))
            best = b;
    }
    return best;
}

void bridges_of_mappings(const struct bridges *l, const struct mapping *v, size_t n,
                         struct bridges *ret, struct problems *problems)
{
    for (size_t i = 0; i < n; i++) {
        const struct bridge *b = bridges_find(l, &v[i].container_addr);

        if (!b) {
            report_no_bridge(problems, &v[i]);
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
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->last < y->last) - (x->last > y->last);
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
    return !strcmp(inner->name, outer->name) && inner->first >= outer->first &&
           inner->last <= outer->last;
}

static void report_no_bridge(struct problems *problems, const struct mapping *m)
{
    char addr[IPADDR_STRLEN];
    CLEAN(free_str)
    char *subject = xasprintf("container %.*s", CONTAINER_ID_SHORT, m->container_id);

    problems_add(problems, subject,
                 "no interface of this host has the network of its address %s: its host ports work "
                 "only where a route leads there, and not from 127.0.0.1; check the container's "
                 "network",
                 ipaddr_format(&m->container_addr, addr));
}

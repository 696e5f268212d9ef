#include "portmap/wanted.h"

#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"
#include "portmap/netdev.h"

#define ENDS_SOON 2000   /* milliseconds */
#define ENDS_AT_ONCE 0.5 /* seconds */

static const uint8_t families[] = {AF_INET, AF_INET6};

static void add_ports(struct wanted *w, int table, const struct mapping *v, size_t n);
static int add_bridges(struct wanted *w, int table, const struct mapping *v, size_t n,
                       struct problems *problems, struct err **err);

struct wanted *wanted_new(const struct mapping *v, size_t n, struct problems *problems,
                          struct err **err)
{
    struct wanted *w = xcalloc(1, sizeof *w);

    for (int i = 0; i < 2; i++) {
        add_ports(w, i, v, n);
        if (add_bridges(w, i, v, n, problems, err) < 0) {
            wanted_free(w);
            return NULL;
        }
    }
    return w;
}

void wanted_free(struct wanted *w)
{
    if (!w)
        return;
    for (int i = 0; i < 2; i++) {
        for (int s = 0; s < RULESET_SETS; s++)
            elements_done(&w->sets[i][s]);
        bridges_done(&w->behind[i]);
    }
    free(w);
}

/* Somebody may have wiped the kernel's list: the caller has another one. */
void wanted_keep_guards(struct wanted *w, const struct elements *interfaces)
{
    struct elements *bridges = &w->sets[0][RULESET_BRIDGES];
    char name[IFNAMSIZ];

    for (size_t i = 0; i < interfaces->n; i++)
        if (!element_to_ifname(&interfaces->v[i], name) && if_nametoindex(name))
            elements_add(bridges, &interfaces->v[i]);
    elements_sort(bridges);
    elements_unique(bridges);
}

/* An element that is about to end is left to end: it may be gone before a deletion arrives, which
 * would then fail. One that would end at once is not worth adding. */
void wanted_add_rests(struct wanted *w, const struct quarantine *resting,
                      const struct elements *there, double now)
{
    struct elements *rests = &w->sets[0][RULESET_QUARANTINE];

    for (size_t i = 0; i < resting->n; i++) {
        struct element e = element_from_rest(&resting->v[i], now);

        if (resting->v[i].ends - now > ENDS_AT_ONCE)
            elements_add(rests, &e);
    }
    for (size_t i = 0; i < there->n; i++)
        if (there->v[i].timeout && there->v[i].timeout < ENDS_SOON)
            elements_add(rests, &there->v[i]);
    elements_sort(rests);
    elements_unique(rests);
}

bool wanted_has_ipv6(const struct wanted *w)
{
    return w->sets[1][RULESET_PORTS].n || w->sets[1][RULESET_PORTS_IP].n;
}

static void add_ports(struct wanted *w, int table, const struct mapping *v, size_t n)
{
    struct elements *everywhere = &w->sets[table][RULESET_PORTS];
    struct elements *at_one = &w->sets[table][RULESET_PORTS_IP];

    for (size_t i = 0; i < n; i++) {
        if (!mapping_target(&v[i], families[table])->family)
            continue;
        struct element e = element_from_mapping(&v[i], families[table]);
        elements_add(mapping_is_everywhere(&v[i]) ? everywhere : at_one, &e);
    }
    elements_sort(everywhere);
    elements_sort(at_one);
}

/* IPv6 has no way from the loopback address into a network, so nothing to guard there. */
static int add_bridges(struct wanted *w, int table, const struct mapping *v, size_t n,
                       struct problems *problems, struct err **err)
{
    struct bridges all = {0};

    if (table && !wanted_has_ipv6(w))
        return 0;
    int r = netdev_networks(families[table], &all, err);
    if (!r)
        bridges_of_mappings(&all, v, n, families[table], &w->behind[table], problems);
    bridges_done(&all);
    for (size_t i = 0; i < w->behind[table].n; i++) {
        struct element name = element_from_ifname(w->behind[table].v[i].name);
        struct element network = element_from_bridge(&w->behind[table].v[i]);

        if (!table)
            elements_add(&w->sets[table][RULESET_BRIDGES], &name);
        elements_add(&w->sets[table][RULESET_HAIRPIN], &network);
    }
    elements_sort(&w->sets[table][RULESET_HAIRPIN]);
    return r;
}

#include "agent/place.h"

#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static struct place nowhere(const struct container *net, const char *why);
static const struct container_network *choose(const struct inventory *inv,
                                              const struct reach_rules *rules,
                                              const struct container *c, struct problems *problems);
static const struct container_network *asked_for(const struct container *c,
                                                 struct problems *problems);
static bool asked_reach(const struct container *c, enum endpoint_reach *ret,
                        struct problems *problems);
static const char *said(const struct container *c, const char *key);
static bool has_address(const struct container_network *n);
static bool is_better(const struct inventory *inv, const struct reach_rules *rules,
                      const struct container_network *a, const struct container_network *b);
static char *explain(enum reach_reason reason, const char *network, const char *driver);

struct place place_find(const struct inventory *inv, const struct reach_rules *rules,
                        const struct container *c, struct strv *texts, struct problems *problems)
{
    struct place p = {.net = c};
    enum reach_reason reason;

    if (c->mode == NETWORK_CONTAINER) {
        p.net = inventory_lookup(inv, c->peer);
        if (!p.net)
            return nowhere(NULL, "the container whose network it shares does not run");
        if (p.net->mode == NETWORK_CONTAINER)
            return nowhere(NULL, "the container whose network it shares has none of its own");
    }
    if (p.net->mode == NETWORK_HOST) {
        p.reach = REACH_HOST;
        return p;
    }
    if (p.net->mode == NETWORK_NONE)
        return nowhere(NULL, "it has no network (--network none)");
    p.network = choose(inv, rules, p.net, problems);
    if (!p.network)
        return nowhere(p.net, "it has no address in any network");
    const char *driver = inventory_driver(inv, p.network->id);
    if (asked_reach(p.net, &p.reach, problems))
        reason = REACH_BY_LABEL;
    else
        p.reach = reach_of_network(rules, p.network->name, driver, &reason);
    if (p.reach == REACH_NONE) {
        strv_add_take(texts, explain(reason, p.network->name, driver));
        p.why = texts->v[texts->n - 1];
    }
    return p;
}

static struct place nowhere(const struct container *net, const char *why)
{
    return (struct place){.net = net, .reach = REACH_NONE, .why = why};
}

static const struct container_network *choose(const struct inventory *inv,
                                              const struct reach_rules *rules,
                                              const struct container *c, struct problems *problems)
{
    const struct container_network *best = asked_for(c, problems);

    if (best)
        return best;
    for (size_t i = 0; i < c->n_networks; i++) {
        const struct container_network *n = &c->networks[i];

        if (has_address(n) && (!best || is_better(inv, rules, n, best)))
            best = n;
    }
    return best;
}

/* The network that the label names, or NULL. */
static const struct container_network *asked_for(const struct container *c,
                                                 struct problems *problems)
{
    const char *name = said(c, NETWORK_LABEL);
    CLEAN(sbuf) struct sbuf there = SBUF_INIT;

    if (!name)
        return NULL;
    for (size_t i = 0; i < c->n_networks; i++) {
        if (!has_address(&c->networks[i]))
            continue;
        if (!strcmp(c->networks[i].name, name))
            return &c->networks[i];
        sbuf_addf(&there, "%s%s", there.len ? ", " : "", c->networks[i].name);
    }
    CLEAN(free_str) char *subject = xasprintf("container %s", c->name);
    problems_add(problems, subject,
                 NETWORK_LABEL "=%s is left out: it has no address in such a network, only in: %s",
                 name, there.len ? sbuf_str(&there) : "none");
    return NULL;
}

/* The reach that the label asks for; false: none. */
static bool asked_reach(const struct container *c, enum endpoint_reach *ret,
                        struct problems *problems)
{
    const char *value = said(c, REACH_LABEL);
    CLEAN(err) struct err *err = NULL;

    if (value && !reach_parse(value, ret))
        return true;
    if (value && reach_check(value, &err)) {
        CLEAN(free_str) char *subject = xasprintf("container %s", c->name);
        problems_add(problems, subject, REACH_LABEL "=%s is left out: %s", value, err_msg(err));
    }
    return false;
}

/* What the label says, or the variable of that name; NULL: nothing. */
static const char *said(const struct container *c, const char *key)
{
    const char *label = kvs_get(&c->labels, key), *variable = kvs_get(&c->env, key);

    if (label && *label)
        return label;
    return variable && *variable ? variable : NULL;
}

static bool has_address(const struct container_network *n)
{
    return n->addr.family || n->addr6.family;
}

/* Lower is better. */
static unsigned reach_order(const struct inventory *inv, const struct reach_rules *rules,
                            const struct container_network *n)
{
    enum reach_reason reason;

    switch (reach_of_network(rules, n->name, inventory_driver(inv, n->id), &reason)) {
    case REACH_ASSIGNED:
        return 0;
    case REACH_DIRECT:
        return 1;
    case REACH_NONE:
    case REACH_PUBLISHED:
    case REACH_HOST:
        break;
    }
    return 2;
}

/* Is 'a' to be preferred to 'b', which has an earlier name? */
static bool is_better(const struct inventory *inv, const struct reach_rules *rules,
                      const struct container_network *a, const struct container_network *b)
{
    size_t rank_a = reach_rank(rules, a->name), rank_b = reach_rank(rules, b->name);

    if (rank_a != rank_b)
        return rank_a < rank_b;
    return reach_order(inv, rules, a) < reach_order(inv, rules, b);
}

/* Why a port in that network is not reachable, and what to do. */
static char *explain(enum reach_reason reason, const char *network, const char *driver)
{
    switch (reason) {
    case REACH_BY_LABEL:
        return xstrdup("its label " REACH_LABEL " = none says so: publish the port with -p");
    case REACH_BY_NETWORK:
        return xasprintf("[network \"%s\"] reach = none says so: publish the port with -p",
                         network);
    case REACH_BY_DRIVER:
        return xasprintf("[driver \"%s\"] reach = none says so: publish the port with -p", driver);
    case REACH_BUILT_IN:
        return xasprintf("network %s is an overlay, which only its members reach: publish the port "
                         "with -p, or say [network \"%s\"] reach = direct where others reach it",
                         network, network);
    case REACH_UNKNOWN:
        break;
    }
    return xasprintf("how network %s of driver %s is reached is not known: publish the port with "
                     "-p, or say [network \"%s\"] reach = direct or assigned",
                     network, driver, network);
}

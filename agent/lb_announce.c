#include "agent/lb_announce.h"

#include <string.h>

#include "lib/xmalloc.h"

static uint16_t first_port(const struct lb_backend *v, size_t n);
static void add_balancer(const struct lb_announce_rules *rules, const struct lb_backend *v,
                         size_t n, struct instances *ret);
static void add_aliases(const struct lb_announce_rules *rules, const struct lb_backend *b,
                        struct instances *ret);
static struct instance *add_instance(const struct lb_announce_rules *rules, const char *service,
                                     const char *exposed, unsigned port, struct instances *ret);
static void add_check(const struct lb_announce_rules *rules, struct instance *i);
static bool is_served(const struct lb_backend *v, size_t n, const char *service);
static bool is_label(const char *s);

void lb_announce_instances(const struct lb_announce_rules *rules, const struct lb_backend *v,
                           size_t n, struct instances *ret, struct problems *problems)
{
    struct lb_announce_rules r = *rules;

    if (!r.check_port)
        r.check_port = first_port(v, n);
    if (!r.check_port)
        return;
    add_balancer(&r, v, n, ret);
    for (size_t i = 0; i < n; i++) {
        CLEAN(free_str) char *alias = xasprintf("%s" LB_ANNOUNCE_ALIAS, v[i].service);

        if (!v[i].n_service_ports)
            continue;
        if (!is_served(v, n, alias) && strcmp(alias, r.service))
            add_aliases(&r, &v[i], ret);
        else
            problems_add(problems, v[i].service,
                         "the name %s, under which the load balancer would announce it, is another "
                         "service's: it is left out",
                         alias);
    }
    instances_sort(ret);
}

char *lb_announce_mark(const char *node)
{
    return xasprintf("%s/lb", node);
}

static uint16_t first_port(const struct lb_backend *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].n_service_ports)
            return v[i].service_ports[0];
    return 0;
}

static void add_balancer(const struct lb_announce_rules *rules, const struct lb_backend *v,
                         size_t n, struct instances *ret)
{
    struct instance *i = add_instance(rules, rules->service, "*",
                                      rules->port ? rules->port : rules->check_port, ret);

    i->id = xasprintf("%s.%s", rules->node, rules->service);
    for (size_t k = 0; k < n; k++)
        if (v[k].service && is_label(v[k].service))
            strv_add(&i->tags, v[k].service);
    strv_sort_unique(&i->tags);
}

static void add_aliases(const struct lb_announce_rules *rules, const struct lb_backend *b,
                        struct instances *ret)
{
    CLEAN(free_str) char *alias = xasprintf("%s" LB_ANNOUNCE_ALIAS, b->service);

    for (size_t k = 0; k < b->n_service_ports; k++) {
        unsigned port = b->service_ports[k];
        struct instance *i = add_instance(rules, alias, b->service, port, ret);

        i->id = xasprintf("%s.%s.%s.%u", rules->node, rules->service, b->service, port);
    }
}

/* Without its id. */
static struct instance *add_instance(const struct lb_announce_rules *rules, const char *service,
                                     const char *exposed, unsigned port, struct instances *ret)
{
    struct instance *i = instances_add(ret);
    char address[IPADDR_STRLEN];

    i->service = xstrdup(service);
    i->node = xstrdup(rules->mark);
    i->address = xstrdup(ipaddr_format(&rules->address, address));
    if (rules->address6.family)
        i->address6 = xstrdup(ipaddr_format(&rules->address6, address));
    i->port = (uint16_t)port;
    kvs_add(&i->meta, META_NODE, rules->mark);
    kvs_add(&i->meta, META_BALANCER, exposed);
    add_check(rules, i);
    return i;
}

/* The same check for each: a connection to a service port would go on to a container. */
static void add_check(const struct lb_announce_rules *rules, struct instance *i)
{
    struct probe *p = probes_add(&i->probes);
    char at[IPADDR_STRLEN];

    probe_set(p, PROBE_NAME, "HAProxy answers");
    probe_set(p, PROBE_TCP, ipaddr_format_port(&rules->check_at, rules->check_port, at));
    probe_set(p, PROBE_INTERVAL, LB_ANNOUNCE_CHECK_PERIOD);
    probe_set(p, PROBE_TIMEOUT, "3s");
    probe_set(p, PROBE_STATUS, "passing");
    CLEAN(free_str) char *digest = probes_digest(&i->probes);
    kvs_set(&i->meta, META_PROBES, digest);
    kvs_sort(&i->meta);
}

static bool is_served(const struct lb_backend *v, size_t n, const char *service)
{
    for (size_t i = 0; i < n; i++)
        if (v[i].service && !strcmp(v[i].service, service))
            return true;
    return false;
}

/* A tag of another form does no harm, but no DNS query can name it. */
static bool is_label(const char *s)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t len = strlen(s);

    return len && len <= 63 && strspn(s, allowed) == len && s[0] != '-' && s[len - 1] != '-';
}

#include "lb-template/dns_want.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/name.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

static int cmp_address(const void *key, const void *member);
static void add_vhosts(const struct dns_rules *rules, const struct lb_backend *b,
                       const struct dns_balancers *balancers, struct dns_entries *ret,
                       struct problems *problems);
static void add_service(const struct dns_rules *rules, const struct lb_backend *b,
                        const struct dns_balancers *balancers, struct dns_entries *ret,
                        struct problems *problems);
static void add_addresses(const struct dns_rules *rules, const char *name,
                          const struct dns_balancers *balancers, struct dns_entries *ret);
static void add_ports(const struct dns_rules *rules, const struct lb_backend *b, const char *host,
                      const char *name, struct dns_entries *ret);
static bool is_below(const char *name, const char *zone);
static bool is_name(const char *name);
static bool is_label(const char *s);

void dns_balancers_add(struct dns_balancers *l, const struct ipaddr *a)
{
    bool found = false;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, a, cmp_address, &found);

    if (found || !a->family || ipaddr_is_any(a))
        return;
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    memmove(&l->v[at + 1], &l->v[at], (l->n - at) * sizeof *l->v);
    l->v[at] = *a;
    l->n++;
}

bool dns_balancers_equal(const struct dns_balancers *a, const struct dns_balancers *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (ipaddr_cmp(&a->v[i], &b->v[i]))
            return false;
    return true;
}

void dns_balancers_done(struct dns_balancers *l)
{
    free(l->v);
    *l = (struct dns_balancers){0};
}

void dns_want(const struct dns_rules *rules, const struct lb_backend *v, size_t n,
              const struct dns_balancers *balancers, struct dns_entries *ret,
              struct problems *problems)
{
    for (size_t i = 0; balancers->n && i < n; i++) {
        add_vhosts(rules, &v[i], balancers, ret, problems);
        if (rules->services)
            add_service(rules, &v[i], balancers, ret, problems);
    }
    dns_entries_sort(ret);
}

static int cmp_address(const void *key, const void *member)
{
    return ipaddr_cmp(key, member);
}

static void add_vhosts(const struct dns_rules *rules, const struct lb_backend *b,
                       const struct dns_balancers *balancers, struct dns_entries *ret,
                       struct problems *problems)
{
    for (size_t i = 0; i < b->vhosts.n; i++) {
        CLEAN(free_str) char *name = name_host(b->vhosts.v[i], strlen(b->vhosts.v[i]));

        if (!name || !is_below(name, rules->zone))
            continue;
        if (is_name(name))
            add_addresses(rules, name, balancers, ret);
        else
            problems_add(problems, b->vhosts.v[i], "it cannot be a name in DNS, and gets none");
    }
}

static void add_service(const struct dns_rules *rules, const struct lb_backend *b,
                        const struct dns_balancers *balancers, struct dns_entries *ret,
                        struct problems *problems)
{
    CLEAN(free_str) char *label = name_host(b->service, strlen(b->service));
    CLEAN(free_str) char *host = xasprintf("%s.%s", label ? label : "", rules->zone);
    CLEAN(free_str) char *name = xasprintf("_%s._tcp.%s", label ? label : "", rules->zone);

    if (!label || !is_label(label) || !is_name(name)) {
        problems_add(problems, b->service,
                     "this name of a service cannot be a label in DNS, and gets no name below %s",
                     rules->zone);
        return;
    }
    add_addresses(rules, host, balancers, ret);
    if (b->n_service_ports)
        add_ports(rules, b, host, name, ret);
}

static void add_addresses(const struct dns_rules *rules, const char *name,
                          const struct dns_balancers *balancers, struct dns_entries *ret)
{
    struct dns_entry *e = dns_entries_add(ret, name);
    char address[IPADDR_STRLEN];

    for (size_t i = 0; i < balancers->n; i++)
        strv_add_take(&e->records, xasprintf("%u IN %s %s", rules->ttl,
                                             balancers->v[i].family == AF_INET6 ? "AAAA" : "A",
                                             ipaddr_format(&balancers->v[i], address)));
}

static void add_ports(const struct dns_rules *rules, const struct lb_backend *b, const char *host,
                      const char *name, struct dns_entries *ret)
{
    struct dns_entry *e = dns_entries_add(ret, name);

    for (size_t i = 0; i < b->n_service_ports; i++)
        strv_add_take(&e->records,
                      xasprintf("%u IN SRV 0 0 %u %s.", rules->ttl, b->service_ports[i], host));
}

static bool is_below(const char *name, const char *zone)
{
    size_t len = strlen(name), zone_len = strlen(zone);

    return len > zone_len && name[len - zone_len - 1] == '.' &&
           !strcmp(name + len - zone_len, zone);
}

/* With the mark before it, too. */
static bool is_name(const char *name)
{
    if (strlen(name) + strlen(DNS_MARK) > DNS_NAME_MAX)
        return false;
    for (const char *p = name;; p++) {
        size_t len = strcspn(p, ".");

        if (!len || len > 63)
            return false;
        p += len;
        if (!*p)
            return true;
    }
}

/* The underscore of its SRV name has to fit, too. */
static bool is_label(const char *s)
{
    size_t len = strlen(s);

    return len <= 62 && s[0] != '-' && s[len - 1] != '-' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

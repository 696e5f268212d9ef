#include "portmap/claim.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static const char *wanted_address(const struct mapping *target);
static struct claim from_endpoint(const struct endpoint *e);
static void keep_to_family(struct mapping *target);

void claims_done(struct claims *c)
{
    for (size_t i = 0; i < c->n; i++)
        free(c->v[i].container_name);
    free(c->v);
    *c = (struct claims){0};
}

void claims_from_endpoints(struct claims *c, const struct endpoint *v, size_t n)
{
    claims_done(c);
    for (size_t i = 0; i < n; i++) {
        size_t id_len = strlen(v[i].container_id);

        if (v[i].reach != REACH_ASSIGNED || !id_len || id_len > CONTAINER_ID_LEN)
            continue;
        struct claim claim = from_endpoint(&v[i]);
        if (c->n && !mapping_cmp_lease(&c->v[c->n - 1].target, &claim.target)) {
            free(claim.container_name);
            continue;
        }
        c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
        c->v[c->n++] = claim;
    }
}

bool claims_equal(const struct claims *a, const struct claims *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (mapping_cmp_lease(&a->v[i].target, &b->v[i].target) ||
            !mapping_equal(&a->v[i].target, &b->v[i].target) ||
            mapping_cmp_key(&a->v[i].target, &b->v[i].target) ||
            strcmp(a->v[i].container_name, b->v[i].container_name))
            return false;
    return true;
}

static int cmp_claim_lease(const void *key, const void *claim)
{
    return mapping_cmp_lease(key, &((const struct claim *)claim)->target);
}

const struct claim *claims_find(const struct claims *c, const struct mapping *m)
{
    return c->n ? bsearch(m, c->v, c->n, sizeof *c->v, cmp_claim_lease) : NULL;
}

bool claims_cover(const struct claims *c, const struct mapping *m)
{
    return claims_find(c, m);
}

bool claim_check(const struct claim *c, struct problems *problems)
{
    const struct mapping *t = &c->target;
    CLEAN(free_str) char *subject = xasprintf("container %s", c->container_name);

    if (t->protocol != IPPROTO_TCP && t->protocol != IPPROTO_UDP && t->protocol != IPPROTO_SCTP)
        problems_add(problems, subject, "port %u/%s gets no host port: only tcp, udp and sctp do",
                     t->container_port, protocol_name(t->protocol));
    else if (!t->container_port || (!t->container_addr.family && !t->container_addr6.family))
        problems_add(problems, subject,
                     "port %u/%s gets no host port: the container has no %s; give its network "
                     "a subnet of that kind",
                     t->container_port, protocol_name(t->protocol), wanted_address(t));
    else
        return true;
    return false;
}

static const char *wanted_address(const struct mapping *target)
{
    if (mapping_is_everywhere(target))
        return "IPv4 or IPv6 address";
    return target->host_addr.family == AF_INET6 ? "IPv6 address, and its host address is one"
                                                : "IPv4 address, and its host address is one";
}

static struct claim from_endpoint(const struct endpoint *e)
{
    struct claim c = {
        .target = {.protocol = e->protocol,
                   .host_addr = e->host_addr,
                   .container_addr = e->container_addr,
                   .container_addr6 = e->container_addr6,
                   .container_port = e->container_port},
        .container_name = xstrdup(e->container_name ? e->container_name : e->container_id),
    };

    memcpy(c.target.container_id, e->container_id, strlen(e->container_id) + 1);
    keep_to_family(&c.target);
    return c;
}

/* A container that has nothing but IPv6 has that as its first address. A port at one address of the
 * host is of that address' family. */
static void keep_to_family(struct mapping *target)
{
    struct ipaddr *v4 = &target->container_addr, *v6 = &target->container_addr6;

    if (v4->family == AF_INET6) {
        *v6 = *v4;
        *v4 = (struct ipaddr){0};
    }
    if (mapping_is_everywhere(target))
        return;
    if (target->host_addr.family == AF_INET)
        *v6 = (struct ipaddr){0};
    else
        *v4 = (struct ipaddr){0};
}

#include "portmap/claim.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/asked.h"

static const char *wanted_address(const struct mapping *target);
static struct claim from_endpoint(const struct endpoint *e);
static void claim_done(struct claim *c);
static void keep_to_family(struct mapping *target);

void claims_done(struct claims *c)
{
    for (size_t i = 0; i < c->n; i++)
        claim_done(&c->v[i]);
    free(c->v);
    *c = (struct claims){0};
}

void claims_from_endpoints(struct claims *c, const struct endpoint *v, size_t n)
{
    claims_done(c);
    c->cap = n + 1;
    c->v = xcalloc(c->cap, sizeof *c->v);
    for (size_t i = 0; i < n; i++) {
        size_t id_len = strlen(v[i].container_id);

        if (v[i].reach != REACH_ASSIGNED || !id_len || id_len > CONTAINER_ID_LEN)
            continue;
        struct claim claim = from_endpoint(&v[i]);
        if (c->n && !mapping_cmp_lease(&c->v[c->n - 1].target, &claim.target)) {
            claim_done(&claim);
            continue;
        }
        c->v[c->n++] = claim;
    }
}

/* A pair that differs in what it is refused for has asked for different things; another run of a
 * container is to be known as such. */
static bool claim_equal(const struct claim *a, const struct claim *b)
{
    return !mapping_cmp_lease(&a->target, &b->target) && mapping_equal(&a->target, &b->target) &&
           !strcmp(a->container_name, b->container_name) && a->host_port == b->host_port &&
           !mapping_cmp_key(&a->target, &b->target) && a->target.trace == b->target.trace &&
           !strcmp(a->refusal ? a->refusal : "", b->refusal ? b->refusal : "");
}

bool claims_equal(const struct claims *a, const struct claims *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!claim_equal(&a->v[i], &b->v[i]))
            return false;
    return true;
}

bool claims_renamed(const struct claims *now, const struct claims *before)
{
    size_t b = 0;

    for (size_t i = 0; i < now->n; i++) {
        const struct claim *c = &now->v[i];

        while (b < before->n && mapping_cmp_lease(&before->v[b].target, &c->target) < 0)
            b++;
        if (b < before->n && !mapping_cmp_lease(&before->v[b].target, &c->target) &&
            strcmp(before->v[b].container_name, c->container_name) != 0)
            return true;
    }
    return false;
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

bool claim_check(const struct claim *c, char **ret_why)
{
    const struct mapping *t = &c->target;

    if (t->protocol != IPPROTO_TCP && t->protocol != IPPROTO_UDP && t->protocol != IPPROTO_SCTP)
        *ret_why = xstrdup("only tcp, udp and sctp do");
    else if (c->refusal)
        *ret_why = xstrdup(c->refusal);
    else if (!t->container_port || (!t->container_addr.family && !t->container_addr6.family))
        *ret_why = xasprintf("the container has no %s; give its network a subnet of that kind",
                             wanted_address(t));
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

static void claim_done(struct claim *c)
{
    free(c->container_name);
    free(c->refusal);
}

static struct claim from_endpoint(const struct endpoint *e)
{
    struct asked asked;

    asked_read(e->labels, e->env, e->container_port, &asked);
    struct claim c = {
        .target = {.protocol = e->protocol,
                   .host_addr = asked.addr.family ? asked.addr : e->host_addr,
                   .container_addr = e->container_addr,
                   .container_addr6 = e->container_addr6,
                   .container_port = e->container_port,
                   .trace = e->trace},
        .container_name = xstrdup(e->container_name ? e->container_name : e->container_id),
        .host_port = asked.port,
        .refusal = asked.refusal,
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

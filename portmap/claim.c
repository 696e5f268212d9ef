#include "portmap/claim.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/asked.h"

static struct claim from_endpoint(const struct endpoint *e);
static void claim_done(struct claim *c);

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
    for (size_t i = 0; i < n; i++) {
        size_t id_len = strlen(v[i].container_id);

        if (v[i].reach != REACH_ASSIGNED || !id_len || id_len > CONTAINER_ID_LEN)
            continue;
        struct claim claim = from_endpoint(&v[i]);
        if (c->n && !mapping_cmp_lease(&c->v[c->n - 1].target, &claim.target)) {
            claim_done(&claim);
            continue;
        }
        c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
        c->v[c->n++] = claim;
    }
}

/* A pair that differs in what it is refused for has asked for different things. */
static bool claim_equal(const struct claim *a, const struct claim *b)
{
    return !mapping_cmp_lease(&a->target, &b->target) && mapping_equal(&a->target, &b->target) &&
           !strcmp(a->container_name, b->container_name) && a->host_port == b->host_port &&
           !ipaddr_cmp(&a->host_addr, &b->host_addr) &&
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

    if (t->protocol != IPPROTO_TCP && t->protocol != IPPROTO_UDP)
        *ret_why = xstrdup("only tcp and udp do");
    else if (t->container_addr.family != AF_INET || !t->container_port)
        *ret_why = xstrdup("the container has no IPv4 address; give its network an IPv4 subnet");
    else if (c->refusal)
        *ret_why = xstrdup(c->refusal);
    else
        return true;
    return false;
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
                   .container_addr = e->container_addr,
                   .container_port = e->container_port},
        .container_name = xstrdup(e->container_name ? e->container_name : e->container_id),
        .host_port = asked.port,
        .host_addr = asked.addr,
        .refusal = asked.refusal,
    };

    memcpy(c.target.container_id, e->container_id, strlen(e->container_id) + 1);
    return c;
}

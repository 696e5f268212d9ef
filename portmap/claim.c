#include "portmap/claim.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static struct claim from_endpoint(const struct endpoint *e);

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

    if (t->protocol != IPPROTO_TCP && t->protocol != IPPROTO_UDP)
        problems_add(problems, subject, "port %u/%s gets no host port: only tcp and udp do",
                     t->container_port, protocol_name(t->protocol));
    else if (t->container_addr.family != AF_INET || !t->container_port)
        problems_add(problems, subject,
                     "port %u/%s gets no host port: the container has no IPv4 address; give its "
                     "network an IPv4 subnet",
                     t->container_port, protocol_name(t->protocol));
    else
        return true;
    return false;
}

static struct claim from_endpoint(const struct endpoint *e)
{
    struct claim c = {
        .target = {.protocol = e->protocol,
                   .container_addr = e->container_addr,
                   .container_port = e->container_port},
        .container_name = xstrdup(e->container_name ? e->container_name : e->container_id),
    };

    memcpy(c.target.container_id, e->container_id, strlen(e->container_id) + 1);
    return c;
}

#include "lb-template/mlb/claim.h"

#include <nettle/sha1.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/name.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define CLASHES_MAX 50 /* names that are tried for a made-up port, as in marathon-lb */

struct claim {
    struct mlb_unit *unit;
    struct mlb_port *port;
    size_t place; /* of the unit */
    char *was;    /* what the port had before */
};

struct claims {
    struct claim *v;
    size_t n, cap;
    struct problems *problems;
};

static void gather(struct claims *c, struct mlb_unit **units, size_t n);
static void name_ports(struct claims *c, const struct mlb_options *options);
static uint16_t make_up(const struct mlb_options *options, const struct claim *claim,
                        const struct portset *taken);
static void settle_backends(struct claims *c);
static void settle_ports(struct claims *c, const struct portset *reserved);
static void settle_acls(struct claims *c);
static char *holding(const struct mlb_port *p);
static bool same_address(const struct mlb_service *a, const struct mlb_service *b);
static int by_place(const void *a, const void *b);
static int by_backend(const void *a, const void *b);
static int by_number(const void *a, const void *b);
static int by_acl(const void *a, const void *b);
static void report(struct claims *c, const struct claim *loser, const char *what,
                   const char *winner);

void mlb_claims_settle(struct mlb_unit **units, size_t n, const struct mlb_options *options,
                       const struct portset *reserved, struct problems *problems)
{
    struct claims c = {.problems = problems};

    gather(&c, units, n);
    name_ports(&c, options);
    settle_backends(&c);
    settle_ports(&c, reserved);
    settle_acls(&c);
    for (size_t i = 0; i < c.n; i++) {
        CLEAN(free_str) char *now = holding(c.v[i].port);

        if (strcmp(now, c.v[i].was))
            c.v[i].unit->stale = true;
        free(c.v[i].was);
    }
    free(c.v);
    for (size_t i = 0; i < n; i++)
        mlb_unit_sort(units[i]);
}

static void gather(struct claims *c, struct mlb_unit **units, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < units[i]->n && !units[i]->without; k++) {
            struct mlb_port *p = &units[i]->v[k];

            c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
            c->v[c->n++] = (struct claim){units[i], p, i, holding(p)};
            p->out = p->closed = false;
        }
    }
}

/* Made-up ports keep clear of those that somebody says. */
static void name_ports(struct claims *c, const struct mlb_options *options)
{
    struct portset taken = {0};

    for (size_t i = 0; i < c->n; i++)
        if (c->v[i].port->said)
            portset_add(&taken, c->v[i].port->said, c->v[i].port->said);
    for (size_t i = 0; i < c->n; i++) {
        struct mlb_port *p = c->v[i].port;
        uint16_t number = p->said ? p->said : make_up(options, &c->v[i], &taken);

        p->out = !number;
        mlb_port_name(p, c->v[i].unit->id, number);
        if (number)
            portset_add(&taken, number, number);
        else
            report(c, &c->v[i], "no service port is left to be made up for it", NULL);
    }
}

/* As marathon-lb: from the first 32 bits of SHA-1 of "id-port-try". */
static uint16_t make_up(const struct mlb_options *options, const struct claim *claim,
                        const struct portset *taken)
{
    uint32_t count = options->last_port - options->first_port + 1;

    for (unsigned i = 0; i < CLASHES_MAX; i++) {
        CLEAN(free_str)
        char *text = xasprintf("%s-%u-%u", claim->unit->id, claim->port->container_port, i);
        uint8_t d[SHA1_DIGEST_SIZE];
        struct sha1_ctx ctx;

        sha1_init(&ctx);
        sha1_update(&ctx, strlen(text), (const uint8_t *)text);
        sha1_digest(&ctx, sizeof d, d);
        uint32_t hash = (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3];
        if (!portset_has(taken, options->first_port + hash % count))
            return (uint16_t)(options->first_port + hash % count);
    }
    for (unsigned port = options->first_port; port <= options->last_port; port++)
        if (!portset_has(taken, port))
            return (uint16_t)port;
    return 0;
}

static void settle_backends(struct claims *c)
{
    size_t first = 0;

    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_backend);
    for (size_t i = 1; i < c->n; i++) {
        if (strcmp(c->v[i].port->backend, c->v[first].port->backend)) {
            first = i;
            continue;
        }
        c->v[i].port->out = true;
        report(c, &c->v[i], "its backend would have the name of that of", c->v[first].unit->id);
    }
}

static void settle_ports(struct claims *c, const struct portset *reserved)
{
    size_t first = 0;

    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_number);
    for (size_t i = 0; i < c->n; i++) {
        struct mlb_service *s = &c->v[i].port->service;

        if (s->port != c->v[first].port->service.port)
            first = i;
        if (c->v[i].port->out)
            continue;
        if (!s->bind_addr && portset_has(reserved, s->port)) {
            c->v[i].port->closed = true;
            report(c, &c->v[i], "its service port belongs to the load balancer itself", NULL);
        }
        for (size_t k = first; k < i && !c->v[i].port->closed; k++) {
            if (c->v[k].port->out || c->v[k].port->closed ||
                !same_address(&c->v[k].port->service, s))
                continue;
            c->v[i].port->closed = true;
            report(c, &c->v[i], "its service port is taken by", c->v[k].unit->id);
        }
    }
}

/* Different apps and hosts can come to one name: "/a" with "b.c", "/c_a" with "b". */
static void settle_acls(struct claims *c)
{
    size_t first = 0;

    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_acl);
    for (size_t i = 0; i < c->n; i++) {
        char *acl = c->v[i].port->acl;

        if (!acl)
            continue;
        if (!c->v[first].port->acl || strcmp(acl, c->v[first].port->acl)) {
            first = i;
        } else if (c->v[i].unit != c->v[first].unit) {
            c->v[i].port->acl = xasprintf("%s-%08x", acl, name_hash(c->v[i].unit->id));
            free(acl);
        }
    }
    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_place);
}

static char *holding(const struct mlb_port *p)
{
    return xasprintf("%s %s %d %d", p->backend ? p->backend : "", p->acl ? p->acl : "", p->out,
                     p->closed);
}

static bool same_address(const struct mlb_service *a, const struct mlb_service *b)
{
    return !strcmp(a->bind_addr ? a->bind_addr : "*", b->bind_addr ? b->bind_addr : "*");
}

static int by_place(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;

    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->port->service.index > y->port->service.index) -
           (x->port->service.index < y->port->service.index);
}

static int by_backend(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = strcmp(x->port->backend, y->port->backend);

    return order ? order : by_place(a, b);
}

static int by_number(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;

    if (x->port->service.port != y->port->service.port)
        return x->port->service.port < y->port->service.port ? -1 : 1;
    return by_place(a, b);
}

static int by_acl(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int order = strcmp(x->port->acl ? x->port->acl : "", y->port->acl ? y->port->acl : "");

    return order ? order : by_place(a, b);
}

static void report(struct claims *c, const struct claim *loser, const char *what,
                   const char *winner)
{
    CLEAN(free_str) char *subject = xasprintf("app %s", loser->unit->id);

    problems_add(c->problems, subject, "port %u: %s%s%s: give it another one (%u now)",
                 loser->port->service.index, what, winner ? " " : "", winner ? winner : "",
                 loser->port->service.port);
}

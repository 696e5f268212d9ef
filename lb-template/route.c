#include "lb-template/route.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/claim.h"
#include "lb-template/name.h"
#include "lb-template/wish.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define RESERVED "berth_" /* our own proxies' names begin so */
#define ID_MASK                                                                                    \
    0x3fffffffu /* leaves room above for collisions, and keeps HAProxy's int positive              \
                 */

static size_t group_end(const struct instances *catalog, size_t first);
static void add_route(struct routes *l, const struct instance *v, size_t n, struct wish *w,
                      struct problems *problems);
static void make_backend_names(struct routes *l);
static void add_servers(struct route *r, const struct instance *v, size_t n,
                        struct problems *problems);
static bool make_server(const struct instance *i, const char *subject, struct route_server *ret,
                        struct problems *problems);
static unsigned heaviest(const struct instance *v, size_t n);
static unsigned scale_weight(const struct instance *i, unsigned max);
static char *server_name(const struct instance *i);
static void make_server_names(struct route *r);
static void make_server_ids(struct route *r);
static int by_server_name(const void *a, const void *b);
static int by_id_then_place(const void *a, const void *b);
static int by_backend(const void *a, const void *b);
static void route_done(struct route *r);

void routes_from_catalog(const struct route_rules *rules, const struct instances *catalog,
                         struct routes *ret, struct problems *problems)
{
    for (size_t i = 0, end; i < catalog->n; i = end) {
        struct wish w = {0};

        end = group_end(catalog, i);
        wish_read(&w, rules, &catalog->v[i], end - i, problems);
        if (w.present && ret->n < ROUTES_MAX)
            add_route(ret, &catalog->v[i], end - i, &w, problems);
        else if (w.present)
            problems_add(problems, "load balancer",
                         "more than %d services ask for a host name or a service port: the rest "
                         "is left out",
                         ROUTES_MAX);
        wish_done(&w);
    }
    make_backend_names(ret);
    claims_settle(ret, problems);
    routes_sort(ret);
}

const struct route *routes_find(const struct routes *l, const char *backend)
{
    /* bsearch() declares its key const and our comparison never writes to it. */
    union {
        const char *in;
        char *out;
    } name = {.in = backend};
    struct route key = {.backend = name.out};

    return l->n ? bsearch(&key, l->v, l->n, sizeof *l->v, by_backend) : NULL;
}

void routes_sort(struct routes *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, by_backend);
}

void routes_done(struct routes *l)
{
    for (size_t i = 0; i < l->n; i++)
        route_done(&l->v[i]);
    free(l->v);
    *l = (struct routes){0};
}

void routes_add_empty(struct routes *l, const struct route *r)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    struct route *copy = &l->v[l->n++];
    *copy = (struct route){
        .backend = xstrdup(r->backend),
        .service = xstrdup(r->service),
        .http = r->http,
        .n_service_ports = r->n_service_ports,
    };
    strv_copy(&copy->vhosts, &r->vhosts);
    if (r->n_service_ports) {
        copy->service_ports = xreallocarray(NULL, r->n_service_ports, sizeof *r->service_ports);
        memcpy(copy->service_ports, r->service_ports,
               r->n_service_ports * sizeof *r->service_ports);
    }
}

bool route_has_port(const struct route *r, uint16_t port)
{
    for (size_t i = 0; i < r->n_service_ports; i++)
        if (r->service_ports[i] == port)
            return true;
    return false;
}

void route_drop_port(struct route *r, uint16_t port)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->n_service_ports; i++)
        if (r->service_ports[i] != port)
            r->service_ports[kept++] = r->service_ports[i];
    r->n_service_ports = kept;
}

void route_drop_vhost(struct route *r, const char *vhost)
{
    struct strv kept = {0};

    for (size_t i = 0; i < r->vhosts.n; i++)
        if (strcmp(r->vhosts.v[i], vhost))
            strv_add(&kept, r->vhosts.v[i]);
    strv_done(&r->vhosts);
    r->vhosts = kept;
}

static size_t group_end(const struct instances *catalog, size_t first)
{
    size_t end = first + 1;

    while (end < catalog->n && !strcmp(catalog->v[end].service, catalog->v[first].service))
        end++;
    return end;
}

/* Appends the route of the 'n' instances 'v' of one service; takes the wish's lists over. */
static void add_route(struct routes *l, const struct instance *v, size_t n, struct wish *w,
                      struct problems *problems)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    struct route *r = &l->v[l->n++];
    bool reserved = !strncmp(v->service, RESERVED, strlen(RESERVED));

    *r = (struct route){
        .backend = name_make(v->service, reserved),
        .service = xstrdup(v->service),
        .http = w->http,
        .vhosts = w->vhosts,
        .service_ports = w->ports,
        .n_service_ports = w->n_ports,
    };
    *w = (struct wish){0};
    add_servers(r, v, n, problems);
    make_server_names(r);
    make_server_ids(r);
}

static void make_backend_names(struct routes *l)
{
    char ***names = xcalloc(l->n, sizeof *names);

    for (size_t i = 0; i < l->n; i++)
        names[i] = &l->v[i].backend;
    name_make_unique(names, l->n);
    free(names);
}

static void add_servers(struct route *r, const struct instance *v, size_t n,
                        struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("service %s", r->service);
    unsigned max = heaviest(v, n);
    size_t cap = 0;

    for (size_t i = 0; i < n; i++) {
        struct route_server s;

        if (r->n_servers >= ROUTE_SERVERS_MAX) {
            problems_add(problems, subject, "has more than %d instances: the rest is left out",
                         ROUTE_SERVERS_MAX);
            return;
        }
        if (!make_server(&v[i], subject, &s, problems))
            continue;
        s.weight = scale_weight(&v[i], max);
        r->servers = xgrow(r->servers, r->n_servers, &cap, sizeof *r->servers);
        r->servers[r->n_servers++] = s;
    }
}

/* The server of 'i'. False where it has none: it does not work, or cannot be dialled. */
static bool make_server(const struct instance *i, const char *subject, struct route_server *ret,
                        struct problems *problems)
{
    struct ipaddr address;

    if (!instance_state_serves(i->state) || wish_is_udp(i))
        return false;
    if (ipaddr_parse(i->address, &address) || ipaddr_is_any(&address)) {
        problems_add(problems, subject,
                     "instance %s has the address \"%s\", which is no IP address that can be "
                     "dialled: register it with one",
                     i->id, i->address);
        return false;
    }
    if (!i->port) {
        problems_add(problems, subject, "instance %s has no port: register it with one", i->id);
        return false;
    }
    *ret = (struct route_server){
        .name = server_name(i),
        .instance_id = xstrdup(i->id),
        .address = address,
        .port = i->port,
    };
    return true;
}

static unsigned heaviest(const struct instance *v, size_t n)
{
    unsigned max = 0;

    for (size_t i = 0; i < n; i++)
        max = instance_weight(&v[i]) > max ? instance_weight(&v[i]) : max;
    return max;
}

/* Registries weigh up to 65535, HAProxy up to 256. */
static unsigned scale_weight(const struct instance *i, unsigned max)
{
    unsigned weight = instance_weight(i);

    if (!weight || max == 1)
        return weight ? ROUTE_WEIGHT : 0;
    return weight * ROUTE_WEIGHT_MAX / max ? weight * ROUTE_WEIGHT_MAX / max : 1;
}

/* Ids are unique per node only; most already begin with the node's name. */
static char *server_name(const struct instance *i)
{
    size_t len = strlen(i->node);
    bool has_node = len && !strncmp(i->id, i->node, len) && i->id[len] == ':';
    CLEAN(free_str)
    char *text = has_node ? xasprintf("%s:%u", i->id, i->port)
                          : xasprintf("%s%s%s:%u", i->node, len ? ":" : "", i->id, i->port);

    return name_make(text, false);
}

static void make_server_names(struct route *r)
{
    char ***names = xcalloc(r->n_servers, sizeof *names);

    for (size_t i = 0; i < r->n_servers; i++)
        names[i] = &r->servers[i].name;
    name_make_unique(names, r->n_servers);
    free(names);
    if (r->n_servers)
        qsort(r->servers, r->n_servers, sizeof *r->servers, by_server_name);
}

static void make_server_ids(struct route *r)
{
    struct route_server **order = xcalloc(r->n_servers, sizeof *order);

    for (size_t i = 0; i < r->n_servers; i++) {
        r->servers[i].id = (name_hash(r->servers[i].name) & ID_MASK) + 1;
        order[i] = &r->servers[i];
    }
    qsort(order, r->n_servers, sizeof *order, by_id_then_place);
    for (size_t i = 1; i < r->n_servers; i++)
        if (order[i]->id <= order[i - 1]->id)
            order[i]->id = order[i - 1]->id + 1;
    free(order);
}

static int by_server_name(const void *a, const void *b)
{
    const struct route_server *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int by_id_then_place(const void *a, const void *b)
{
    const struct route_server *x = *(struct route_server *const *)a;
    const struct route_server *y = *(struct route_server *const *)b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x > y) - (x < y);
}

static int by_backend(const void *a, const void *b)
{
    const struct route *x = a, *y = b;

    return strcmp(x->backend, y->backend);
}

static void route_done(struct route *r)
{
    for (size_t i = 0; i < r->n_servers; i++) {
        free(r->servers[i].name);
        free(r->servers[i].instance_id);
    }
    free(r->servers);
    free(r->service_ports);
    strv_done(&r->vhosts);
    free(r->backend);
    free(r->service);
}

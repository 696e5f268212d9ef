#include "lb-template/view.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static void fill_backend(const struct route *r, struct lb_backend *ret);
static void fill_servers(const struct route *r, const struct runtime_servers *servers,
                         struct lb_backend *ret);
static void fill_plain(const struct runtime_servers *servers, struct lb_backend *ret);
static struct lb_server from_route(const struct route_server *s, const struct runtime_server *r);
static struct lb_server from_runtime(const struct runtime_server *r);
static int by_name(const void *a, const void *b);
static void server_done(struct lb_server *s);

void view_make(const struct routes *routes, const struct runtime_servers *servers,
               struct lb_backends *ret)
{
    ret->v = xcalloc(routes->n, sizeof *ret->v);
    ret->n = routes->n;
    for (size_t i = 0; i < routes->n; i++) {
        fill_backend(&routes->v[i], &ret->v[i]);
        if (servers)
            fill_servers(&routes->v[i], servers, &ret->v[i]);
    }
}

void view_make_plain(const struct model *model, const struct runtime_servers *servers,
                     struct lb_backends *ret)
{
    struct backends all = {0};

    model_backends(model, &all);
    ret->v = xcalloc(all.n, sizeof *ret->v);
    for (size_t i = 0; i < all.n; i++) {
        struct lb_backend *b = &ret->v[ret->n++];

        *b = (struct lb_backend){.name = xstrdup(all.v[i]->name),
                                 .service = xstrdup(all.v[i]->name),
                                 .mode = xstrdup("")};
        if (servers)
            fill_plain(servers, b);
    }
    backends_done(&all);
}

void view_done(struct lb_backends *v)
{
    for (size_t i = 0; i < v->n; i++) {
        struct lb_backend *b = &v->v[i];

        for (size_t j = 0; j < b->n_servers; j++)
            server_done(&b->servers[j]);
        free(b->servers);
        free(b->service_ports);
        strv_done(&b->vhosts);
        free(b->name);
        free(b->service);
        free(b->mode);
    }
    free(v->v);
    *v = (struct lb_backends){0};
}

static void fill_backend(const struct route *r, struct lb_backend *ret)
{
    *ret = (struct lb_backend){
        .name = xstrdup(r->backend),
        .service = xstrdup(r->service),
        .mode = xstrdup(r->http ? "http" : "tcp"),
        .n_service_ports = r->n_service_ports,
    };
    strv_copy(&ret->vhosts, &r->vhosts);
    ret->service_ports = xcalloc(r->n_service_ports, sizeof *ret->service_ports);
    for (size_t i = 0; i < r->n_service_ports; i++)
        ret->service_ports[i] = r->service_ports[i];
}

static void fill_servers(const struct route *r, const struct runtime_servers *servers,
                         struct lb_backend *ret)
{
    size_t n, first = runtime_servers_of(servers, r->backend, &n), end = first + n;

    ret->servers = xcalloc(r->n_servers + n, sizeof *ret->servers);
    for (size_t i = 0; i < r->n_servers; i++)
        ret->servers[ret->n_servers++] = from_route(
            &r->servers[i], runtime_servers_find(servers, r->backend, r->servers[i].name));
    size_t n_wanted = ret->n_servers;
    for (size_t i = first; i < end; i++) {
        struct lb_server key = {.name = servers->v[i].name};

        if (!n_wanted || !bsearch(&key, ret->servers, n_wanted, sizeof key, by_name))
            ret->servers[ret->n_servers++] = from_runtime(&servers->v[i]);
    }
    if (ret->n_servers)
        qsort(ret->servers, ret->n_servers, sizeof *ret->servers, by_name);
}

static void fill_plain(const struct runtime_servers *servers, struct lb_backend *ret)
{
    size_t n, first = runtime_servers_of(servers, ret->name, &n);

    ret->servers = xcalloc(n, sizeof *ret->servers);
    for (size_t i = 0; i < n; i++)
        ret->servers[ret->n_servers++] = from_runtime(&servers->v[first + i]);
}

static struct lb_server from_route(const struct route_server *s, const struct runtime_server *r)
{
    char address[IPADDR_STRLEN];
    struct lb_server server = r ? from_runtime(r)
                                : (struct lb_server){
                                      .name = xstrdup(s->name),
                                      .address = xstrdup(ipaddr_format(&s->address, address)),
                                      .port = s->port,
                                      .weight = s->weight,
                                      .state = "down",
                                  };

    server.instance_id = xstrdup(s->instance_id);
    server.node = xstrdup(s->node);
    return server;
}

static struct lb_server from_runtime(const struct runtime_server *r)
{
    return (struct lb_server){
        .name = xstrdup(r->name),
        .address = xstrdup(r->address),
        .port = r->port,
        .weight = r->weight,
        .state = runtime_server_state(r),
    };
}

static int by_name(const void *a, const void *b)
{
    const struct lb_server *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static void server_done(struct lb_server *s)
{
    free(s->name);
    free(s->instance_id);
    free(s->node);
    free(s->address);
}

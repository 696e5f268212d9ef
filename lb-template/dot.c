#include "lb-template/dot.h"

#include <stdio.h>
#include <string.h>

#include "lb-template/name.h"
#include "lib/clean.h"

static struct tmpl_value make_lb(struct tmpl_arena *a, const struct render_config *c);
static void set_bind(struct tmpl_arena *a, struct tmpl_map *m, const char *bind);
static void set_checks(struct tmpl_arena *a, struct tmpl_map *m, unsigned inter);
static void fill_route(struct tmpl_arena *a, struct tmpl_map *m);
static struct tmpl_value make_service(struct tmpl_arena *a, const char *service);
static struct tmpl_value make_strings(struct tmpl_arena *a, const struct strv *l);
static struct tmpl_value make_ports(struct tmpl_arena *a, const struct route *r);
static struct tmpl_value make_servers(struct tmpl_arena *a, const struct route *r);
static struct tmpl_value make_server(struct tmpl_arena *a, const struct route_server *s);
static void set(struct tmpl_arena *a, struct tmpl_map *m, const char *key, struct tmpl_value v);
static void set_str(struct tmpl_arena *a, struct tmpl_map *m, const char *key, const char *s);
static void set_int(struct tmpl_arena *a, struct tmpl_map *m, const char *key, int64_t i);

struct tmpl_value dot_make(struct tmpl_arena *arena, const struct render_config *config,
                           const struct routing *routing)
{
    struct tmpl_map *root = tmpl_struct_new(arena, "lb.Root");
    size_t n = routing->routes.n;
    struct tmpl_list *routes = tmpl_list_new(arena, n);
    struct dot_route *of = tmpl_alloc(arena, (n + 1) * sizeof *of);
    struct tmpl_value *lb = tmpl_alloc(arena, sizeof *lb);

    *lb = make_lb(arena, config);
    for (size_t i = 0; i < n; i++) {
        of[i] = (struct dot_route){&routing->order[i]->route, lb};
        tmpl_list_add(arena, routes,
                      tmpl_map_value(tmpl_struct_lazy(arena, "lb.Route", fill_route, &of[i])));
    }
    routes->lazy = root->lazy = true;
    set(arena, root, "LB", *lb);
    set(arena, root, "Routes", tmpl_list_value(routes));
    return tmpl_map_value(root);
}

static struct tmpl_value make_lb(struct tmpl_arena *a, const struct render_config *c)
{
    struct tmpl_map *m = tmpl_struct_new(a, "lb.Settings");
    struct tmpl_buf socket = TMPL_BUF(a), map = TMPL_BUF(a);

    tmpl_buf_adds(&socket, c->dir);
    tmpl_buf_adds(&socket, "/" RENDER_SOCKET);
    tmpl_buf_adds(&map, c->dir);
    tmpl_buf_adds(&map, "/" RENDER_MAP);
    set_str(a, m, "Dir", c->dir);
    set(a, m, "Socket", tmpl_buf_value(&socket));
    set(a, m, "HostsMap", tmpl_buf_value(&map));
    set_bind(a, m, c->bind);
    set_int(a, m, "HTTPPort", c->http_port);
    set_int(a, m, "HTTPSPort", c->https_port);
    set_str(a, m, "Certs", c->https_port ? c->certs : "");
    set_str(a, m, "CertsStamp", c->https_port ? c->certs_stamp : "");
    set_int(a, m, "StatsPort", c->stats_port);
    set_int(a, m, "Maxconn", c->maxconn);
    set_str(a, m, "User", c->user ? c->user : "");
    set_str(a, m, "Group", c->group ? c->group : "");
    set_checks(a, m, c->check_inter);
    return tmpl_map_value(m);
}

/* A `bind` line is "bind {{.Bind}}:PORT{{.BindOptions}}". */
static void set_bind(struct tmpl_arena *a, struct tmpl_map *m, const char *bind)
{
    struct tmpl_buf text = TMPL_BUF(a);
    char address[IPADDR_STRLEN];
    struct ipaddr ip = {0};

    if (ipaddr_parse(bind, &ip))
        tmpl_buf_adds(&text, "*");
    else if (ip.family == AF_INET6)
        tmpl_buf_addf(&text, "[%s]", ipaddr_format(&ip, address));
    else
        tmpl_buf_adds(&text, ipaddr_format(&ip, address));
    set(a, m, "Bind", tmpl_buf_value(&text));
    set_str(a, m, "BindOptions", ip.family == AF_INET6 && ipaddr_is_any(&ip) ? " v4v6" : "");
}

/* A server that is down is asked twice as often, and every five seconds at least. */
static void set_checks(struct tmpl_arena *a, struct tmpl_map *m, unsigned inter)
{
    unsigned down = inter / 2 > RENDER_CHECK_DOWN_MAX ? RENDER_CHECK_DOWN_MAX : inter / 2;
    struct tmpl_buf often = TMPL_BUF(a), seldom = TMPL_BUF(a);

    tmpl_buf_addf(&seldom, "%us", inter);
    tmpl_buf_addf(&often, "%us", down);
    set(a, m, "CheckInter", tmpl_buf_value(&seldom));
    set_str(a, m, "CheckFastInter", "500ms");
    set(a, m, "CheckDownInter", tmpl_buf_value(&often));
}

static void fill_route(struct tmpl_arena *a, struct tmpl_map *m)
{
    const struct dot_route *of = m->of;
    const struct route *r = of->route;
    const struct tuning *t = &r->tuning;

    set_str(a, m, "Backend", r->backend);
    set(a, m, "Service", make_service(a, r->service));
    set_str(a, m, "Mode", r->http ? "http" : "tcp");
    set(a, m, "VHosts", make_strings(a, &r->vhosts));
    set(a, m, "Ports", make_ports(a, r));
    set_str(a, m, "Balance", t->balance ? t->balance : "");
    set(a, m, "Sticky", tmpl_bool(t->sticky));
    set_str(a, m, "CheckPath", t->check_path ? t->check_path : "");
    set(a, m, "AcceptProxy", tmpl_bool(t->accept_proxy));
    set(a, m, "Servers", make_servers(a, r));
    set(a, m, "LB", *of->lb);
}

/* The name itself, where it is harmless. */
static struct tmpl_value make_service(struct tmpl_arena *a, const char *service)
{
    CLEAN(free_str) char *name = name_make(service, false);
    size_t len = strlen(name);

    return tmpl_str(tmpl_copy(a, name, len), len);
}

static struct tmpl_value make_strings(struct tmpl_arena *a, const struct strv *l)
{
    struct tmpl_list *list = tmpl_list_new(a, l->n);

    list->elem = TMPL_STRING;
    for (size_t i = 0; i < l->n; i++)
        tmpl_list_add(a, list, tmpl_cstr(l->v[i]));
    return tmpl_list_value(list);
}

static struct tmpl_value make_ports(struct tmpl_arena *a, const struct route *r)
{
    struct tmpl_list *list = tmpl_list_new(a, r->n_service_ports);

    for (size_t i = 0; i < r->n_service_ports; i++)
        tmpl_list_add(a, list, tmpl_int(r->service_ports[i]));
    return tmpl_list_value(list);
}

static struct tmpl_value make_servers(struct tmpl_arena *a, const struct route *r)
{
    struct tmpl_list *list = tmpl_list_new(a, r->n_servers);

    for (size_t i = 0; i < r->n_servers; i++)
        tmpl_list_add(a, list, make_server(a, &r->servers[i]));
    return tmpl_list_value(list);
}

static struct tmpl_value make_server(struct tmpl_arena *a, const struct route_server *s)
{
    struct tmpl_map *m = tmpl_struct_new(a, "lb.Server");
    char text[IPADDR_STRLEN];
    size_t len;

    set_str(a, m, "Name", s->name);
    len = strlen(ipaddr_format(&s->address, text));
    set(a, m, "Address", tmpl_str(tmpl_copy(a, text, len), len));
    set_int(a, m, "Port", s->port);
    len = strlen(ipaddr_format_port(&s->address, s->port, text));
    set(a, m, "Endpoint", tmpl_str(tmpl_copy(a, text, len), len));
    set_int(a, m, "ID", s->id);
    set_int(a, m, "Weight", s->weight);
    set_int(a, m, "SendProxy", s->send_proxy);
    return tmpl_map_value(m);
}

static void set(struct tmpl_arena *a, struct tmpl_map *m, const char *key, struct tmpl_value v)
{
    tmpl_map_set(a, m, tmpl_cstr(key), v);
}

static void set_str(struct tmpl_arena *a, struct tmpl_map *m, const char *key, const char *s)
{
    set(a, m, key, tmpl_cstr(s));
}

static void set_int(struct tmpl_arena *a, struct tmpl_map *m, const char *key, int64_t i)
{
    set(a, m, key, tmpl_int(i));
}

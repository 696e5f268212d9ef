#include "lb-template/routing.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/claim.h"
#include "lb-template/name.h"
#include "lb-template/pieces.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

/* What one update works with. */
struct update {
    struct routing *routing;
    const struct routing_rules *rules;
    const struct renderer_input *in;
    bool unsettled; /* the services ask for other host names or ports than before, or are others */
    bool changed;   /* some route is another */
};

static void walk(struct update *u, const struct catalog *catalog);
static void read_service(struct update *u, const struct catalog_service *c,
                         struct routing_service *s);
static size_t select_instances(const struct select *select, const struct instances *all,
                               struct instance **ret);
static void take_route(struct update *u, struct routing_service *s, struct wish *wish,
                       struct route *route);
static void leave(struct update *u, struct routing_service *s);
static void give_up(struct update *u, struct routing_service *s);
static bool same_claims(const struct wish *a, const struct wish *b);
static void settle(struct update *u);
static size_t choose_routed(struct update *u);
static size_t add_claims(const struct routing_service *s, struct claim *ret);
static size_t take_claims(struct routing_service *s, const struct claim *claims);
static void list(struct update *u);
static void fill(struct routing *r);
static void make_names(struct routing *r);
static void open_ports(struct update *u, struct routing_service *s);
static bool is_closed(const struct update *u, const struct routing_service *s, uint16_t port);
static void report(const struct problems *from, struct problems *to);
static int routing_by_backend(const void *a, const void *b);
static void service_free(struct routing_service *s);

double routing_update(struct routing *r, const struct routing_rules *rules,
                      const struct catalog *catalog, const struct renderer_input *in)
{
    struct update u = {.routing = r, .rules = rules, .in = in};
    double next = 0.;

    walk(&u, catalog);
    if (u.unsettled) {
        settle(&u);
        list(&u);
    }
    for (size_t i = 0; i < r->n; i++) {
        struct routing_service *s = r->v[i];

        report(&s->problems, in->problems);
        if (s->routed)
            open_ports(&u, s);
        if (s->until > 0. && (!(next > 0.) || s->until < next))
            next = s->until;
    }
    report(&r->problems, in->problems);
    if (u.changed)
        fill(r);
    return next;
}

void routing_forget(struct routing *r)
{
    for (size_t i = 0; i < r->n; i++)
        r->v[i]->seen = 0;
}

void routing_done(struct routing *r)
{
    for (size_t i = 0; i < r->n; i++)
        service_free(r->v[i]);
    free(r->v);
    free(r->order);
    free(r->routes.v);
    problems_done(&r->problems);
    *r = (struct routing){0};
}

/* Both lists are sorted by name. What has lost its place is freed. */
static void walk(struct update *u, const struct catalog *catalog)
{
    struct routing *r = u->routing;
    struct routing_service **now = xcalloc(r->n + catalog->n, sizeof *now);
    size_t n = 0;

    for (size_t i = 0, j = 0; i < r->n || j < catalog->n;) {
        int c = i == r->n ? 1 : j == catalog->n ? -1 : strcmp(r->v[i]->name, catalog->v[j]->name);
        struct routing_service *s = c > 0 ? xcalloc(1, sizeof *s) : r->v[i++];

        if (c < 0)
            leave(u, s);
        else if (s->seen != catalog->v[j]->stamp)
            read_service(u, catalog->v[j], s);
        if (s->until > 0. && s->until <= u->in->now)
            give_up(u, s);
        if (c >= 0 || s->wish.present)
            now[n++] = s;
        else
            service_free(s);
        j += c >= 0;
    }
    free(r->v);
    r->v = now;
    r->n = n;
}

static void read_service(struct update *u, const struct catalog_service *c,
                         struct routing_service *s)
{
    struct instance *served = NULL;
    size_t n = select_instances(u->rules->select, &c->instances, &served);
    struct wish wish = {0};

    if (!s->name)
        s->name = xstrdup(c->name);
    problems_done(&s->problems);
    if (n)
        wish_read(&wish, u->rules->ports, served, n, &s->problems);
    if (wish.present) {
        struct route route;

        route_make(served, n, &wish, &route, &s->problems);
        take_route(u, s, &wish, &route);
    } else {
        leave(u, s);
    }
    s->seen = c->stamp;
    wish_done(&wish);
    if (served != c->instances.v)
        free(served);
}

/* '*ret' are all of 'all', or an array of those that match, whose members are borrowed. */
static size_t select_instances(const struct select *select, const struct instances *all,
                               struct instance **ret)
{
    size_t n = 0;

    *ret = all->v;
    if (!select->n)
        return all->n;
    *ret = xcalloc(all->n, sizeof **ret);
    for (size_t i = 0; i < all->n; i++)
        if (select_matches(select, &all->v[i]))
            (*ret)[n++] = all->v[i];
    return n;
}

/* 'wish' and 'route', which has no host names and ports yet, are moved into 's'. */
static void take_route(struct update *u, struct routing_service *s, struct wish *wish,
                       struct route *route)
{
    bool had = s->wish.present;
    struct route old = s->route;

    if (!had || s->until > 0. || !same_claims(&s->wish, wish))
        u->unsettled = true;
    s->until = 0.;
    wish_done(&s->wish);
    s->wish = *wish;
    *wish = (struct wish){0};
    s->route = *route;
    if (had) {
        free(s->route.backend);
        s->route.backend = TAKE_PTR(old.backend);
        s->route.vhosts = old.vhosts;
        s->route.service_ports = TAKE_PTR(old.service_ports);
        s->route.n_service_ports = old.n_service_ports;
        made_free(s->route.made);
        s->route.made = TAKE_PTR(old.made);
        old.vhosts = (struct strv){0};
    }
    s->route.stamp = had && route_same_kind(&old, &s->route) ? old.stamp : rendering_stamp();
    u->changed = true; /* the list of routes points to the servers, which are others */
    route_done(&old);
}

/* The service asks for nothing any more: its place stays for a while. */
static void leave(struct update *u, struct routing_service *s)
{
    s->seen = 0;
    if (!s->wish.present || s->until > 0.)
        return;
    s->until = u->in->now + LINGER_SECONDS;
    problems_done(&s->problems);
    u->unsettled = true;
    if (s->route.n_servers) {
        route_clear_servers(&s->route);
        s->route.stamp = rendering_stamp();
    }
}

static void give_up(struct update *u, struct routing_service *s)
{
    wish_done(&s->wish);
    route_done(&s->route);
    free(s->ports);
    s->ports = NULL;
    s->n_ports = 0;
    s->until = 0.;
    u->unsettled = true;
}

static bool same_claims(const struct wish *a, const struct wish *b)
{
    if (!a->app != !b->app || (a->app && strcmp(a->app, b->app) != 0))
        return false;
    return a->n_ports == b->n_ports && strv_equal(&a->vhosts, &b->vhosts) &&
           (!a->n_ports || !memcmp(a->ports, b->ports, a->n_ports * sizeof *a->ports));
}

/* Decides who has a route, and who has what several ask for. */
static void settle(struct update *u)
{
    struct routing *r = u->routing;
    size_t n_claims = choose_routed(u), n = 0;
    struct claim *claims = xcalloc(n_claims, sizeof *claims);

    for (size_t i = 0; i < r->n; i++)
        if (r->v[i]->routed)
            n += add_claims(r->v[i], claims + n);
    claims_settle(claims, n, &r->problems);
    n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i]->routed)
            n += take_claims(r->v[i], claims + n);
    free(claims);
    r->stamp = rendering_stamp();
}

/* Returns how many claims they have. */
static size_t choose_routed(struct update *u)
{
    struct routing *r = u->routing;
    size_t n_claims = 0;

    problems_done(&r->problems);
    r->routes.n = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct routing_service *s = r->v[i];

        s->routed = s->wish.present && r->routes.n < ROUTES_MAX;
        r->routes.n += s->routed;
        n_claims += s->routed ? s->wish.vhosts.n + s->wish.n_ports : 0;
        if (s->wish.present && !s->routed)
            problems_add(&r->problems, "load balancer",
                         "more than %d services ask for a host name or a service port: the rest "
                         "is left out",
                         ROUTES_MAX);
    }
    return n_claims;
}

/* Appends the claims of 's', host names first, and returns their number. */
static size_t add_claims(const struct routing_service *s, struct claim *ret)
{
    const struct wish *w = &s->wish;
    size_t n = 0;

    for (size_t i = 0; i < w->vhosts.n; i++)
        ret[n++] = (struct claim){.vhost = w->vhosts.v[i]};
    for (size_t i = 0; i < w->n_ports; i++)
        ret[n++] = (struct claim){.port = w->ports[i]};
    for (size_t i = 0; i < n; i++) {
        ret[i].service = s->name;
        ret[i].app = w->app;
        ret[i].yields = s->until > 0.;
    }
    return n;
}

/* What is left of the claims that add_claims() made; returns their number. */
static size_t take_claims(struct routing_service *s, const struct claim *claims)
{
    const struct wish *w = &s->wish;
    struct strv vhosts = {0};
    size_t n = 0;

    for (; n < w->vhosts.n; n++)
        if (!claims[n].lost)
            strv_add(&vhosts, claims[n].vhost);
    s->ports = xreallocarray(s->ports, w->n_ports + 1, sizeof *s->ports);
    s->n_ports = 0;
    for (; n < w->vhosts.n + w->n_ports; n++)
        if (!claims[n].lost)
            s->ports[s->n_ports++] = claims[n].port;
    if (!strv_equal(&vhosts, &s->route.vhosts))
        s->route.stamp = rendering_stamp();
    strv_done(&s->route.vhosts);
    s->route.vhosts = vhosts;
    return n;
}

/* Makes the list of routes, 'routes.n' of them, whose members are filled in at the end. */
static void list(struct update *u)
{
    struct routing *r = u->routing;
    size_t n = 0;

    r->order = xreallocarray(r->order, r->routes.n + 1, sizeof *r->order);
    r->routes.v = xreallocarray(r->routes.v, r->routes.n + 1, sizeof *r->routes.v);
    for (size_t i = 0; i < r->n; i++)
        if (r->v[i]->routed)
            r->order[n++] = r->v[i];
    if (r->renamed)
        make_names(r);
    if (n)
        qsort(r->order, n, sizeof *r->order, routing_by_backend);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(r->order[i - 1]->route.backend, r->order[i]->route.backend))
            continue;
        r->renamed = true;
        list(u);
        return;
    }
    u->changed = true;
}

static void fill(struct routing *r)
{
    for (size_t i = 0; i < r->routes.n; i++)
        r->routes.v[i] = r->order[i]->route;
    r->content = rendering_stamp();
}

/* Names that nobody else has; 'order' is still by service, so that it is always the same one that
 * keeps its name. */
static void make_names(struct routing *r)
{
    size_t n = r->routes.n;
    char **made = xcalloc(n, sizeof *made), ***names = xcalloc(n, sizeof *names);

    for (size_t i = 0; i < n; i++) {
        made[i] = route_backend_name(r->order[i]->name);
        names[i] = &made[i];
    }
    name_make_unique(names, n);
    for (size_t i = 0; i < n; i++) {
        struct route *route = &r->order[i]->route;

        if (strcmp(route->backend, made[i]))
            route->stamp = rendering_stamp();
        free(route->backend);
        route->backend = made[i];
    }
    free(made);
    free(names);
}

/* Ports open and close without news from the catalog, so all are looked at each time. */
static void open_ports(struct update *u, struct routing_service *s)
{
    uint16_t open[ROUTE_PORTS_MAX];
    struct route *r = &s->route;
    size_t n = 0;

    for (size_t i = 0; i < s->n_ports; i++)
        if (!is_closed(u, s, s->ports[i]))
            open[n++] = s->ports[i];
    if (n == r->n_service_ports && (!n || !memcmp(open, r->service_ports, n * sizeof *open)))
        return;
    r->service_ports = xreallocarray(r->service_ports, n + 1, sizeof *r->service_ports);
    memcpy(r->service_ports, open, n * sizeof *open);
    r->n_service_ports = n;
    r->stamp = u->routing->stamp = rendering_stamp();
    u->changed = true;
}

static bool is_closed(const struct update *u, const struct routing_service *s, uint16_t port)
{
    CLEAN(err) struct err *err = NULL;

    if (!u->in->probe(u->in->arg, port, &err))
        return false;
    CLEAN(free_str) char *subject = xasprintf("service %s", s->name);
    problems_add(u->in->problems, subject,
                 "%s: stop the program that listens there, or give the service another port",
                 err_msg(err));
    return true;
}

static void report(const struct problems *from, struct problems *to)
{
    for (size_t i = 0; i < from->n; i++)
        problems_add(to, from->v[i].subject, "%s", from->v[i].text);
}

static int routing_by_backend(const void *a, const void *b)
{
    const struct routing_service *x = *(struct routing_service *const *)a;
    const struct routing_service *y = *(struct routing_service *const *)b;

    return strcmp(x->route.backend, y->route.backend);
}

static void service_free(struct routing_service *s)
{
    wish_done(&s->wish);
    route_done(&s->route);
    problems_done(&s->problems);
    free(s->ports);
    free(s->name);
    free(s);
}

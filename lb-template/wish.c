#include "lb-template/wish.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/name.h"
#include "lib/clean.h"
#include "lib/marathon_env.h"
#include "lib/marathon_json.h"
#include "lib/xmalloc.h"

#define SHOWN_MAX 64 /* bytes of a wrong value that a problem quotes */

struct reading {
    struct wish *wish;
    const struct route_rules *rules;
    const char *subject;
    struct problems *problems;
    bool says_http, says_tcp;
    size_t cap_ports;
};

static void read_instance(struct reading *r, const struct instance *i);
static void read_app(struct reading *r, const struct instance *i);
static bool is_name_of(const char *service, const char *app);
static void read_mode(struct reading *r, const char *text);
static void read_vhosts(struct reading *r, const char *text);
static void read_port(struct reading *r, const char *text);
static bool parse_port(const char *text, unsigned *ret);
static const char *why_refused(const struct route_rules *rules, unsigned port);
static void add_port(struct reading *r, uint16_t port);
static void decide_mode(struct reading *r);

void wish_read(struct wish *ret, const struct route_rules *rules, const struct instance *v,
               size_t n, struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("service %s", v->service);
    struct reading r = {.wish = ret, .rules = rules, .subject = subject, .problems = problems};

    for (size_t i = 0; i < n; i++)
        read_instance(&r, &v[i]);
    strv_sort_unique(&ret->vhosts);
    decide_mode(&r);
}

void wish_done(struct wish *w)
{
    strv_done(&w->vhosts);
    free(w->ports);
    tuning_done(&w->tuning);
    free(w->app);
    *w = (struct wish){0};
}

bool wish_is_udp(const struct instance *i)
{
    const char *protocol = kvs_get(&i->meta, META_PROTOCOL);

    return protocol && !strcmp(protocol, "udp");
}

static void read_instance(struct reading *r, const struct instance *i)
{
    const char *vhosts = kvs_get(&i->meta, META_VHOST);
    const char *port = kvs_get(&i->meta, META_SERVICE_PORT);

    read_app(r, i);
    if (!vhosts && !port)
        return;
    if (wish_is_udp(i)) {
        problems_add(r->problems, r->subject,
                     "UDP is not load-balanced: take the host name or service port off the UDP "
                     "port, or reach it at the host port");
        return;
    }
    r->wish->present = true;
    read_mode(r, kvs_get(&i->meta, META_MODE));
    if (vhosts)
        read_vhosts(r, vhosts);
    if (port)
        read_port(r, port);
    tuning_read(&r->wish->tuning, i, r->subject, r->problems);
}

/* Two apps may share a service on purpose, by a name that somebody gave them. Where both are only
 * called so, it is an accident. */
static void read_app(struct reading *r, const struct instance *i)
{
    const char *app = kvs_get(&i->meta, META_MARATHON_APP), *known = r->wish->app;

    if (!app || !marathon_id_ok(app))
        return;
    int order = known ? strcmp(app, known) : -1;
    if (known && order && is_name_of(i->service, app) && is_name_of(i->service, known))
        problems_add(r->problems, r->subject,
                     "apps %s and %s are one service, since both are called so: give one of them "
                     "a label SERVICE_NAME, or set [marathon] service_name to path",
                     order < 0 ? app : known, order < 0 ? known : app);
    if (order >= 0)
        return;
    free(r->wish->app);
    r->wish->app = xstrdup(app);
}

/* Does 'service' have its name, with or without a port behind it, from the id of 'app'? */
static bool is_name_of(const char *service, const char *app)
{
    static const char *const schemes[] = {"last", "path", "reversed"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        CLEAN(free_str) char *name = marathon_service_name(app, schemes[i]);
        size_t len = strlen(name);

        if (!strncmp(service, name, len) && (!service[len] || service[len] == '-'))
            return true;
    }
    return false;
}

static void read_mode(struct reading *r, const char *text)
{
    if (!text)
        return;
    if (!strcmp(text, "http"))
        r->says_http = true;
    else if (!strcmp(text, "tcp"))
        r->says_tcp = true;
    else
        problems_add(r->problems, r->subject, "mode \"%.*s\" is neither http nor tcp", SHOWN_MAX,
                     text);
}

static void read_vhosts(struct reading *r, const char *text)
{
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, ",");
        const char *begin = p + strspn(p, " \t");
        const char *end = p + len;

        p += len + (p[len] == ',');
        while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (end <= begin)
            continue;
        CLEAN(free_str) char *host = name_host(begin, (size_t)(end - begin));
        int shown = end - begin < SHOWN_MAX ? (int)(end - begin) : SHOWN_MAX;
        if (!host)
            problems_add(r->problems, r->subject, "\"%.*s\" is no host name", shown, begin);
        else if (r->wish->vhosts.n >= ROUTE_VHOSTS_MAX)
            strv_sort_unique(&r->wish->vhosts);
        if (host && r->wish->vhosts.n < ROUTE_VHOSTS_MAX)
            strv_add(&r->wish->vhosts, host);
        else if (host && !strv_contains(&r->wish->vhosts, host))
            problems_add(r->problems, r->subject, "has more than %d host names: %s is left out",
                         ROUTE_VHOSTS_MAX, host);
    }
}

static void read_port(struct reading *r, const char *text)
{
    unsigned port;

    if (!parse_port(text, &port)) {
        problems_add(r->problems, r->subject, "service port \"%.*s\" is no port", SHOWN_MAX, text);
        return;
    }
    const char *why = why_refused(r->rules, port);
    if (why)
        problems_add(r->problems, r->subject, "service port %u %s: choose another one", port, why);
    else
        add_port(r, (uint16_t)port);
}

static bool parse_port(const char *text, unsigned *ret)
{
    unsigned port = 0;

    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || c - text >= 5)
            return false;
        port = port * 10 + (unsigned)(*c - '0');
    }
    *ret = port;
    return port >= 1 && port <= 65535;
}

static const char *why_refused(const struct route_rules *rules, unsigned port)
{
    if (port == rules->http_port)
        return "is the port of the HTTP frontend ([lb] http_port)";
    if (port == rules->https_port)
        return "is the port of the HTTPS frontend ([lb] https_port)";
    if (port == rules->stats_port)
        return "is the port of HAProxy's statistics ([lb] stats_port)";
    if (portset_has(&rules->pool, port))
        return "lies in the pool that host ports are assigned from";
    return NULL;
}

/* Keeps the list sorted and free of doubles. */
static void add_port(struct reading *r, uint16_t port)
{
    struct wish *w = r->wish;
    size_t at = 0;

    while (at < w->n_ports && w->ports[at] < port)
        at++;
    if (at < w->n_ports && w->ports[at] == port)
        return;
    if (w->n_ports >= ROUTE_PORTS_MAX) {
        problems_add(r->problems, r->subject, "has more than %d service ports: %u is left out",
                     ROUTE_PORTS_MAX, port);
        return;
    }
    w->ports = xgrow(w->ports, w->n_ports, &r->cap_ports, sizeof *w->ports);
    memmove(w->ports + at + 1, w->ports + at, (w->n_ports - at) * sizeof *w->ports);
    w->ports[at] = port;
    w->n_ports++;
}

/* A host name can only be routed in HTTP, so it decides. */
static void decide_mode(struct reading *r)
{
    struct wish *w = r->wish;

    w->http = w->vhosts.n || r->says_http;
    if (w->http && r->says_tcp)
        problems_add(r->problems, r->subject,
                     "asks for mode tcp and for %s: it runs in mode http; drop one of the two",
                     w->vhosts.n ? "a host name" : "mode http");
    if (w->vhosts.n && !r->rules->http_port && !r->rules->https_port)
        problems_add(r->problems, r->subject,
                     "asks for a host name, but there is no HTTP frontend: set [lb] http_port");
    if (w->tuning.balance && !w->http && !strcmp(w->tuning.balance, "uri")) {
        problems_add(r->problems, r->subject,
                     "asks to be balanced by uri, which mode tcp does not see: ask for mode http");
        w->tuning.balance = NULL;
    }
}

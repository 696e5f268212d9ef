#include "lb-template/render.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/xmalloc.h"

#define MAXCONN_MIN 100u
#define MAXCONN_MAX 100000u
#define RESERVE_MIN 256u /* descriptors for listeners and health checks, at least */

/* `default-server` does not reach servers that are added at run time, so each line carries all.
 * Without pool-max-conn and pool-purge-delay HAProxy 2.6 gives such servers no idle pool. */
#define SERVER_OPTIONS                                                                             \
    "check inter 2s fastinter 500ms downinter 1s fall 2 rise 1 "                                   \
    "observe layer4 error-limit 3 on-error mark-down "                                             \
    "pool-max-conn -1 pool-purge-delay 5s"

static void global(const struct render_config *c, struct sbuf *out);
static void defaults(struct sbuf *out);
static void http_frontend(const struct render_config *c, struct sbuf *out);
static void https_frontend(const struct render_config *c, struct sbuf *out);
static void host_rules(const struct render_config *c, struct sbuf *out);
static void stats_frontend(const struct render_config *c, struct sbuf *out);
static void port_frontend(const struct render_config *c, const struct route *r, uint16_t port,
                          struct sbuf *out);
static void backend(const struct route *r, struct sbuf *out);
static void server(const struct route_server *s, struct sbuf *out);
static void bind_line(const char *address, unsigned port, const char *options, struct sbuf *out);

void render_cfg(const struct render_config *config, const struct routes *routes, struct sbuf *out)
{
    render_common(config, out);
    for (size_t i = 0; i < routes->n; i++)
        render_route(config, &routes->v[i], out);
}

void render_common(const struct render_config *config, struct sbuf *out)
{
    sbuf_adds(out, "# Written by berth: changes made here are lost.\n");
    global(config, out);
    defaults(out);
    if (config->http_port)
        http_frontend(config, out);
    if (config->https_port)
        https_frontend(config, out);
    if (config->stats_port)
        stats_frontend(config, out);
}

void render_route(const struct render_config *config, const struct route *route, struct sbuf *out)
{
    for (size_t i = 0; i < route->n_service_ports; i++)
        port_frontend(config, route, route->service_ports[i], out);
    backend(route, out);
}

void render_map(const struct routes *routes, struct sbuf *out)
{
    for (size_t i = 0; i < routes->n; i++)
        for (size_t j = 0; j < routes->v[i].vhosts.n; j++)
            sbuf_addf(out, "%s %s\n", routes->v[i].vhosts.v[j], routes->v[i].backend);
}

unsigned render_maxconn(uint64_t nofile, const struct routes *routes)
{
    uint64_t others = RESERVE_MIN;
    uint64_t needed = 0;

    for (size_t i = 0; i < routes->n; i++)
        needed += routes->v[i].n_servers + routes->v[i].n_service_ports;
    while (others < needed + needed / 4)
        others *= 2;
    if (others < nofile / 4)
        others = nofile / 4;
    uint64_t n = nofile > others ? (nofile - others) / 2 : 0;
    if (n > MAXCONN_MAX)
        return MAXCONN_MAX;
    return n < MAXCONN_MIN ? MAXCONN_MIN : (unsigned)n;
}

static void global(const struct render_config *c, struct sbuf *out)
{
    sbuf_adds(out, "global\n"
                   "    master-worker\n"
                   "    mworker-max-reloads 10\n"
                   "    hard-stop-after 30m\n");
    sbuf_addf(out, "    maxconn %u\n", c->maxconn);
    sbuf_addf(out,
              "    stats socket %s/haproxy.sock mode 600 level admin expose-fd listeners\n"
              "    stats timeout 1h\n",
              c->dir);
    if (c->https_port) /* a renewed certificate is another structure: HAProxy reads it in a reload
                        */
        sbuf_addf(out, "    setenv BERTH_CERTS %s\n", c->certs_stamp);
    if (c->user)
        sbuf_addf(out, "    user %s\n", c->user);
    if (c->group)
        sbuf_addf(out, "    group %s\n", c->group);
}

static void defaults(struct sbuf *out)
{
    sbuf_adds(out, "\ndefaults\n"
                   "    mode http\n"
                   "    retries 3\n"
                   "    option redispatch 1\n"
                   "    timeout connect 5s\n"
                   "    timeout client 1m\n"
                   "    timeout server 1m\n"
                   "    timeout tunnel 1h\n"
                   "    timeout http-request 10s\n"
                   "    timeout http-keep-alive 1m\n"
                   "    timeout queue 30s\n"
                   "    timeout check 2s\n");
}

static void http_frontend(const struct render_config *c, struct sbuf *out)
{
    sbuf_adds(out, "\nfrontend berth_http\n");
    bind_line(c->bind, c->http_port, "", out);
    host_rules(c, out);
}

static void https_frontend(const struct render_config *c, struct sbuf *out)
{
    CLEAN(free_str) char *tls = xasprintf(" ssl crt %s alpn h2,http/1.1", c->certs);

    sbuf_adds(out, "\nfrontend berth_https\n");
    bind_line(c->bind, c->https_port, tls, out);
    sbuf_adds(out, "    http-request set-header X-Forwarded-Proto https\n");
    host_rules(c, out);
}

/* The name is asked for once and kept. A host that is not in the map is not echoed. */
static void host_rules(const struct render_config *c, struct sbuf *out)
{
    sbuf_addf(out,
              "    option idle-close-on-response\n"
              "    http-request set-var(txn.berth_host) req.hdr(host),host_only,lower,rtrim(.)\n"
              "    http-request set-var(txn.berth_backend) var(txn.berth_host),map(%s/" RENDER_MAP
              ")\n"
              "    http-request return status 503 content-type text/plain "
              "string \"No service has this host name.\\n\" "
              "unless { var(txn.berth_backend) -m found }\n"
              "    use_backend %%[var(txn.berth_backend)]\n",
              c->dir);
}

static void stats_frontend(const struct render_config *c, struct sbuf *out)
{
    sbuf_adds(out, "\nfrontend berth_stats\n");
    bind_line("127.0.0.1", c->stats_port, "", out);
    sbuf_adds(out, "    http-request use-service prometheus-exporter if { path /metrics }\n"
                   "    stats enable\n"
                   "    stats uri /\n");
}

static void port_frontend(const struct render_config *c, const struct route *r, uint16_t port,
                          struct sbuf *out)
{
    sbuf_addf(out, "\nfrontend berth_port_%u\n", port);
    bind_line(c->bind, port, "", out);
    sbuf_adds(out, r->http ? "    option idle-close-on-response\n" : "    mode tcp\n");
    sbuf_addf(out, "    default_backend %s\n", r->backend);
}

/* A request that may have reached a server that died is sent once more, to another one, where
 * repeating it does no harm. */
static void backend(const struct route *r, struct sbuf *out)
{
    sbuf_addf(out, "\nbackend %s\n", r->backend);
    if (r->http)
        sbuf_adds(out, "    balance leastconn\n"
                       "    http-reuse safe\n"
                       "    retry-on conn-failure empty-response\n"
                       "    http-request disable-l7-retry unless METH_GET or "
                       "{ method OPTIONS PUT DELETE }\n");
    else
        sbuf_adds(out, "    mode tcp\n"
                       "    balance leastconn\n");
    for (size_t i = 0; i < r->n_servers; i++)
        server(&r->servers[i], out);
}

static void server(const struct route_server *s, struct sbuf *out)
{
    char address[IPADDR_STRLEN];

    sbuf_addf(out, "    server %s %s id %u weight %u " SERVER_OPTIONS "\n", s->name,
              ipaddr_format_port(&s->address, s->port, address), s->id, s->weight);
}

static void bind_line(const char *address, unsigned port, const char *options, struct sbuf *out)
{
    struct ipaddr a;
    char text[IPADDR_STRLEN];

    if (ipaddr_parse(address, &a))
        sbuf_addf(out, "    bind *:%u%s\n", port, options);
    else
        sbuf_addf(out, "    bind %s%s%s\n", ipaddr_format_port(&a, port, text),
                  a.family == AF_INET6 && ipaddr_is_any(&a) ? " v4v6" : "", options);
}

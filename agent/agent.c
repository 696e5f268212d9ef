#include "agent/agent.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/admin.h"
#include "agent/hostaddr.h"
#include "agent/state.h"
#include "lib/file.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/consul.h"

#define AREA "agent"
#define TOKEN_MAX 4096 /* bytes of a token file */

static int open_identity(struct agent *a, struct err **err);
static int open_address6(struct agent *a, struct err **err);
static int open_registry(struct agent *a, struct err **err);
static int open_rooms(struct agent *a, struct err **err);
static void on_change(void *arg);
static void on_derive(struct ev_loop *loop, ev_timer *w, int events);
static void agent_derive(struct agent *a);

struct agent *agent_new(struct ev_loop *loop, const struct config *config, struct err **err)
{
    struct agent *a = xcalloc(1, sizeof *a);

    a->loop = loop;
    a->config = config;
    a->started = ev_now(loop);
    ev_timer_init(&a->derive, on_derive, 0., 0.);
    ev_set_priority(&a->derive, EV_MAXPRI);
    a->derive.data = a;
    a->http = http_new(loop);
    if (open_identity(a, err) || open_address6(a, err) || open_registry(a, err) ||
        open_rooms(a, err)) {
        agent_free(a);
        return NULL;
    }
    docker_start(a->docker);
    char address[IPADDR_STRLEN];
    log_info(AREA, "started node=%s address=%s registry=%s admin=%s", a->node,
             ipaddr_format(&a->address, address), config->registry, config->admin);
    return a;
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    ev_timer_stop(a->loop, &a->derive);
    admin_free(a->admin);
    lb_free(a->lb);
    registrator_free(a->registrator);
    if (a->registry)
        a->registry->ops->free(a->registry);
    portmap_free(a->portmap);
    docker_free(a->docker);
    http_free(a->http);
    free(a->node);
    free(a);
}

void agent_endpoints(const struct agent *a, struct endpoints *ret)
{
    endpoints_from_inventory(docker_inventory(a->docker), ev_now(a->loop), a->config->drain_max,
                             ret);
    for (size_t i = 0; a->portmap && i < ret->n; i++) {
        struct endpoint *e = &ret->v[i];

        if (e->reach != REACH_ASSIGNED)
            continue;
        const struct mapping *m =
            portmap_find(a->portmap, e->container_id, e->protocol, e->container_port);
        if (m)
            e->host_port = m->host_port;
    }
}

struct registrator_config agent_registrator_config(const struct agent *a)
{
    const struct config *c = a->config;

    return (struct registrator_config){
        .node = a->node,
        .host_addr = a->address,
        .host_addr6 = a->address6,
        .healthy_only = !strcmp(c->register_when, "healthy"),
        .adopt = !strcmp(c->adopt, "yes"),
        .deregister_on_kill = !strcmp(c->on_kill, "deregister"),
        .resync = c->resync,
    };
}

bool agent_is_ready(const struct agent *a)
{
    return docker_inventory(a->docker)->complete && docker_is_connected(a->docker) &&
           (!a->portmap || portmap_sync(a->portmap)->last_ok > 0.) &&
           (!a->registrator || registrator_sync(a->registrator)->last_ok > 0.) &&
           (!a->lb || lb_sync(a->lb)->last_ok > 0.);
}

/* ---- boot steps ---- */

/* The host part of "http://host:port", or NULL for another registry; the caller frees it. */
static char *registry_host(const char *url)
{
    const char *host = strstr(url, "://");

    if (!host)
        return NULL;
    host += 3;
    return xstrndup(host, strcspn(host, ":/"));
}

static int open_identity(struct agent *a, struct err **err)
{
    char name[256] = "";

    if (*a->config->node) {
        a->node = xstrdup(a->config->node);
    } else {
        gethostname(name, sizeof name - 1);
        if (!*name)
            return err_set(err, "this host has no name; say one with [agent] node");
        a->node = xstrdup(name);
    }
    if (*a->config->address)
        return ipaddr_parse(a->config->address, &a->address);
    CLEAN(free_str) char *peer = registry_host(a->config->registry);
    return hostaddr_find(peer, &a->address, err);
}

static int open_address6(struct agent *a, struct err **err)
{
    if (!strcmp(a->config->address6, "auto"))
        return hostaddr_find6(&a->address, &a->address6, err);
    if (strcmp(a->config->address6, "none"))
        return ipaddr_parse(a->config->address6, &a->address6);
    return 0;
}

static int open_registry(struct agent *a, struct err **err)
{
    CLEAN(free_str) char *token = NULL;

    if (!strcmp(a->config->registry, "local")) {
        a->registry = local_registry_new();
        return 0;
    }
    if (*a->config->consul_token_file) {
        token = file_read(a->config->consul_token_file, TOKEN_MAX, NULL, err);
        if (!token)
            return err_wrap(err, "[registrator] consul_token_file");
        token[strcspn(token, " \t\r\n")] = '\0';
    }
    a->registry = consul_registry_new(a->loop, a->http,
                                      &(struct consul_config){.url = a->config->registry,
                                                              .token = token ? token : "",
                                                              .node = a->node},
                                      err);
    return a->registry ? 0 : -1;
}

static int open_lb(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *dir = xasprintf("%s/haproxy", c->run_dir);

    if (file_make_dirs(dir, 0755, err))
        return err_wrap(err, "[agent] run_dir");
    a->lb = lb_new(a->loop,
                   &(struct lb_config){.haproxy = c->haproxy,
                                       .dir = dir,
                                       .bind = c->bind,
                                       .http_port = c->http_port,
                                       .stats_port = c->stats_port,
                                       .pool_first = c->portmap ? c->pool_first : 0,
                                       .pool_last = c->portmap ? c->pool_last : 0,
                                       .manage = c->manage,
                                       .resync = c->resync},
                   on_change, a, err);
    return a->lb ? 0 : -1;
}

static int open_rooms(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct registrator_config config = agent_registrator_config(a);

    a->docker =
        docker_new(a->loop, a->http,
                   &(struct docker_config){
                       .socket = c->docker_socket, .resync = c->resync, .drain_max = c->drain_max},
                   on_change, a);
    if (c->portmap) {
        CLEAN(free_str) char *ports_file = xasprintf("%s/ports", c->state_dir);

        a->portmap = portmap_new(a->loop,
                                 &(struct portmap_config){.pool_first = c->pool_first,
                                                          .pool_last = c->pool_last,
                                                          .mark = c->mark,
                                                          .quarantine = c->quarantine,
                                                          .ports_file = ports_file,
                                                          .resync = c->resync},
                                 on_change, a, err);
        if (!a->portmap)
            return -1;
    }
    if (c->registrator)
        a->registrator = registrator_new(a->loop, &config, a->registry, on_change, a);
    if (c->lb && open_lb(a, err))
        return -1;
    if (!*c->admin)
        return 0;
    a->admin = admin_new(a->loop, c->admin, state_answer, a, err);
    return a->admin ? 0 : -1;
}

/* ---- what is wanted ---- */

/* Something has changed somewhere: work out anew what is wanted, once the loop runs again. */
static void on_change(void *arg)
{
    struct agent *a = arg;

    ev_timer_stop(a->loop, &a->derive);
    ev_timer_set(&a->derive, 0., 0.);
    ev_timer_start(a->loop, &a->derive);
}

static void on_derive(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    agent_derive(w->data);
}

/* A mapping outlives its container until nobody is told its address any more. */
static bool mapping_in_use(void *arg, const struct mapping *m)
{
    const struct agent *a = arg;

    return a->registrator &&
           registrator_holds(a->registrator, m->container_id, m->protocol, m->container_port);
}

static void on_catalog(void *arg, const struct instances *catalog, const struct err *err)
{
    struct agent *a = arg;

    if (err)
        log_warn(AREA, "the catalog cannot be read, the last one stays: %s", err_msg(err));
    else
        lb_on_catalog(a->lb, catalog);
}

/* The local registry is empty until this host's containers are in it: HAProxy must not see that. */
static bool catalog_is_true(const struct agent *a)
{
    return a->registry->ops->watch_own || !a->registrator ||
           registrator_sync(a->registrator)->last_ok > 0.;
}

/* Wakes us when the next container that ignored its stop signal takes traffic again. */
static void schedule_drain_end(struct agent *a)
{
    double end = inventory_next_drain_end(docker_inventory(a->docker), ev_now(a->loop),
                                          a->config->drain_max);

    if (end == 0. || ev_is_active(&a->derive))
        return;
    double delay = end - ev_now(a->loop);
    ev_timer_set(&a->derive, delay > 0.01 ? delay : 0.01, 0.);
    ev_timer_start(a->loop, &a->derive);
}

static void agent_derive(struct agent *a)
{
    struct endpoints endpoints = {0};

    if (a->lb && !a->catalog_watched && catalog_is_true(a)) {
        a->catalog_watched = true;
        a->registry->ops->watch_catalog(a->registry, on_catalog, a);
    }
    if (!docker_inventory(a->docker)->complete)
        return;
    agent_endpoints(a, &endpoints);
    if (a->portmap)
        portmap_want(a->portmap, endpoints.v, endpoints.n, mapping_in_use);
    /* Before the kernel's leases are known, an endpoint without a host port may have one. */
    if (a->registrator && (!a->portmap || portmap_sync(a->portmap)->last_ok > 0.))
        registrator_want(a->registrator, endpoints.v, endpoints.n);
    endpoints_done(&endpoints);
    schedule_drain_end(a);
}

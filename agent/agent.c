#include "agent/agent.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/admin.h"
#include "agent/agent_lock.h"
#include "agent/agent_registry.h"
#include "agent/docker_host.h"
#include "agent/hostaddr.h"
#include "agent/state.h"
#include "agent/tags.h"
#include "lib/file.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"
#include "registrator/open.h"

#define AREA "agent"

static int take_lock(struct agent *a, struct err **err);
static void find_endpoints(const struct agent *a, struct endpoints *ret, struct problems *problems);
static int open_identity(struct agent *a, struct err **err);
static int open_address6(struct agent *a, struct err **err);
static int open_rooms(struct agent *a, struct err **err);
static void on_change(void *arg);
static void on_vm_change(void *arg);
static void on_derive(struct ev_loop *loop, ev_timer *w, int events);
static void agent_derive(struct agent *a);
static void join_catalog(struct agent *a);

struct agent *agent_new(struct ev_loop *loop, const struct config *config, struct err **err)
{
    struct agent *a = xcalloc(1, sizeof *a);

    a->loop = loop;
    a->config = config;
    a->started = ev_now(loop);
    a->lock = -1;
    ev_timer_init(&a->derive, on_derive, 0., 0.);
    ev_set_priority(&a->derive, EV_MAXPRI);
    a->derive.data = a;
    a->http = http_new(loop);
    if (take_lock(a, err) || open_identity(a, err) || open_address6(a, err) ||
        agent_open_registry(a, on_vm_change, err) || open_rooms(a, err)) {
        agent_free(a);
        return NULL;
    }
    return a;
}

void agent_start(struct agent *a)
{
    char address[IPADDR_STRLEN];

    docker_start(a->docker);
    log_info(AREA, "started node=%s address=%s registry=%s admin=%s", a->node,
             ipaddr_format(&a->address, address), a->config->registry,
             *a->config->admin ? a->config->admin : "none");
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    ev_timer_stop(a->loop, &a->derive);
    admin_free(a->admin);
    lb_free(a->lb);
    registrator_free(a->registrator);
    vm_free(a->vm);
    instances_done(&a->catalog);
    if (a->registry)
        a->registry->ops->free(a->registry);
    portmap_free(a->portmap);
    docker_free(a->docker);
    http_free(a->http);
    if (a->lock >= 0)
        close(a->lock);
    problems_done(&a->problems);
    strv_done(&a->notes);
    free(a->node);
    free(a);
}

void agent_endpoints(const struct agent *a, struct endpoints *ret)
{
    find_endpoints(a, ret, NULL);
}

/* What cannot be followed is told to 'problems', which may be NULL. */
static void find_endpoints(const struct agent *a, struct endpoints *ret, struct problems *problems)
{
    const struct config *c = a->config;
    struct reach_rules rules = {.networks = c->networks.v,
                                .n_networks = c->networks.n,
                                .drivers = c->drivers.v,
                                .n_drivers = c->drivers.n};

    endpoints_from_inventory(docker_inventory(a->docker), &rules, ev_now(a->loop), c->drain_max,
                             ret, problems);
    for (size_t i = 0; a->portmap && i < ret->n; i++) {
        struct endpoint *e = &ret->v[i];

        if (e->reach != REACH_ASSIGNED)
            continue;
        if (a->portmap_bind.family && ipaddr_is_any(&e->host_addr))
            e->host_addr = a->portmap_bind;
        const struct mapping *m =
            portmap_find(a->portmap, e->container_id, e->protocol, e->container_port);
        if (m) {
            e->host_port = m->host_port;
            e->host_addr = m->host_addr;
        } else {
            e->why = portmap_why(a->portmap, e->container_id, e->protocol, e->container_port);
        }
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
        .tags = tags_is_template(c->tags) ? "" : c->tags,
        .strict = c->strict,
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

/* One agent has the kernel and HAProxy of a host. Registrators can run beside it and each other,
 * each with a registry of its own. */
static int take_lock(struct agent *a, struct err **err)
{
    if (a->config->as_registrator)
        return 0;
    a->lock = agent_lock(a->config->run_dir, err);
    return a->lock < 0 ? -1 : 0;
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
    struct address registry = {0};
    if (address_parse(a->config->registry, &registry, err))
        return err_wrap(err, "[registrator] registry");
    CLEAN(free_str) char *peer = address_host(&registry);
    address_done(&registry);
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

static bool keeps_failed(const struct config *c)
{
    return !strcmp(c->deregister, "on-success");
}

static int open_lb(struct agent *a, struct err **err)
{
    static const struct portset none;
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
                                       .https_port = *c->certs ? c->https_port : 0,
                                       .certs = c->certs,
                                       .select = c->lb_select,
                                       .wait = c->lb_wait,
                                       .pool = c->portmap ? c->pool_ports : none,
                                       .manage = c->manage,
                                       .resync = c->resync},
                   on_change, a, err);
    return a->lb ? 0 : -1;
}

static int open_docker(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct http_server server = {0};

    if (docker_host_parse(c->docker_socket, c->docker_cert_path, &server, err))
        return err_wrap(err, "[docker] socket");
    a->docker = docker_new(a->loop, a->http,
                           &(struct docker_config){.server = &server,
                                                   .keep_label = c->ip_from_label,
                                                   .tags = c->tags,
                                                   .resync = c->resync,
                                                   .drain_max = c->drain_max,
                                                   .watch_failed = keeps_failed(c)},
                           on_change, a);
    http_server_done(&server);
    return 0;
}

static int open_portmap(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *ports_file = xasprintf("%s/ports", c->state_dir);
    CLEAN(free_str) char *undo_file = xasprintf("%s/undo", c->state_dir);

    if (*c->portmap_bind)
        ipaddr_parse(c->portmap_bind, &a->portmap_bind);
    a->portmap = portmap_new(a->loop,
                             &(struct portmap_config){.pool = c->pool_ports,
                                                      .mark = c->mark,
                                                      .quarantine = c->quarantine,
                                                      .ports_file = ports_file,
                                                      .undo_file = undo_file,
                                                      .resync = c->resync},
                             on_change, a, err);
    return a->portmap ? 0 : -1;
}

static void set_selection(struct agent *a)
{
    const struct config *c = a->config;

    a->selection = (struct selection){.published_only = c->as_registrator,
                                      .internal = c->internal,
                                      .explicit_only = c->explicit_only,
                                      .ip_from_label = c->ip_from_label};
    if (*c->ip)
        ipaddr_parse(c->ip, &a->selection.ip);
}

static void open_registrator(struct agent *a)
{
    struct registrator_config config = agent_registrator_config(a);

    a->registrator = registrator_new(a->loop, &config, a->registry, on_change, a);
}

static int open_rooms(struct agent *a, struct err **err)
{
    const struct config *c = a->config;

    set_selection(a);
    if (open_docker(a, err) || (c->portmap && open_portmap(a, err)))
        return -1;
    if (c->registrator)
        open_registrator(a);
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

    if (err) {
        log_warn(AREA, "the catalog cannot be read, the last one stays: %s", err_msg(err));
    } else if (a->vm && !a->registry->ops->watch_own) {
        instances_done(&a->catalog);
        instances_copy(&a->catalog, catalog);
        a->has_catalog = true;
        join_catalog(a);
    } else {
        lb_on_catalog(a->lb, catalog);
    }
}

/* The local catalog has the containers; the declared machines join it here. */
static void join_catalog(struct agent *a)
{
    struct instances all = {0};

    instances_join(&a->catalog, vm_instances(a->vm), &all);
    lb_on_catalog(a->lb, &all);
    instances_done(&all);
}

static void on_vm_change(void *arg)
{
    struct agent *a = arg;

    if (a->has_catalog)
        join_catalog(a);
    else
        on_change(a);
}

/* The local registry is empty until this host's containers are in it, and declared machines join it
 * when they have been checked: HAProxy must not see less. */
static bool catalog_is_true(const struct agent *a)
{
    return a->registry->ops->watch_own ||
           ((!a->registrator || registrator_sync(a->registrator)->last_ok > 0.) &&
            (!a->vm || vm_is_ready(a->vm)));
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

/* Registrator's lines, for those who look for them. Each is said when it becomes so. */
static void log_as_registrator(struct agent *a, struct strv *notes)
{
    const struct inventory *inv = docker_inventory(a->docker);

    if (!a->listings)
        log_info("registrator", "Listening for Docker events ...");
    if (a->listings != inv->listings)
        log_info("registrator", "Syncing services on %zu containers", inv->n);
    a->listings = inv->listings;
    for (size_t i = 0; i < notes->n; i++)
        if (!strv_contains(&a->notes, notes->v[i]))
            log_info("registrator", "%s", notes->v[i]);
    strv_done(&a->notes);
    a->notes = *notes;
    *notes = (struct strv){0};
}

static void want_instances(struct agent *a, struct endpoints *endpoints)
{
    const struct inventory *inv = docker_inventory(a->docker);
    struct strv notes = {0}, failed = {0}, running = {0};

    inventory_names(inv, &running);
    registrator_running(a->registrator, &running);
    selection_apply(&a->selection, inv, endpoints, a->config->as_registrator ? &notes : NULL);
    if (a->config->as_registrator)
        log_as_registrator(a, &notes);
    for (size_t i = 0; i < inv->n; i++)
        if (inv->v[i].failed)
            strv_add(&failed, inv->v[i].id);
    registrator_keep(a->registrator, &failed);
    strv_done(&failed);
    registrator_want(a->registrator, endpoints->v, endpoints->n);
}

/* Before the kernel's leases are known, an endpoint without a host port may have one. Where they
 * cannot be known, the others need not wait. */
static bool host_ports_are_known(const struct agent *a)
{
    return !a->portmap || portmap_sync(a->portmap)->last_ok > 0. || portmap_is_refused(a->portmap);
}

static void agent_derive(struct agent *a)
{
    struct endpoints endpoints = {0};
    struct problems problems = {0};

    if (a->lb && !a->catalog_watched && catalog_is_true(a)) {
        a->catalog_watched = true;
        a->registry->ops->watch_catalog(a->registry, on_catalog, a);
    }
    if (!docker_inventory(a->docker)->complete)
        return;
    find_endpoints(a, &endpoints, &problems);
    problems_report(AREA, &a->problems, &problems);
    problems_done(&problems);
    if (a->portmap)
        portmap_want(a->portmap, endpoints.v, endpoints.n, mapping_in_use);
    if (a->registrator && host_ports_are_known(a))
        want_instances(a, &endpoints);
    endpoints_done(&endpoints);
    schedule_drain_end(a);
}

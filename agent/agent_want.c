#include "agent/agent_want.h"

#include "agent/agent_admin.h"
#include "agent/agent_announce.h"
#include "agent/agent_catalog.h"
#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "lib/log.h"

#define AREA "agent"

static void on_derive(struct ev_loop *loop, ev_timer *w, int events);
static void on_notice(struct ev_loop *loop, ev_timer *w, int events);
static void start_now(struct agent *a, ev_timer *timer);
static void derive(struct agent *a);
static void find_endpoints(const struct agent *a, struct endpoints *ret, struct problems *problems);
static bool mapping_in_use(void *arg, const struct mapping *m);
static bool host_ports_are_known(const struct agent *a);
static void want_instances(struct agent *a, struct endpoints *endpoints);
static void log_as_registrator(struct agent *a, struct strv *notes);
static void schedule_drain_end(struct agent *a);

void agent_want_init(struct agent *a)
{
    ev_timer_init(&a->derive, on_derive, 0., 0.);
    ev_timer_init(&a->notice, on_notice, 0., 0.);
    ev_set_priority(&a->derive, EV_MAXPRI);
    a->derive.data = a->notice.data = a;
}

void agent_want_done(struct agent *a)
{
    ev_timer_stop(a->loop, &a->derive);
    ev_timer_stop(a->loop, &a->notice);
    problems_done(&a->problems);
    strv_done(&a->notes);
}

void agent_on_input(void *arg)
{
    struct agent *a = arg;

    start_now(a, &a->derive);
}

void agent_on_notice(void *arg)
{
    struct agent *a = arg;

    start_now(a, &a->notice);
}

void agent_endpoints(const struct agent *a, struct endpoints *ret)
{
    find_endpoints(a, ret, NULL);
}

static void on_derive(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    derive(w->data);
    agent_admin_touch(w->data);
}

static void on_notice(struct ev_loop *loop, ev_timer *w, int events)
{
    struct agent *a = w->data;

    (void)loop;
    (void)events;
    agent_watch_catalog(a);
    agent_announce(a);
    agent_dns(a);
    if (a->portmap)
        portmap_released(a->portmap);
    agent_admin_touch(a);
}

/* Once the loop runs again. The timer may be set to a later time. */
static void start_now(struct agent *a, ev_timer *timer)
{
    ev_timer_stop(a->loop, timer);
    ev_timer_set(timer, 0., 0.);
    ev_timer_start(a->loop, timer);
}

static void derive(struct agent *a)
{
    struct endpoints endpoints = {0};
    struct problems problems = {0};

    agent_watch_catalog(a);
    if (!docker_inventory(a->docker)->complete)
        return;
    if (a->marathon_node)
        marathon_node_see(a->marathon_node, docker_inventory(a->docker));
    find_endpoints(a, &endpoints, &problems);
    problems_report(AREA, &a->problems, &problems);
    problems_done(&problems);
    if (a->portmap)
        portmap_want(a->portmap, endpoints.v, endpoints.n, mapping_in_use);
    if (host_ports_are_known(a))
        agent_dubbo_want(a, &endpoints);
    if (a->registrator && host_ports_are_known(a))
        want_instances(a, &endpoints);
    endpoints_done(&endpoints);
    schedule_drain_end(a);
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
    if (a->marathon_node)
        marathon_node_apply(a->marathon_node, ret);
}

/* A mapping outlives its container until nobody is told its address any more. */
static bool mapping_in_use(void *arg, const struct mapping *m)
{
    const struct agent *a = arg;

    return (a->registrator &&
            registrator_holds(a->registrator, m->container_id, m->protocol, m->container_port)) ||
           (m->protocol == IPPROTO_TCP && agent_dubbo_holds(a, m->host_port));
}

/* Before the kernel's leases are known, an endpoint without a host port may have one. Where they
 * cannot be known, the others need not wait. */
static bool host_ports_are_known(const struct agent *a)
{
    return !a->portmap || portmap_sync(a->portmap)->last_ok > 0. || portmap_is_refused(a->portmap);
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

/* Registrator's lines, for those who look for them. Each is said when it becomes so. */
static void log_as_registrator(struct agent *a, struct strv *notes)
{
    const struct inventory *inv = docker_inventory(a->docker);
    size_t running = 0;

    if (!a->listings)
        log_info("registrator", "Listening for Docker events ...");
    for (size_t i = 0; i < inv->n; i++)
        running += inv->v[i].container != NULL;
    if (a->listings != inv->listings)
        log_info("registrator", "Syncing services on %zu containers", running);
    a->listings = inv->listings;
    for (size_t i = 0; i < notes->n; i++)
        if (!strv_contains(&a->notes, notes->v[i]))
            log_info("registrator", "%s", notes->v[i]);
    strv_done(&a->notes);
    a->notes = *notes;
    *notes = (struct strv){0};
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

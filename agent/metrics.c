#include "agent/state.h"

#include <string.h>

#include "agent/agent_catalog.h"
#include "agent/agent_dubbo.h"
#include "agent/config_reload.h"
#include "lib/sbuf.h"

static void add_head(struct sbuf *out, const char *name, const char *type, const char *help)
{
    sbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_number(struct sbuf *out, const char *name, const char *type, const char *help,
                       double value)
{
    add_head(out, name, type, help);
    sbuf_addf(out, "%s %.15g\n", name, value);
}

static size_t collect_syncs(const struct agent *a, const struct sync *ret[5])
{
    size_t n = 0;

    if (a->config->docker)
        ret[n++] = docker_sync(a->docker);
    if (a->portmap)
        ret[n++] = portmap_sync(a->portmap);
    if (a->registrator)
        ret[n++] = registrator_sync(a->registrator);
    if (agent_dubbo_sync(a))
        ret[n++] = agent_dubbo_sync(a);
    if (a->lb)
        ret[n++] = lb_sync(a->lb);
    return n;
}

static void add_syncs(struct sbuf *out, const struct agent *a)
{
    const struct sync *syncs[5];
    size_t n = collect_syncs(a, syncs);

    add_head(out, "berth_passes_total", "counter", "Reconciliation passes that have ended.");
    for (size_t i = 0; i < n; i++)
        sbuf_addf(out, "berth_passes_total{room=\"%s\"} %llu\n", syncs[i]->name,
                  (unsigned long long)syncs[i]->passes);
    add_head(out, "berth_pass_errors_total", "counter", "Reconciliation passes that have failed.");
    for (size_t i = 0; i < n; i++)
        sbuf_addf(out, "berth_pass_errors_total{room=\"%s\"} %llu\n", syncs[i]->name,
                  (unsigned long long)syncs[i]->errors);
    add_head(out, "berth_last_success_timestamp_seconds", "gauge",
             "When the room's last good pass ended; 0: never.");
    for (size_t i = 0; i < n; i++)
        sbuf_addf(out, "berth_last_success_timestamp_seconds{room=\"%s\"} %.3f\n", syncs[i]->name,
                  syncs[i]->last_ok);
}

static size_t count_problems(const struct agent *a)
{
    return a->problems.n + (a->reload ? config_reload_problems(a->reload)->n : 0) +
           docker_problems(a->docker)->n + (a->portmap ? portmap_problems(a->portmap)->n : 0) +
           (a->registrator ? registrator_problems(a->registrator)->n : 0) +
           (agent_dubbo_problems(a) ? agent_dubbo_problems(a)->n : 0) +
           (a->lb ? lb_problems(a->lb)->n : 0);
}

static size_t count_containers(const struct agent *a)
{
    const struct inventory *inv = docker_inventory(a->docker);
    size_t n = 0;

    for (size_t i = 0; i < inv->n; i++)
        n += inv->v[i].container != NULL;
    return n;
}

static void add_lb(struct sbuf *out, const struct agent *a)
{
    const struct lb_counters *c = lb_counters(a->lb);
    size_t n_backends, servers;

    lb_count(a->lb, &n_backends, &servers);
    add_number(out, "berth_lb_backends", "gauge", "Backends in HAProxy that berth renders.",
               (double)n_backends);
    add_number(out, "berth_lb_servers", "gauge", "Servers in those backends.", (double)servers);
    add_number(out, "berth_lb_quarantined", "gauge",
               "Services that are left out because HAProxy refuses what they bring.",
               (double)lb_banned(a->lb));
    add_number(out, "berth_lb_reloads_total", "counter", "Reloads of HAProxy.", (double)c->reloads);
    add_number(out, "berth_lb_reload_failures_total", "counter", "Reloads that HAProxy refused.",
               (double)c->reload_failures);
    add_number(out, "berth_lb_runtime_commands_total", "counter",
               "Commands sent to HAProxy's runtime API.", (double)c->runtime_commands);
    add_number(out, "berth_lb_runtime_failures_total", "counter",
               "Runtime commands that HAProxy refused.", (double)c->runtime_failures);
}

static size_t count_ipv6(const struct portmap *p)
{
    size_t n, with = 0;
    const struct mapping *v = portmap_list(p, &n);

    for (size_t i = 0; i < n; i++)
        with += v[i].container_addr6.family != 0;
    return with;
}

static void add_docker(struct sbuf *out, const struct agent *a)
{
    if (!a->config->docker)
        return;
    add_number(out, "berth_docker_connected", "gauge", "1 while Docker's event stream is open.",
               docker_is_connected(a->docker));
    add_number(out, "berth_docker_events_total", "counter", "Events read from Docker.",
               (double)docker_events(a->docker));
    add_number(out, "berth_containers", "gauge", "Running containers that are known.",
               (double)count_containers(a));
}

char *state_metrics(const struct agent *a)
{
    struct sbuf out = SBUF_INIT;
    size_t mappings = 0;

    add_head(&out, "berth_info", "gauge", "Version of the agent.");
    sbuf_addf(&out, "berth_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
    add_number(&out, "berth_start_time_seconds", "gauge", "When the agent started.", a->started);
    add_number(&out, "berth_ready", "gauge", "1 when every room has been in step once.",
               agent_is_ready(a));
    if (a->reload)
        config_reload_metrics(a->reload, &out);
    add_docker(&out, a);
    add_number(&out, "berth_problems", "gauge", "Problems that a person should mend.",
               (double)count_problems(a));
    if (a->portmap) {
        portmap_list(a->portmap, &mappings);
        add_number(&out, "berth_mappings", "gauge", "Host ports that berth has assigned.",
                   (double)mappings);
        add_number(&out, "berth_mappings_ipv6", "gauge",
                   "Those of them that lead to an IPv6 address, too or alone.",
                   (double)count_ipv6(a->portmap));
        add_number(&out, "berth_pool_ports", "gauge", "Host ports in the pool.",
                   portset_size(&a->config->pool_ports));
    }
    agent_catalog_metrics(a, &out);
    if (a->registrator)
        add_number(&out, "berth_instances", "gauge", "Service instances that berth registers.",
                   (double)registrator_wanted(a->registrator)->n);
    agent_dubbo_add_metrics(a, &out);
    add_syncs(&out, a);
    if (a->lb)
        add_lb(&out, a);
    return sbuf_take(&out);
}

#include "agent/state.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent_admin.h"
#include "agent/agent_catalog.h"
#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/agent_problems.h"
#include "agent/agent_syncs.h"
#include "agent/config_reload.h"
#include "agent/metric.h"
#include "lib/file.h"
#include "lib/sbuf.h"

#define PROC_MAX 64 /* bytes of a file with one number */

/* Rooms of one name are one to who reads the metrics: the first of them is told. */
static void only_names(struct agent_syncs *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        size_t k = 0;

        while (k < n && strcmp(l->v[k]->name, l->v[i]->name))
            k++;
        if (k == n)
            l->v[n++] = l->v[i];
    }
    l->n = n;
}

static void add_syncs(struct sbuf *out, const struct agent *a)
{
    struct agent_syncs l;

    agent_syncs(a, &l);
    only_names(&l);
    metric_head(out, "berth_passes_total", "counter", "Reconciliation passes that have ended.");
    for (size_t i = 0; i < l.n; i++)
        metric_of_room(out, "berth_passes_total", l.v[i]->name, (double)l.v[i]->passes);
    metric_head(out, "berth_pass_errors_total", "counter",
                "Reconciliation passes that have failed.");
    for (size_t i = 0; i < l.n; i++)
        metric_of_room(out, "berth_pass_errors_total", l.v[i]->name, (double)l.v[i]->errors);
    metric_head(out, "berth_last_success_timestamp_seconds", "gauge",
                "When the room's last good pass ended; 0: never.");
    for (size_t i = 0; i < l.n; i++)
        metric_of_room(out, "berth_last_success_timestamp_seconds", l.v[i]->name, l.v[i]->last_ok);
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
    metric_add(out, "berth_lb_backends", "gauge", "Backends in HAProxy that berth renders.",
               (double)n_backends);
    metric_add(out, "berth_lb_servers", "gauge", "Servers in those backends.", (double)servers);
    metric_add(out, "berth_lb_reloads_total", "counter", "Reloads of HAProxy.", (double)c->reloads);
    metric_add(out, "berth_lb_reload_failures_total", "counter", "Reloads that HAProxy refused.",
               (double)c->reload_failures);
    metric_add(out, "berth_lb_runtime_commands_total", "counter",
               "Commands sent to HAProxy's runtime API.", (double)c->runtime_commands);
    metric_add(out, "berth_lb_runtime_failures_total", "counter",
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
    metric_add(out, "berth_docker_connected", "gauge", "1 while Docker's event stream is open.",
               docker_is_connected(a->docker));
    metric_add(out, "berth_docker_events_total", "counter", "Events read from Docker.",
               (double)docker_events(a->docker));
    metric_add(out, "berth_containers", "gauge", "Running containers that are known.",
               (double)count_containers(a));
}

/* A port counts once, whatever protocols use it. */
static void add_pool(struct sbuf *out, const struct agent *a)
{
    const struct quarantine *q = portmap_quarantine(a->portmap);
    struct portset free_ports = a->config->pool_ports;
    unsigned all = portset_size(&free_ports), rested;
    size_t n;
    const struct mapping *v = portmap_list(a->portmap, &n);

    for (size_t i = 0; i < q->n; i++)
        portset_remove(&free_ports, q->v[i].host_port, q->v[i].host_port);
    rested = all - portset_size(&free_ports);
    for (size_t i = 0; i < n; i++)
        portset_remove(&free_ports, v[i].host_port, v[i].host_port);
    metric_add(out, "berth_pool_ports", "gauge", "Host ports in the pool.", all);
    metric_add(out, "berth_pool_resting_ports", "gauge",
               "Ports of the pool that were freed a moment ago, and rest.", rested);
    metric_add(out, "berth_pool_used_ports", "gauge", "Ports of the pool that lead to a container.",
               all - rested - portset_size(&free_ports));
    metric_add(out, "berth_pool_free_ports", "gauge", "Ports of the pool that can be assigned.",
               portset_size(&free_ports));
}

static void add_portmap(struct sbuf *out, const struct agent *a)
{
    size_t mappings;

    portmap_list(a->portmap, &mappings);
    metric_add(out, "berth_mappings", "gauge", "Host ports that berth has assigned.",
               (double)mappings);
    metric_add(out, "berth_mappings_ipv6", "gauge",
               "Those of them that lead to an IPv6 address, too or alone.",
               (double)count_ipv6(a->portmap));
    add_pool(out, a);
}

/* What is left out so that the rest is served. */
static void add_quarantined(struct sbuf *out, const struct agent *a)
{
    metric_head(out, "berth_quarantined", "gauge",
                "What is left out so that the rest can be served: of docker, containers whose "
                "document cannot be used; of lb, services that HAProxy refuses.");
    metric_of_room(out, "berth_quarantined", "docker", (double)docker_problems(a->docker)->n);
    if (a->lb)
        metric_of_room(out, "berth_quarantined", "lb", (double)lb_banned(a->lb));
}

/* Nothing where the kernel tracks no connections yet. */
static void add_proc(struct sbuf *out, const char *name, const char *help, const char *path)
{
    CLEAN(free_str) char *text = file_read(path, PROC_MAX, NULL, NULL);

    if (text)
        metric_add(out, name, "gauge", help, (double)strtoull(text, NULL, 10));
}

static void add_conntrack(struct sbuf *out)
{
    add_proc(out, "berth_conntrack_entries", "Connections that the kernel tracks.",
             "/proc/sys/net/netfilter/nf_conntrack_count");
    add_proc(out, "berth_conntrack_entries_limit",
             "How many it can track; beyond it, new connections are dropped.",
             "/proc/sys/net/netfilter/nf_conntrack_max");
}

char *state_metrics(const struct agent *a)
{
    struct sbuf out = SBUF_INIT;

    metric_head(&out, "berth_build_info", "gauge", "Version of the agent.");
    sbuf_addf(&out, "berth_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
    metric_add(&out, "berth_start_time_seconds", "gauge", "When the agent started.", a->started);
    metric_add(&out, "berth_ready", "gauge", "1 when every room has been in step once.",
               agent_is_ready(a));
    if (a->reload)
        config_reload_metrics(a->reload, &out);
    add_docker(&out, a);
    metric_add(&out, "berth_problems", "gauge", "Problems that a person should mend.",
               (double)agent_problems_count(a));
    add_quarantined(&out, a);
    if (a->portmap)
        add_portmap(&out, a);
    add_conntrack(&out);
    agent_catalog_metrics(a, &out);
    if (a->registrator)
        metric_add(&out, "berth_instances", "gauge", "Service instances that berth registers.",
                   (double)registrator_wanted(a->registrator)->n);
    agent_dubbo_add_metrics(a, &out);
    add_syncs(&out, a);
    latency_print(a->latency, &out);
    metric_add(&out, "berth_admin_streams", "gauge", "Readers of /v1/events.",
               (double)agent_admin_readers(a));
    if (a->lb)
        add_lb(&out, a);
    return sbuf_take(&out);
}

#include <string.h>

#include "agent/check.h"
#include "lib/clean.h"
#include "lib/mesos.h"
#include "lib/xmalloc.h"

#define RANGE "proc/sys/net/ipv4/ip_local_port_range"
#define RESERVED "proc/sys/net/ipv4/ip_local_reserved_ports"

static void judge_local_range(const struct host *h, const char *text, struct findings *out);
static void judge_reserved(const struct host *h, struct findings *out);
static void judge_mesos(const struct host *h, const struct host_process *p, struct findings *out);
static void judge_mapping(const struct host *h, const struct mapping *m, struct findings *out);
static void judge_target(const struct host *h, const struct mapping *m, struct findings *out);
static bool has_address(const struct docker_view_container *c, const struct ipaddr *addr);
static bool is_listened_on(const struct host *h, const struct mapping *m);

void check_port_range(const struct host *h, struct findings *out)
{
    const char *range = host_file(h, RANGE);

    if (!range) {
        const char *lost = host_lost(h, RANGE);
        findings_add(out, FINDING_UNKNOWN, "%s", lost ? lost : "there is no /" RANGE);
        return;
    }
    judge_local_range(h, range, out);
    judge_reserved(h, out);
}

static void judge_local_range(const struct host *h, const char *text, struct findings *out)
{
    CLEAN(free_str) char *pool = portset_format(&h->pool);
    struct portset local = {0};
    struct portrange common;
    unsigned first, last;

    if (sscanf(text, "%5u %5u", &first, &last) != 2) {
        findings_add(out, FINDING_UNKNOWN, "/" RANGE " is no range of ports");
        return;
    }
    portset_add(&local, first, last);
    if (portset_overlap(&h->pool, &local, &common))
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "programs that connect somewhere take ports of the pool",
                                        "the pool %s overlaps ip_local_port_range %u-%u", pool,
                                        first, last),
                       "choose [portmap] pool in berth.conf outside of it, or sysctl -w "
                       "net.ipv4.ip_local_port_range='32768 60999'");
    else
        findings_add(out, FINDING_OK, "the pool %s is outside of ip_local_port_range %u-%u", pool,
                     first, last);
}

static void judge_reserved(const struct host *h, struct findings *out)
{
    CLEAN(free_str) char *pool = portset_format(&h->pool);
    const char *text = host_file(h, RESERVED);
    struct portset reserved = {0};

    portset_read(&reserved, text);
    if (!text) {
        findings_add(out, FINDING_UNKNOWN, "/" RESERVED " cannot be read");
    } else if (portset_covers(&reserved, &h->pool)) {
        findings_add(out, FINDING_OK, "the pool is reserved");
    } else {
        portset_add_set(&reserved, &h->pool);
        CLEAN(free_str) char *all = portset_format(&reserved);
        finding_sysctl(findings_add_why(out, FINDING_WARN,
                                        "the kernel and Docker may choose a port of the pool for "
                                        "something else",
                                        "the pool %s is not in ip_local_reserved_ports", pool),
                       true, RESERVED, all);
    }
}

void check_mesos(const struct host *h, struct findings *out)
{
    if (check_has_processes(h, out) && !host_count(h, HOST_MESOS))
        findings_add(out, FINDING_OK, "Mesos: none");
    for (size_t i = 0; i < h->n_processes; i++)
        if (h->processes[i].role == HOST_MESOS)
            judge_mesos(h, &h->processes[i], out);
}

static void judge_mesos(const struct host *h, const struct host_process *p, struct findings *out)
{
    CLEAN(free_str) char *pool = portset_format(&h->pool);
    struct portset ports = {0};
    struct portrange common;

    if (p->resources && mesos_file(p->resources)) {
        findings_add(out, FINDING_UNKNOWN,
                     "the Mesos agent (pid %d) has its resources in a file that cannot be read, "
                     "%s: see that its ports are outside of the pool %s",
                     p->pid, p->resources, pool);
        return;
    }
    mesos_ports(p->resources, &ports);
    CLEAN(free_str) char *offered = portset_format(&ports);
    if (portset_overlap(&h->pool, &ports, &common))
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "Marathon gives apps ports that berth has assigned, and "
                                        "the other way round",
                                        "the Mesos agent (pid %d) offers ports %s, and the pool "
                                        "is %s",
                                        p->pid, offered, pool),
                       "choose [portmap] pool in berth.conf outside of it");
    else
        findings_add(out, FINDING_OK, "the Mesos agent (pid %d) offers other ports than the pool",
                     p->pid);
}

void check_mappings(const struct host *h, struct findings *out)
{
    const struct survey *s = &h->survey;
    size_t before = out->n;

    if (!check_has_survey(h, out))
        return;
    if (s->n_foreign)
        finding_remedy(findings_add_why(out, FINDING_WARN, "berth removes them at its next pass",
                                        "%zu elements of the maps in berth's tables are not "
                                        "berth's",
                                        s->n_foreign),
                       "start berth agent");
    if (s->n_mappings && !host_process(h, HOST_AGENT))
        finding_remedy(findings_add_why(out, FINDING_WARN,
                                        "nothing holds the ports, and nobody follows the "
                                        "containers: a port may come to lead elsewhere",
                                        "%zu host ports lead to containers, and berth agent does "
                                        "not run",
                                        s->n_mappings),
                       "start berth agent");
    if (s->n_mappings)
        check_has_docker(h, out);
    for (size_t i = 0; i < s->n_mappings; i++)
        judge_mapping(h, &s->mappings[i], out);
    if (!s->n_mappings && out->n == before)
        findings_add(out, FINDING_OK, "host ports: none");
    else if (out->n == before)
        findings_add(out, FINDING_OK, "host ports: %zu, each leads to a running container",
                     s->n_mappings);
}

static void judge_mapping(const struct host *h, const struct mapping *m, struct findings *out)
{
    if (is_listened_on(h, m))
        finding_remedy(findings_add_why(out, FINDING_WARN,
                                        "the kernel sends what comes to that port to the "
                                        "container, and the program waits in vain",
                                        "a program has opened port %u/%s, which is a container's "
                                        "host port",
                                        m->host_port, protocol_name(m->protocol)),
                       "ss -lnp 'sport = %u' names it: give it another port", m->host_port);
    if (!h->docker_lost)
        judge_target(h, m, out);
}

/* While the agent runs it repairs this within a pass, unless the port is still registered. */
static void judge_target(const struct host *h, const struct mapping *m, struct findings *out)
{
    const struct docker_view_container *c = docker_view_find(&h->docker, m->container_id);
    const struct ipaddr *targets[] = {&m->container_addr, &m->container_addr6};
    char addr[IPADDR_STRLEN] = "";

    for (size_t i = 0; i < ARRAY_LEN(targets) && !*addr; i++)
        if (targets[i]->family && (!c || !has_address(c, targets[i])))
            ipaddr_format(targets[i], addr);
    if (!*addr)
        return;
    finding_remedy(
        findings_add_why(out, FINDING_WARN, "connections to it fail, or reach the wrong container",
                         "host port %u/%s leads to %s of container %.*s, which %s", m->host_port,
                         protocol_name(m->protocol), addr, CONTAINER_ID_SHORT,
                         m->container_id[0] ? m->container_id : "unknown",
                         c ? "has another address" : "does not run"),
        "see berth status; where no agent runs, start it: it puts that right");
}

/* As Docker writes it, or otherwise. */
static bool has_address(const struct docker_view_container *c, const struct ipaddr *addr)
{
    struct ipaddr own;

    for (size_t i = 0; i < c->addrs.n; i++)
        if (!ipaddr_parse(c->addrs.v[i], &own) && !ipaddr_cmp(&own, addr))
            return true;
    return false;
}

/* The agent holds TCP ports without listening, and its UDP sockets look like anybody's. */
static bool is_listened_on(const struct host *h, const struct mapping *m)
{
    for (size_t i = 0; i < h->listeners.n; i++) {
        const struct procfs_listener *l = &h->listeners.v[i];

        if (l->protocol == m->protocol && l->port == m->host_port &&
            (l->protocol == IPPROTO_TCP || !host_process(h, HOST_AGENT)))
            return true;
    }
    return false;
}

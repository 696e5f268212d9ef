#include <string.h>

#include "agent/check.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define RANGE "proc/sys/net/ipv4/ip_local_port_range"
#define RESERVED "proc/sys/net/ipv4/ip_local_reserved_ports"
#define MESOS_DEFAULT "ports:[31000-32000]" /* what an agent offers that was not told */

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

/* Two numbers with blanks between them. */
static void judge_local_range(const struct host *h, const char *text, struct findings *out)
{
    struct portranges local = {0};
    CLEAN(free_str) char *dashed = xstrdup(text);
    char *gap = dashed + strcspn(dashed, " \t");

    *gap = *gap ? '-' : '\0';
    for (char *p = gap + 1; gap[0] && (*p == ' ' || *p == '\t');)
        memmove(p, p + 1, strlen(p));
    portranges_parse(&local, dashed);
    if (!local.n)
        findings_add(out, FINDING_UNKNOWN, "/" RANGE " is no range of ports");
    else if (portranges_overlap(&local, h->pool))
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "programs that connect somewhere take ports of the pool",
                                        "the pool %u-%u overlaps ip_local_port_range %u-%u",
                                        h->pool.first, h->pool.last, local.v[0].first,
                                        local.v[0].last),
                       "choose [portmap] pool in berth.conf outside of it, or sysctl -w "
                       "net.ipv4.ip_local_port_range='32768 60999'");
    else
        findings_add(out, FINDING_OK, "the pool %u-%u is outside of ip_local_port_range %u-%u",
                     h->pool.first, h->pool.last, local.v[0].first, local.v[0].last);
    portranges_done(&local);
}

static void judge_reserved(const struct host *h, struct findings *out)
{
    const char *text = host_file(h, RESERVED);
    struct portranges reserved = {0};

    portranges_parse(&reserved, text);
    if (!text) {
        findings_add(out, FINDING_UNKNOWN, "/" RESERVED " cannot be read");
    } else if (portranges_contain(&reserved, h->pool)) {
        findings_add(out, FINDING_OK, "the pool is reserved");
    } else {
        portranges_add(&reserved, h->pool.first, h->pool.last);
        CLEAN(free_str) char *all = portranges_format(&reserved);
        finding_sysctl(findings_add_why(out, FINDING_WARN,
                                        "the kernel and Docker may choose a port of the pool for "
                                        "something else",
                                        "the pool %u-%u is not in ip_local_reserved_ports",
                                        h->pool.first, h->pool.last),
                       true, RESERVED, all);
    }
    portranges_done(&reserved);
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
    const char *said = p->resources ? p->resources : "";
    struct portranges ports = {0};

    if (!strncmp(said, "file:", 5) || said[0] == '/') {
        findings_add(out, FINDING_UNKNOWN,
                     "the Mesos agent (pid %d) has its resources in a file, %s: see that its ports "
                     "are outside of the pool %u-%u",
                     p->pid, said, h->pool.first, h->pool.last);
        return;
    }
    if (!portranges_parse_mesos(&ports, said))
        portranges_parse_mesos(&ports, MESOS_DEFAULT);
    const struct portrange *hit = portranges_overlap(&ports, h->pool);
    if (hit)
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "Marathon gives apps ports that berth has assigned, and "
                                        "the other way round",
                                        "the Mesos agent (pid %d) offers ports %u-%u, and the pool "
                                        "is %u-%u",
                                        p->pid, hit->first, hit->last, h->pool.first, h->pool.last),
                       "choose [portmap] pool in berth.conf outside of it");
    else
        findings_add(out, FINDING_OK, "the Mesos agent (pid %d) offers other ports than the pool",
                     p->pid);
    portranges_done(&ports);
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

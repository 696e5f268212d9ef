#include <string.h>

#include "agent/check.h"
#include "lib/clean.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define ALL "proc/sys/net/ipv4/conf/all/"
#define BRIDGE_NF "proc/sys/net/bridge/bridge-nf-call-"

#define RP_STRICT 1

static void judge_rp_filter(const struct host_link *l, struct findings *out);
static void judge_localnet(const struct host *h, const struct host_link *l, bool on,
                           struct findings *out);
static bool isolation_asked(const struct host *h, const char **ret_where);
static void judge_hairpin(const struct host *h, struct findings *out);
static void judge_ports(const struct host *h, const struct host_link *bridge, struct findings *out);
static bool is_guarded(const struct host *h, const char *name);
static void judge_mac(const struct host_link *l, struct findings *out);
static void judge_mtu(const struct host *h, const struct host_link *l,
                      const struct host_link *uplink, struct findings *out);
static size_t count_bridges(const struct host *h);
static char *link_path(const char *link, const char *key);

/* The kernel takes the larger one of an interface's own value and that of `all`. */
static long long rp_filter_of(const struct host *h, const char *link, long long all)
{
    long long own;

    return !host_link_number(h, link, "rp_filter", &own) && own > all ? own : all;
}

void check_rp_filter(const struct host *h, struct findings *out)
{
    long long all;
    size_t uplinks = 0, before = out->n;

    if (host_lost(h, "proc/net/route")) {
        findings_add(out, FINDING_UNKNOWN, "%s", host_lost(h, "proc/net/route"));
        return;
    }
    if (check_need(h, out, ALL "rp_filter", &all))
        return;
    for (size_t i = 0; i < h->n_links; i++)
        uplinks += h->links[i].uplink;
    if (uplinks < 2) {
        findings_add(out, FINDING_OK, "reverse path: there %s, and any filter will do",
                     uplinks ? "is one uplink" : "is no uplink");
        return;
    }
    for (size_t i = 0; i < h->n_links; i++)
        if (h->links[i].uplink && rp_filter_of(h, h->links[i].name, all) == RP_STRICT)
            judge_rp_filter(&h->links[i], out);
    if (out->n == before)
        findings_add(out, FINDING_OK, "reverse path: %zu uplinks, none with the strict filter",
                     uplinks);
}

/* It is a protection, too: to loosen it is a person's decision. */
static void judge_rp_filter(const struct host_link *l, struct findings *out)
{
    CLEAN(free_str) char *path = link_path(l->name, "rp_filter");

    finding_sysctl(findings_add_why(out, FINDING_WARN,
                                    "a packet that comes by one uplink, and whose answer would "
                                    "leave by another, is dropped without a word",
                                    "uplink %s has the strict reverse path filter", l->name),
                   false, path, "2");
}

void check_route_localnet(const struct host *h, struct findings *out)
{
    long long all, on;
    size_t before = out->n;

    if (!check_has_survey(h, out) || check_need(h, out, ALL "route_localnet", &all))
        return;
    if (all)
        finding_sysctl(findings_add_why(out, FINDING_WARN,
                                        "neighbours on every network may reach programs that "
                                        "listen on 127.0.0.1 only (CVE-2020-8558)",
                                        "route_localnet is 1 for all interfaces"),
                       false, ALL "route_localnet", "0");
    for (size_t i = 0; i < h->n_links; i++)
        if (!host_link_number(h, h->links[i].name, "route_localnet", &on))
            judge_localnet(h, &h->links[i], on || all, out);
    if (out->n == before)
        findings_add(out, FINDING_OK, "127.0.0.1: open to the interfaces that berth guards, %zu",
                     h->survey.guarded.n);
}

static void judge_localnet(const struct host *h, const struct host_link *l, bool on,
                           struct findings *out)
{
    bool guarded = is_guarded(h, l->name);
    CLEAN(free_str) char *path = link_path(l->name, "route_localnet");

    if (guarded && !on)
        finding_sysctl(findings_add_why(out, FINDING_WARN,
                                        "host ports of its containers do not work at 127.0.0.1",
                                        "route_localnet of %s is 0", l->name),
                       true, path, "1");
    else if (!guarded && on && l->is_bridge)
        finding_sysctl(findings_add_why(out, FINDING_FAIL,
                                        "containers may reach programs that listen on 127.0.0.1 "
                                        "only (CVE-2020-8558)",
                                        "route_localnet of %s is 1, and berth does not guard it",
                                        l->name),
                       false, path, "0");
}

static bool is_guarded(const struct host *h, const char *name)
{
    return h->survey.guard && strv_contains(&h->survey.guarded, name);
}

void check_bridge_netfilter(const struct host *h, struct findings *out)
{
    long long four, six;
    const char *where;
    bool off4 = host_number(h, BRIDGE_NF "iptables", &four) || !four;

    if (host_lost(h, BRIDGE_NF "iptables")) {
        check_need(h, out, BRIDGE_NF "iptables", &four);
        return;
    }
    if (off4 && isolation_asked(h, &where))
        finding_remedy(findings_add_why(out, FINDING_WARN,
                                        "containers of that network talk to each other all the "
                                        "same: bridged frames do not pass the firewall",
                                        "%s asks for --icc=false, and br_netfilter is off", where),
                       "modprobe br_netfilter; sysctl -w net.bridge.bridge-nf-call-iptables=1");
    else if (off4)
        findings_add(out, FINDING_OK, "bridged frames do not pass the firewall");
    if (!off4 || (!host_number(h, BRIDGE_NF "ip6tables", &six) && six))
        judge_hairpin(h, out);
    if (h->docker_lost)
        check_has_docker(h, out);
}

static bool isolation_asked(const struct host *h, const char **ret_where)
{
    const struct host_process *dockerd = host_process(h, HOST_DOCKERD);
    const char *icc = dockerd ? host_process_option(dockerd, "icc") : NULL;
    const char *settings = host_file(h, "etc/docker/daemon.json");
    CLEAN(json) json_t *doc = settings ? json_parse(settings, strlen(settings), NULL) : NULL;

    *ret_where = NULL;
    if (h->docker.isolated.n)
        *ret_where = h->docker.isolated.v[0];
    else if (icc && !strcmp(icc, "false"))
        *ret_where = "dockerd";
    else if (json_is_false(json_object_get(doc, "icc")))
        *ret_where = "daemon.json";
    return *ret_where != NULL;
}

/* Only mapped containers matter: what berth never sets on the port of another is not missing. */
static void judge_hairpin(const struct host *h, struct findings *out)
{
    size_t before = out->n;

    if (!check_has_survey(h, out) || !check_has_links(h, out))
        return;
    for (size_t i = 0; i < h->n_links; i++)
        if (h->links[i].is_bridge)
            judge_ports(h, &h->links[i], out);
    if (out->n == before)
        findings_add(out, FINDING_OK,
                     "bridged frames pass the firewall; no mapped container lacks hairpin mode");
}

/* One finding for all ports of a bridge. */
static void judge_ports(const struct host *h, const struct host_link *bridge, struct findings *out)
{
    struct finding *f = NULL;

    for (size_t i = 0; i < h->n_links; i++) {
        const struct host_link *l = &h->links[i];
        if (strcmp(l->master, bridge->name) || !strv_contains(&h->survey.plain_ports, l->name))
            continue;
        CLEAN(free_str) char *path = xasprintf("sys/class/net/%s/brport/hairpin_mode", l->name);
        CLEAN(free_str) char *word = finding_shell_word(l->name);
        if (!f)
            f = findings_add_why(out, FINDING_WARN,
                                 "a container does not reach itself by its host port",
                                 "bridged frames pass the firewall, and ports of bridge %s have no "
                                 "hairpin mode",
                                 bridge->name);
        finding_remedy(f, "%sbridge link set dev %s hairpin on", f->n_fixes ? "; " : "", word);
        finding_add_fix(f, path, "1");
    }
}

void check_bridge_mac(const struct host *h, struct findings *out)
{
    size_t before = out->n;

    if (!check_has_links(h, out))
        return;
    for (size_t i = 0; i < h->n_links; i++)
        if (h->links[i].is_bridge && h->links[i].mac_type != HOST_MAC_SET)
            judge_mac(&h->links[i], out);
    if (out->n == before)
        findings_add(out, FINDING_OK, "bridge addresses: %zu, each set for good", count_bridges(h));
}

static void judge_mac(const struct host_link *l, struct findings *out)
{
    CLEAN(free_str) char *name = finding_shell_word(l->name);
    CLEAN(free_str) char *mac = finding_shell_word(l->mac ? l->mac : "ADDRESS");

    finding_remedy(findings_add_why(out, FINDING_WARN,
                                    "it changes as containers come and go, and others send to the "
                                    "old one until their caches expire",
                                    "the address of bridge %s follows its ports", l->name),
                   "ip link set dev %s address %s", name, mac);
}

void check_mtu(const struct host *h, struct findings *out)
{
    const struct host_link *uplink = NULL;
    size_t before = out->n;

    if (!check_has_links(h, out))
        return;
    for (size_t i = 0; i < h->n_links; i++)
        if (h->links[i].uplink && h->links[i].mtu && (!uplink || h->links[i].mtu < uplink->mtu))
            uplink = &h->links[i];
    for (size_t i = 0; uplink && i < h->n_links; i++)
        if (h->links[i].is_bridge || h->links[i].master[0])
            judge_mtu(h, &h->links[i], uplink, out);
    if (!uplink)
        findings_add(out, FINDING_OK, "packet sizes: there is no uplink");
    else if (out->n == before)
        findings_add(out, FINDING_OK, "packet sizes: no bridge takes more than uplink %s, %lld",
                     uplink->name, uplink->mtu);
}

/* An uplink may itself be a port of a bridge. A bridge that takes too much stands for its ports. */
static void judge_mtu(const struct host *h, const struct host_link *l,
                      const struct host_link *uplink, struct findings *out)
{
    const struct host_link *bridge = host_find_link(h, l->master);

    if (l->mtu <= uplink->mtu || l->uplink || (bridge && bridge->mtu > uplink->mtu))
        return;
    finding_remedy(findings_add_why(out, FINDING_WARN,
                                    "large packets of containers are lost on the way where ICMP is "
                                    "filtered: connections open and then hang",
                                    "MTU of %s is %lld, of uplink %s %lld", l->name, l->mtu,
                                    uplink->name, uplink->mtu),
                   "\"mtu\": %lld in /etc/docker/daemon.json and a restart of Docker; other "
                   "networks: docker network create -o com.docker.network.driver.mtu=%lld",
                   uplink->mtu, uplink->mtu);
}

static size_t count_bridges(const struct host *h)
{
    size_t n = 0;

    for (size_t i = 0; i < h->n_links; i++)
        n += h->links[i].is_bridge;
    return n;
}

static char *link_path(const char *link, const char *key)
{
    return xasprintf("proc/sys/net/ipv4/conf/%s/%s", link, key);
}

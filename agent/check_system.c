#include <stdio.h>
#include <string.h>

#include "agent/check.h"
#include "lib/json.h"

#define KERNEL_NAT (4 * 1000 + 18) /* nf_tables' and iptables' NAT beside each other */
#define KERNEL_RANGES (5 * 1000 + 6)

#define PORTS_PER_FILE 3 /* sockets that one port of the pool may take: TCP, UDP, SCTP */
#define FILES_ELSE 512   /* descriptors for everything else */

#define NFTABLES_UNIT "etc/systemd/system/sysinit.target.wants/nftables.service"

static bool setting_is_false(const struct host *h, const char *option);
static void judge_owner(const char *family, enum finding_level level, const char *why,
                        struct findings *out);
static void judge_ipv6(const struct host *h, const char *release, struct findings *out);
static void judge_flush(const struct host *h, struct findings *out);
static void judge_open_files(const struct host *h, const char *whose, struct findings *out);

void check_kernel(const struct host *h, struct findings *out)
{
    const char *release = host_file(h, "proc/sys/kernel/osrelease");
    unsigned major, minor;

    if (!release || sscanf(release, "%u.%u", &major, &minor) != 2) {
        findings_add(out, FINDING_UNKNOWN, "there is no kernel version in /proc");
        return;
    }
    unsigned version = major * 1000 + minor;
    if (!check_has_survey(h, out))
        return;
    if (h->survey.owned)
        judge_owner("ip", FINDING_FAIL, "berth cannot assign host ports", out);
    if (h->survey.owned6)
        judge_owner("ip6", FINDING_WARN, "containers are reached by IPv4 only", out);
    if (h->survey.unsupported)
        finding_remedy(findings_add_why(out, FINDING_FAIL, "berth cannot assign host ports",
                                        "kernel %s refuses berth's table: %s", release,
                                        h->survey.unsupported),
                       "use a kernel with nf_tables and its expressions ct, fib, masq, nat "
                       "(CONFIG_NF_TABLES, NFT_CT, NFT_FIB_IPV4, NFT_MASQ, NFT_NAT)");
    else if (version < KERNEL_NAT && h->survey.legacy_filter)
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "before 4.18 only one of the two can do NAT",
                                        "kernel %s has iptables-legacy beside nf_tables", release),
                       "use a newer kernel, or let Docker use iptables-nft");
    else if (version < KERNEL_RANGES)
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "its sets of interface and network need 5.6",
                                        "kernel %s is too old for berth's table", release),
                       "use a newer kernel");
    else if (!h->survey.owned && !h->survey.owned6)
        findings_add(out, FINDING_OK, "kernel %s takes all that berth needs of nf_tables", release);
    if (h->survey.unsupported6 && !h->survey.unsupported)
        judge_ipv6(h, release, out);
}

static void judge_owner(const char *family, enum finding_level level, const char *why,
                        struct findings *out)
{
    finding_remedy(findings_add_why(out, level, why,
                                    "table %s berth belongs to another program, which keeps others "
                                    "out of it (flag owner)",
                                    family),
                   "nft list ruleset names that program: end it");
}

static void judge_ipv6(const struct host *h, const char *release, struct findings *out)
{
    bool needed = host_needs_ipv6(h);

    finding_remedy(findings_add_why(out, needed ? FINDING_WARN : FINDING_INFO,
                                    needed ? "containers are reached by IPv4 only"
                                           : "no container network has IPv6 yet",
                                    "kernel %s refuses berth's table for IPv6: %s", release,
                                    h->survey.unsupported6),
                   "use a kernel with the same for IPv6 (CONFIG_NF_TABLES_IPV6, NFT_FIB_IPV6)");
}

void check_userland_proxy(const struct host *h, struct findings *out)
{
    size_t proxies = host_count(h, HOST_DOCKER_PROXY);

    if (!check_has_processes(h, out))
        return;
    if (setting_is_false(h, "iptables") && !setting_is_false(h, "userland-proxy"))
        finding_remedy(
            findings_add_why(out, FINDING_WARN,
                             "containers see the bridge's address instead of the client's at "
                             "published ports",
                             "Docker runs with iptables off: published ports go through "
                             "docker-proxy (%zu now)",
                             proxies),
            "expose ports instead of publishing them: berth's host ports keep the address");
    else if (proxies)
        findings_add(out, FINDING_INFO,
                     "%zu docker-proxy processes serve published ports from this host", proxies);
    else
        findings_add(out, FINDING_OK, "docker-proxy: none");
}

/* On dockerd's command line, or in daemon.json. */
static bool setting_is_false(const struct host *h, const char *option)
{
    const struct host_process *dockerd = host_process(h, HOST_DOCKERD);
    const char *said = dockerd ? host_process_option(dockerd, option) : NULL;
    const char *settings = host_file(h, "etc/docker/daemon.json");
    CLEAN(json) json_t *doc = settings ? json_parse(settings, strlen(settings), NULL) : NULL;

    if (said)
        return !strcmp(said, "false") || !strcmp(said, "0");
    return json_is_false(json_object_get(doc, option));
}

void check_firewall_services(const struct host *h, struct findings *out)
{
    static const char why[] = "a reload wipes rules that others rely on; berth writes its own "
                              "again at its next pass, and Docker only when it restarts";
    const char *ufw = host_file(h, "etc/ufw/ufw.conf");
    bool enabled = ufw && (!strncmp(ufw, "ENABLED=yes", 11) || strstr(ufw, "\nENABLED=yes"));
    size_t before = out->n;

    if (!check_has_processes(h, out))
        return;
    if (host_process(h, HOST_FIREWALLD))
        finding_remedy(findings_add_why(out, FINDING_WARN, why, "firewalld runs"),
                       "after firewall-cmd --reload: systemctl restart docker");
    if (enabled)
        finding_remedy(findings_add_why(out, FINDING_WARN, why, "ufw is enabled"),
                       "after ufw reload: systemctl restart docker");
    judge_flush(h, out);
    if (out->n == before)
        findings_add(out, FINDING_OK, "firewalld, ufw, nftables.service: none");
}

/* Debian's example flushes, too: it matters where the unit is enabled. */
static void judge_flush(const struct host *h, struct findings *out)
{
    const char *text = host_file(h, "etc/nftables.conf");
    const char *flush = text ? strstr(text, "flush ruleset") : NULL;

    while (flush && flush != text && flush[-1] != '\n' && flush[-1] != ' ')
        flush = strstr(flush + 1, "flush ruleset");
    if (!flush || (!host_file(h, NFTABLES_UNIT) && !host_lost(h, NFTABLES_UNIT)))
        return;
    finding_remedy(findings_add_why(out, FINDING_WARN,
                                    "starting it anew wipes Docker's rules, too; berth writes its "
                                    "own again at its next pass",
                                    "nftables.service is enabled, and /etc/nftables.conf begins "
                                    "with flush ruleset"),
                   "in /etc/nftables.conf, flush your own tables instead: table inet filter; "
                   "delete table inet filter");
}

void check_limits(const struct host *h, struct findings *out)
{
    const char *whose = host_process(h, HOST_AGENT) ? "the agent" : "a program started from here";

    judge_open_files(h, whose, out);
    if (!h->net_admin_known)
        findings_add(out, FINDING_UNKNOWN, "the capabilities of %s cannot be read", whose);
    else if (h->net_admin)
        findings_add(out, FINDING_OK, "%s has CAP_NET_ADMIN", whose);
    else
        finding_remedy(findings_add_why(out, FINDING_FAIL, "without it nobody programs nf_tables",
                                        "%s lacks CAP_NET_ADMIN", whose),
                       "run it as root, or with AmbientCapabilities=CAP_NET_ADMIN in its unit");
}

static void judge_open_files(const struct host *h, const char *whose, struct findings *out)
{
    unsigned long wanted = PORTS_PER_FILE * portset_size(&h->pool) + FILES_ELSE;

    if (!h->open_files_known)
        findings_add(out, FINDING_UNKNOWN, "the limits of %s cannot be read", whose);
    else if (h->open_files >= wanted)
        findings_add(out, FINDING_OK, "%s may open %lu files", whose, h->open_files);
    else
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "each port of the pool takes up to three descriptors: "
                                        "beyond the limit no port is assigned",
                                        "%s may open %lu files; the pool needs %lu", whose,
                                        h->open_files, wanted),
                       "LimitNOFILE=%lu in its unit, or ulimit -Hn %lu before it starts", wanted,
                       wanted);
}

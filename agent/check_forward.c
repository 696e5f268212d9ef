#include <string.h>

#include "agent/check.h"
#include "lib/clean.h"

#define FORWARD4 "proc/sys/net/ipv4/ip_forward"
#define FORWARD6 "proc/sys/net/ipv6/conf/all/forwarding"

static void check_forwarding6(const struct host *h, struct findings *out);
static void judge_drop(const struct host *h, const struct survey_chain *c, struct findings *out);
static void judge_docker_user(const struct host *h, bool accepts, const char *program,
                              struct findings *out);
static void suggest_accept(struct finding *f, const struct host *h, const struct survey_chain *c);
static bool is_iptables(const struct survey_chain *c);

void check_forwarding(const struct host *h, struct findings *out)
{
    long long on;

    if (!check_need(h, out, FORWARD4, &on)) {
        if (on)
            findings_add(out, FINDING_OK, "IPv4 is forwarded");
        else
            finding_sysctl(findings_add_why(out, FINDING_FAIL,
                                            "no other host reaches a container, and no container "
                                            "reaches another host",
                                            "IPv4 is not forwarded: ip_forward is 0"),
                           true, FORWARD4, "1");
    }
    check_forwarding6(h, out);
}

/* Forwarding turns off the acceptance of router advertisements, and with it, on many hosts, the
 * default route: nothing that --fix may do. */
static void check_forwarding6(const struct host *h, struct findings *out)
{
    long long on;

    if (!host_needs_ipv6(h) && h->docker_lost && h->links_lost) {
        findings_add(out, FINDING_UNKNOWN, "whether a container network has IPv6: %s; %s",
                     h->docker_lost, h->links_lost);
        return;
    }
    if (!host_needs_ipv6(h)) {
        findings_add(out, FINDING_OK, "IPv6 forwarding: no container network has IPv6");
        return;
    }
    if (check_need(h, out, FORWARD6, &on))
        return;
    if (on) {
        findings_add(out, FINDING_OK, "IPv6 is forwarded");
        return;
    }
    struct finding *f = findings_add_why(
        out, FINDING_FAIL, "no other host reaches a container by IPv6",
        "a container network has IPv6, and it is not forwarded: all.forwarding is 0");
    for (size_t i = 0; i < h->n_links; i++)
        if (h->links[i].uplink) {
            CLEAN(free_str) char *name = finding_shell_word(h->links[i].name);
            finding_remedy(f, "sysctl -w net/ipv6/conf/%s/accept_ra=2; ", name);
        }
    finding_remedy(f, "sysctl -w net.ipv6.conf.all.forwarding=1");
}

void check_forward_policy(const struct host *h, struct findings *out)
{
    const struct survey *s = &h->survey;

    if (!check_has_survey(h, out))
        return;
    for (size_t i = 0; i < s->n_drops; i++)
        judge_drop(h, &s->drops[i], out);
    if (s->legacy_drops)
        judge_docker_user(h, s->legacy_accepts, "iptables-legacy", out);
    if (s->legacy_lost)
        findings_add(out, FINDING_UNKNOWN, "a table of iptables-legacy cannot be read");
    else if (!s->n_drops && !s->legacy_drops)
        findings_add(out, FINDING_OK, "no chain drops what is forwarded by its policy");
}

static void judge_drop(const struct host *h, const struct survey_chain *c, struct findings *out)
{
    if (c->accepts_mark) {
        findings_add(out, FINDING_OK,
                     "chain %s of table %s %s has the policy drop, and a rule that accepts our "
                     "connections",
                     c->name, c->family, c->table);
        return;
    }
    if (!strcmp(c->family, "ip") && is_iptables(c) && h->survey.docker_user) {
        judge_docker_user(h, h->survey.docker_user_accepts, "iptables", out);
        return;
    }
    if (!strcmp(c->family, "ip6") && !host_needs_ipv6(h)) {
        findings_add(out, FINDING_INFO,
                     "chain %s of table ip6 %s has the policy drop; no container network has IPv6",
                     c->name, c->table);
        return;
    }
    suggest_accept(
        findings_add_why(out, FINDING_FAIL,
                         "what any chain drops is dropped, whatever others accept: other hosts may "
                         "not reach containers",
                         "chain %s of table %s %s has the policy drop, and no rule that accepts "
                         "our connections",
                         c->name, c->family, c->table),
        h, c);
}

/* While no agent runs, nobody relies on the rule, and its start brings it. */
static void judge_docker_user(const struct host *h, bool accepts, const char *program,
                              struct findings *out)
{
    bool legacy = !strcmp(program, "iptables-legacy");
    bool chain = !legacy || h->survey.legacy_docker_user;

    if (accepts) {
        findings_add(out, FINDING_OK, "FORWARD of %s drops, and our rule accepts before it",
                     program);
    } else if (chain && !host_process(h, HOST_AGENT)) {
        findings_add(out, FINDING_INFO,
                     "FORWARD of %s drops; berth agent adds its rule to DOCKER-USER when it starts",
                     program);
    } else {
        struct finding *f = findings_add_why(
            out, FINDING_FAIL, "other hosts do not reach host ports that berth has assigned",
            "FORWARD of %s drops, and our rule is not in DOCKER-USER", program);
        finding_remedy(f,
                       "%s -I %s -m connmark --mark 0x%x/0x%x -m comment --comment berth -j ACCEPT",
                       program, chain ? "DOCKER-USER" : "FORWARD", h->mark, h->mark);
    }
}

/* A rule of nftables' own kind in a table of iptables' would stop iptables, and Docker with it. */
static void suggest_accept(struct finding *f, const struct host *h, const struct survey_chain *c)
{
    CLEAN(free_str) char *table = finding_shell_word(c->table);
    CLEAN(free_str) char *name = finding_shell_word(c->name);

    if (is_iptables(c))
        finding_remedy(f,
                       "ip%stables -I FORWARD -m connmark --mark 0x%x/0x%x -m comment --comment "
                       "berth -j ACCEPT",
                       strcmp(c->family, "ip6") ? "" : "6", h->mark, h->mark);
    else
        finding_remedy(f, "nft insert rule %s %s %s ct mark and 0x%x == 0x%x accept", c->family,
                       table, name, h->mark, h->mark);
}

static bool is_iptables(const struct survey_chain *c)
{
    return strcmp(c->family, "inet") && !strcmp(c->table, "filter") && !strcmp(c->name, "FORWARD");
}

void check_docker_firewall(const struct host *h, struct findings *out)
{
    const char *backend = h->docker.firewall;

    if (!check_has_docker(h, out))
        return;
    if (!backend || strncmp(backend, "nftables", 8)) {
        findings_add(out, FINDING_OK, "Docker's firewall is %s", backend ? backend : "iptables");
        return;
    }
    if (!check_has_survey(h, out))
        return;
    if (h->survey.docker_bridges_accepts) {
        findings_add(out, FINDING_OK, "Docker's firewall is nftables, and accepts our mark");
        return;
    }
    struct finding *f =
        findings_add_why(out, FINDING_FAIL, "its own table drops what it has not published itself",
                         "Docker's firewall is nftables, and table ip docker-bridges %s",
                         h->survey.docker_bridges ? "does not accept our mark" : "is missing");
    finding_remedy(f, "start dockerd with --bridge-accept-fwmark=0x%x/0x%x", h->mark, h->mark);
}

void check_iptables_backends(const struct host *h, struct findings *out)
{
    const struct survey *s = &h->survey;
    const char *legacy = host_file(h, "proc/net/ip_tables_names");
    static const char remedy[] = "update-alternatives --set iptables /usr/sbin/iptables-nft; "
                                 "then restart Docker, and the host to be rid of the old tables";

    if (!check_has_survey(h, out))
        return;
    if (s->docker_user && s->legacy_docker_user)
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "packets pass both, and Docker keeps only one of them true",
                                        "DOCKER-USER is in iptables-nft and in iptables-legacy"),
                       "%s", remedy);
    else if (legacy && *legacy && s->nft_iptables)
        finding_remedy(findings_add_why(out, FINDING_WARN,
                                        "packets pass both, and each program shows only its own",
                                        "tables of iptables-legacy are loaded beside iptables-nft"),
                       "%s", remedy);
    else
        findings_add(out, FINDING_OK, "iptables: %s",
                     s->nft_iptables       ? "nf_tables only"
                     : (legacy && *legacy) ? "legacy only"
                                           : "none");
}

void check_mark(const struct host *h, struct findings *out)
{
    if (!check_has_survey(h, out))
        return;
    for (size_t i = 0; i < h->survey.clashes.n; i++)
        finding_remedy(
            findings_add_why(out, FINDING_FAIL,
                             "our packets are taken for others', or theirs for ours",
                             "the bit 0x%x, which marks our packets, is used by %s", h->mark,
                             h->survey.clashes.v[i]),
            "choose a bit that nobody uses: [portmap] mark in berth.conf, then restart the agent");
    if (!h->survey.clashes.n)
        findings_add(out, FINDING_OK, "nobody else uses the mark 0x%x", h->mark);
}

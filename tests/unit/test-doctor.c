/* Every check over recorded hosts: a good one, one with every trouble, one that says nothing. */
#include "agent/doctor.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/doctor_fix.h"
#include "agent/host_dns.h"
#include "agent/host_read.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define MARK 0x04000000
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void read_tree(struct host *h, const char *name)
{
    CLEAN(free_str) char *path = xasprintf("fixtures/host/%s", name);

    h->mark = MARK;
    portset_add(&h->pool, 28000, 29999);
    host_read(h, tests_path(path));
}

static void add_mapping(struct survey *s, uint16_t host_port, const char *addr, const char *id)
{
    struct mapping m = {.protocol = IPPROTO_TCP, .host_port = host_port, .container_port = 80};

    ipaddr_parse(addr, &m.container_addr);
    memcpy(m.container_id, id, strlen(id));
    s->mappings = xreallocarray(s->mappings, s->n_mappings + 1, sizeof m);
    s->mappings[s->n_mappings++] = m;
}

static void add_drop(struct survey *s, const char *family, const char *table, const char *name,
                     bool accepts)
{
    s->drops = xreallocarray(s->drops, s->n_drops + 1, sizeof *s->drops);
    s->drops[s->n_drops++] =
        (struct survey_chain){xstrdup(family), xstrdup(table), xstrdup(name), accepts};
}

static void add_docker(struct host *h, const char *info, const char *networks)
{
    static const char containers[] =
        "[{\"Id\": \"" ID "\", \"NetworkSettings\": {\"Networks\": {\"bridge\": {"
        "\"IPAddress\": \"172.17.0.2\"}}}}, {\"Id\": 7}, null]";
    CLEAN(json) json_t *i = json_parse(info, strlen(info), NULL);
    CLEAN(json) json_t *n = json_parse(networks, strlen(networks), NULL);
    CLEAN(json) json_t *c = json_parse(containers, strlen(containers), NULL);

    docker_view_add_info(&h->docker, i);
    docker_view_add_networks(&h->docker, n);
    docker_view_add_containers(&h->docker, c);
}

static void make_good(struct host *h)
{
    struct survey *s = &h->survey;

    read_tree(h, "good");
    add_drop(s, "ip", "filter", "FORWARD", false);
    add_drop(s, "ip6", "filter", "FORWARD", false);
    add_drop(s, "inet", "site", "forward", true);
    s->nft_iptables = s->docker_user = s->docker_user_accepts = s->guard = true;
    strv_add(&s->guarded, "docker0");
    add_mapping(s, 28001, "172.17.0.2", ID);
    add_docker(h, "{}", "[{\"Name\": \"bridge\", \"EnableIPv6\": false}]");
}

static void add_haproxy(struct host *h, int pid, int parent, uint16_t port)
{
    struct host_process p = {.role = HOST_HAPROXY, .pid = pid, .parent = parent};

    p.ports = xcalloc(2, sizeof *p.ports);
    p.ports[p.n_ports++] = port;
    p.ports[p.n_ports++] = port; /* at two addresses */
    h->processes = xreallocarray(h->processes, h->n_processes + 1, sizeof p);
    h->processes[h->n_processes++] = p;
}

static void make_bad(struct host *h)
{
    struct survey *s = &h->survey;

    read_tree(h, "bad");
    add_drop(s, "ip", "filter", "FORWARD", false);
    add_drop(s, "ip6", "filter", "FORWARD", false);
    add_drop(s, "inet", "si te;rm\n\x1b[1m", "forward", false);
    s->nft_iptables = s->docker_user = true;
    s->legacy_filter = s->legacy_docker_user = s->legacy_drops = true;
    s->guard = true;
    strv_add(&s->guarded, "docker0");
    strv_add(&s->clashes, "ip rule 100: fwmark 0x4000000/0xff000000");
    s->unsupported = xstrdup("nf_tables refuses message 9 of 20: No such file or directory");
    s->n_foreign = 2;
    strv_add(&s->plain_ports, "veth1a2b3c4");
    add_mapping(s, 28001, "172.17.0.9", ID);
    add_mapping(s, 28002, "172.17.0.3", "");
    h->drops[1].drop += 5;
    add_haproxy(h, 600, 1, 80);
    add_haproxy(h, 611, 610, 80);
    add_haproxy(h, 610, 1, 7000);
    add_haproxy(h, 612, 610, 443);
    add_haproxy(h, 613, 610, 443);
    add_docker(h, "{\"FirewallBackend\": {\"Driver\": \"nftables+firewalld\"}}",
               "[{\"Name\": \"quiet\", \"Options\": "
               "{\"com.docker.network.bridge.enable_icc\": \"false\"}}]");
}

static void make_empty(struct host *h)
{
    read_tree(h, "empty");
    free(h->kernel_log_lost); /* has the path of the source tree in it, as the next one has */
    h->kernel_log_lost = xstrdup("cannot read the log");
    free(h->processes_lost);
    h->processes_lost = xstrdup("/proc does not show every process");
    kvs_set(&h->lost, "proc/net/route", "cannot read /proc/net/route");
    free(h->links_lost);
    h->links_lost = xstrdup("cannot read /proc/net/dev");
    h->survey_lost = xstrdup("cannot prepare a netlink socket: Operation not permitted");
    h->docker_lost = xstrdup("no answer: Couldn't connect to server");
}

static void test_host(const char *name, void (*make)(struct host *h), int status)
{
    CLEAN(free_str) char *text_path = xasprintf("doctor/%s.txt", name);
    CLEAN(free_str) char *json_path = xasprintf("doctor/%s.json", name);
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct host h = {0};
    struct findings findings = {0};

    make(&h);
    doctor_examine(&h, &findings);
    doctor_print(&findings, NULL, false, &text);
    is_golden(sbuf_str(&text), text_path);
    CLEAN(json) json_t *doc = doctor_json(&findings, NULL);
    CLEAN(free_str) char *dump = json_dumps(doc, JSON_INDENT(2));
    is_golden(dump, json_path);
    is_int(doctor_status(&findings), status, "the exit status of %s", name);
    findings_done(&findings);
    host_done(&h);
}

/* What differs from the good host, and what must be found then. */
static void test_change(const char *what, void (*change)(struct host *h), const char *check,
                        enum finding_level level, const char *found)
{
    struct host h = {0};
    struct findings findings = {0};
    bool seen = false;

    make_good(&h);
    change(&h);
    doctor_examine(&h, &findings);
    for (size_t i = 0; i < findings.n; i++)
        seen |= !strcmp(findings.v[i].check, check) && findings.v[i].level == level &&
                strstr(findings.v[i].found, found);
    ok(seen, "%s: %s says '%s'", what, check, found);
    findings_done(&findings);
    host_done(&h);
}

#define VALUE(name, path, value)                                                                   \
    static void name(struct host *h)                                                               \
    {                                                                                              \
        kvs_set(&h->files, path, value);                                                           \
    }
#define CHANGE(name, statement)                                                                    \
    static void name(struct host *h)                                                               \
    {                                                                                              \
        statement;                                                                                 \
    }

VALUE(table_71, "proc/sys/net/netfilter/nf_conntrack_count", "186123")
VALUE(table_91, "proc/sys/net/netfilter/nf_conntrack_count", "238552")
VALUE(few_buckets, "proc/sys/net/netfilter/nf_conntrack_buckets", "65535")
VALUE(small_table, "proc/sys/net/netfilter/nf_conntrack_max", "65536")
VALUE(old_kernel, "proc/sys/kernel/osrelease", "5.5.19")
VALUE(odd_number, "proc/sys/net/ipv4/ip_forward", "yes")
VALUE(pool_edge, "proc/sys/net/ipv4/ip_local_port_range", "29999\t30000")
VALUE(odd_range, "proc/sys/net/ipv4/ip_local_port_range", "all")
VALUE(hole, "proc/sys/net/ipv4/ip_local_reserved_ports", "28000-28999,29001-29999")
VALUE(no_localnet, "proc/sys/net/ipv4/conf/docker0/route_localnet", "0")
VALUE(no_filter, "proc/sys/net/bridge/bridge-nf-call-iptables", "0")
CHANGE(no_guard, h->survey.guard = false)
CHANGE(no_hairpin, strv_add(&h->survey.plain_ports, "veth1a2b3c4"))
CHANGE(no_rule, h->survey.docker_user_accepts = false)
CHANGE(dropped_before, h->drops[0].drop = h->drops[1].drop = 3)
CHANGE(agent_away, h->processes[1].role = HOST_FIREWALLD)
CHANGE(docker_away, h->docker_lost = xstrdup("no answer"))
CHANGE(nftables_backend, h->docker.firewall = xstrdup("nftables"))
CHANGE(small_uplink, host_find_link(h, "eth0")->mtu = 1499)
CHANGE(owned, h->survey.owned = true)
CHANGE(owned6, h->survey.owned6 = true)
CHANGE(no_ip6, h->survey.unsupported6 = xstrdup("nf_tables refuses message 3 of 9"))
CHANGE(no_ip6_where_needed, (no_ip6(h), h->docker.ipv6 = true))
CHANGE(unreadable, (kvs_unset(&h->files, "proc/sys/net/ipv4/ip_forward"),
                    kvs_set(&h->lost, "proc/sys/net/ipv4/ip_forward", "cannot read it: EACCES")))

static void haproxy_alone(struct host *h)
{
    add_haproxy(h, 600, 1, 80);
    add_haproxy(h, 601, 1, 443);
}

static void haproxy_unread(struct host *h)
{
    haproxy_alone(h);
    h->processes[h->n_processes - 1].ports_lost = true;
}

/* A name that leads to 'found' and should lead to 192.0.2.1; NULL: it cannot be resolved. */
static void add_name(struct host *h, const char *found)
{
    const char *text =
        "{\"dns\": {\"names\": [{\"name\": \"_w._tcp.example\", \"state\": \"written\", "
        "\"records\": "
        "[\"300 IN SRV 0 0 80 w.example.\"]}, {\"name\": \"v.example\", \"state\": \"waiting\", "
        "\"records\": [\"300 IN A 192.0.2.9\"]}, {\"name\": \"w.example\", \"state\": \"written\", "
        "\"records\": [\"300 IN A 192.0.2.1\"]}]}}";
    CLEAN(json) json_t *state = json_parse(text, strlen(text), NULL);

    h->dns = true;
    host_dns_take(h, state);
    if (found)
        strv_add(&h->dns_found, found);
    else
        h->dns_lost = xstrdup("no such name");
}

CHANGE(name_right, add_name(h, "192.0.2.1"))
CHANGE(name_wrong, add_name(h, "192.0.2.7"))
CHANGE(name_unknown, add_name(h, NULL))
CHANGE(no_name, h->dns = true)
CHANGE(no_answer, (no_name(h), h->agent_lost = xstrdup("no answer")))

static void test_changes(void)
{
    test_change("a good name", name_right, "dns", FINDING_OK, "w.example leads to");
    test_change("another host's", name_wrong, "dns", FINDING_WARN, "to 192.0.2.7 here; the load");
    test_change("not resolved", name_unknown, "dns", FINDING_WARN, "here: no such name");
    test_change("no name", no_name, "dns", FINDING_UNKNOWN, "no name is written");
    test_change("names unknown", no_answer, "dns", FINDING_UNKNOWN, "no answer");
    test_change("one HAProxy a port", haproxy_alone, "haproxy", FINDING_OK, "no two HAProxys");
    test_change("a HAProxy of others", haproxy_unread, "haproxy", FINDING_UNKNOWN, "pid 601");

    test_change("71 % used", table_71, "conntrack-size", FINDING_WARN, "71 %");
    test_change("91 % used", table_91, "conntrack-size", FINDING_FAIL, "91 %");
    test_change("few buckets", few_buckets, "conntrack-size", FINDING_WARN, "65535 buckets");
    test_change("65536", small_table, "conntrack-size", FINDING_WARN, "holds 65536");
    test_change("5.5", old_kernel, "kernel", FINDING_FAIL, "too old");
    test_change("a table of others", owned, "kernel", FINDING_FAIL, "ip berth belongs to another");
    test_change("ip6 of others", owned6, "kernel", FINDING_WARN, "ip6 berth belongs to another");
    test_change("no ip6", no_ip6, "kernel", FINDING_INFO, "for IPv6: nf_tables refuses");
    test_change("no ip6 where it matters", no_ip6_where_needed, "kernel", FINDING_WARN, "for IPv6");
    test_change("no number", odd_number, "forwarding", FINDING_UNKNOWN, "no number");
    test_change("unreadable", unreadable, "forwarding", FINDING_UNKNOWN, "EACCES");
    test_change("one port in common", pool_edge, "port-range", FINDING_FAIL, "overlaps");
    test_change("no range", odd_range, "port-range", FINDING_UNKNOWN, "no range");
    test_change("a hole of one port", hole, "port-range", FINDING_WARN, "reserved_ports");
    test_change("not routed", no_localnet, "route-localnet", FINDING_WARN, "docker0 is 0");
    test_change("no guard", no_guard, "route-localnet", FINDING_FAIL, "does not guard");
    test_change("no hairpin", no_hairpin, "bridge-netfilter", FINDING_WARN, "bridge docker0");
    test_change("IPv6 only", no_filter, "bridge-netfilter", FINDING_OK, "do not pass");
    test_change("no rule", no_rule, "forward-policy", FINDING_FAIL, "not in DOCKER-USER");
    test_change("lost before", dropped_before, "conntrack-drops", FINDING_WARN, "drop 3");
    test_change("no agent", agent_away, "mappings", FINDING_WARN, "does not run");
    test_change("firewalld", agent_away, "firewall-services", FINDING_WARN, "firewalld");
    test_change("no Docker", docker_away, "mappings", FINDING_UNKNOWN, "no answer");
    test_change("Docker 29", nftables_backend, "docker-firewall", FINDING_FAIL, "is missing");
    test_change("small uplink", small_uplink, "mtu", FINDING_WARN, "docker0 is 1500");
}

static void test_status_without_failure(void)
{
    struct findings f = {.check = "x"};

    findings_add(&f, FINDING_OK, "a");
    is_int(doctor_status(&f), 0, "well");
    findings_add(&f, FINDING_INFO, "b");
    is_int(doctor_status(&f), 0, "good to know");
    findings_add(&f, FINDING_UNKNOWN, "c");
    is_int(doctor_status(&f), 1, "unknown counts as a warning");
    findings_done(&f);
}

static void test_colour(void)
{
    struct findings f = {.check = "x"};
    CLEAN(sbuf) struct sbuf plain = SBUF_INIT, coloured = SBUF_INIT;

    findings_add(&f, FINDING_FAIL, "\033[2J");
    doctor_print(&f, NULL, false, &plain);
    doctor_print(&f, NULL, true, &coloured);
    ok(!strchr(sbuf_str(&plain), '\033'), "no colour, and nothing of the host's");
    ok(strstr(sbuf_str(&coloured), "\033[31mfail   \033[0m  x") == sbuf_str(&coloured),
       "colour on a terminal");
    findings_done(&f);
}

/* Into a folder of our own, with one file that is there and one that is not. */
static void test_fix(void)
{
    char root[] = "/tmp/berth-doctor-XXXXXX";
    struct findings l = {.check = "x"};
    struct doctor_fixes fixes = {0};

    if (!mkdtemp(root)) {
        ok(false, "a folder for the fixes");
        return;
    }
    CLEAN(free_str) char *dir = xasprintf("%s/proc/sys/net", root);
    CLEAN(free_str) char *file = xasprintf("%s/here", dir);
    file_make_dirs(dir, 0700, NULL);
    file_replace(file, "0\n", 2, 0600, NULL);
    finding_sysctl(findings_add(&l, FINDING_FAIL, "a"), true, "proc/sys/net/here", "1");
    finding_sysctl(findings_add(&l, FINDING_FAIL, "b"), true, "proc/sys/net/away", "1");
    finding_sysctl(findings_add(&l, FINDING_FAIL, "c"), false, "proc/sys/net/here", "2");
    doctor_fix(&l, root, &fixes);
    CLEAN(free_str) char *now = file_read(file, 16, NULL, NULL);
    is_str(now, "1", "the safe value is written, the other one not");
    is_int((long long)fixes.done.n, 1, "one fix was carried out");
    ok(fixes.done.n && strstr(fixes.done.v[0], "here = 1 (it was 0)"), "it says what was before");
    ok(fixes.failed.n == 1 && strstr(fixes.failed.v[0], "No such file"), "what fails says why");
    doctor_fixes_done(&fixes);
    finding_sysctl(findings_add(&l, FINDING_FAIL, "d"), true, "proc/sys/net/here", "1");
    struct findings again = {.check = "x"};
    finding_sysctl(findings_add(&again, FINDING_FAIL, "e"), true, "proc/sys/net/here", "1");
    doctor_fix(&again, root, &fixes);
    ok(!fixes.done.n && !fixes.failed.n, "what has the value is left alone");
    doctor_fixes_done(&fixes);
    findings_done(&l);
    findings_done(&again);
    unlink(file);
    for (char *slash; strlen(dir) >= strlen(root) && !rmdir(dir) && (slash = strrchr(dir, '/'));)
        *slash = '\0';
}

static void test_words(void)
{
    static const char *const words[][2] = {{"eth0.10", "eth0.10"}, {"", "''"},
                                           {"a b", "'a b'"},       {"it's", "'it'\\''s'"},
                                           {"$(id)", "'$(id)'"},   {"\n", "'\n'"}};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        CLEAN(free_str) char *got = finding_shell_word(words[i][0]);
        is_str(got, words[i][1], "a word for the shell, %zu", i);
    }
}

static void test_limits(void)
{
    CLEAN(free_str) char *huge = xcalloc(1, FINDING_TEXT_MAX * 4);
    struct findings l = {.check = "x"};

    memset(huge, 'A', FINDING_TEXT_MAX * 4 - 1);
    findings_add(&l, FINDING_OK, "%s", huge);
    ok(strlen(l.v[0].found) < FINDING_TEXT_MAX, "a long text is cut");
    for (size_t i = 0; i < FINDINGS_MAX + 9; i++)
        findings_add(&l, i == FINDINGS_MAX + 8 ? FINDING_FAIL : FINDING_OK, "y");
    is_int((long long)l.n, FINDINGS_MAX, "not more findings than the limit");
    is_int((long long)l.left_out, 10, "those left out are counted");
    is_int(doctor_status(&l), 2, "and the worst of them counts");
    findings_done(&l);
}

int main(void)
{
    test_host("good", make_good, 0);
    test_host("bad", make_bad, 2);
    test_host("empty", make_empty, 1);
    test_changes();
    test_status_without_failure();
    test_colour();
    test_fix();
    test_words();
    test_limits();
    return tap_done();
}

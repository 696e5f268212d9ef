/* Which interface a container is behind. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/bridge.h"
#include "tests/tap.h"

static struct ipaddr address(const char *text)
{
    struct ipaddr a;

    if (ipaddr_parse(text, &a))
        abort();
    return a;
}

static const struct {
    const char *addr;
    const char *bridge; /* and the first address of its network; NULL: none */
    const char *first;
} finds[] = {
    {"172.17.0.2", "docker0", "172.17.0.0"},
    {"172.17.255.255", "docker0", "172.17.0.0"},
    {"172.17.5.9", "br-inner", "172.17.5.0"},
    {"172.18.0.1", "eth0", "172.16.0.0"},
    {"192.168.1.1", NULL, NULL},
    {"172.20.7.7", "eth1", "172.20.7.0"},
    {"10.0.0.1", "eth0", "10.0.0.1"},
    {"10.0.0.2", NULL, NULL},
    {"fd00::1", NULL, NULL},
    {"fd00:1::2", "docker0", "fd00:1::"},
    {"fd00:1:0:7::2", "br-inner", "fd00:1:0:6::"},
};

static void test_find(const struct bridges *l)
{
    char first[IPADDR_STRLEN];

    for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
        struct ipaddr a = address(finds[i].addr);
        const struct bridge *b = bridges_find(l, &a);

        is_str(b ? b->name : "none", finds[i].bridge ? finds[i].bridge : "none", "%s is behind",
               finds[i].addr);
        if (b)
            is_str(ipaddr_format(&b->first, first), finds[i].first, "%s: its network",
                   finds[i].addr);
    }
}

static void check_behind(const struct bridges *l, uint8_t family, const char *const *addrs,
                         size_t n, const char *wanted, const char *lost)
{
    struct mapping *v = xcalloc(n, sizeof *v);
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct bridges behind = {0};
    struct problems problems = {0};
    char text[IPADDR_STRLEN];

    for (size_t i = 0; i < n; i++) {
        struct ipaddr a = address(addrs[i]);

        *(a.family == AF_INET6 ? &v[i].container_addr6 : &v[i].container_addr) = a;
        memcpy(v[i].container_id, "0123456789abcdef", 17);
    }
    bridges_of_mappings(l, v, n, family, &behind, &problems);
    for (size_t i = 0; i < behind.n; i++) {
        sbuf_addf(&got, "%s %s", behind.v[i].name, ipaddr_format(&behind.v[i].first, text));
        sbuf_addf(&got, "-%s\n", ipaddr_format(&behind.v[i].last, text));
    }
    is_str(sbuf_str(&got), wanted, "once each, sorted, without a network inside another");
    ok(problems.n == 1 && !strcmp(problems.v[0].subject, "container 0123456789ab") &&
           strstr(problems.v[0].text, lost),
       "an address outside of all is told");
    bridges_done(&behind);
    problems_done(&problems);
    free(v);
}

static void test_mappings(const struct bridges *l)
{
    static const char *const addrs[] = {"172.17.0.2", "172.20.7.7", "fd00:1:0:1::2",
                                        "172.17.0.3", "fd00:9::1",  "fd00:1::5",
                                        "172.17.9.1", "172.20.1.1", "203.0.113.1"};

    check_behind(l, AF_INET, addrs, ARRAY_LEN(addrs),
                 "docker0 172.17.0.0-172.17.255.255\n"
                 "eth1 172.20.0.0-172.20.255.255\n",
                 "203.0.113.1");
    check_behind(l, AF_INET6, addrs, ARRAY_LEN(addrs),
                 "docker0 fd00:1::-fd00:1:0:ffff:ffff:ffff:ffff:ffff\n", "fd00:9::1");
}

static void add(struct bridges *l, const char *name, const char *addr, unsigned prefix)
{
    struct ipaddr a = address(addr);

    bridges_add(l, name, &a, prefix);
}

int main(void)
{
    struct bridges l = {0};

    add(&l, "eth0", "172.18.0.5", 12);
    add(&l, "docker0", "172.17.0.1", 16);
    add(&l, "docker0", "172.17.9.1", 24);
    add(&l, "br-inner", "172.17.5.1", 24);
    add(&l, "eth1", "172.20.7.1", 24);
    add(&l, "eth1", "172.20.0.1", 16);
    add(&l, "eth0", "10.0.0.1", 32);
    add(&l, "docker0", "fd00:1::1", 48);
    add(&l, "br-inner", "fd00:1:0:7::1", 63);
    test_find(&l);
    test_mappings(&l);
    bridges_done(&l);
    return tap_done();
}

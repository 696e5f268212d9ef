/* Which interface a container is behind. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "portmap/bridge.h"
#include "tests/tap.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define MASK(bits) (0xffffffffu << (32 - (bits)))

static struct ipaddr address(const char *text)
{
    struct ipaddr a;

    if (ipaddr_parse(text, &a))
        abort();
    return a;
}

static const struct {
    const char *addr;
    const char *bridge; /* and the last byte but one of its first address; NULL: none */
    unsigned third;
} finds[] = {
    {"172.17.0.2", "docker0", 0},  {"172.17.255.255", "docker0", 0},
    {"172.17.5.9", "br-inner", 5}, {"172.18.0.1", "eth0", 0},
    {"192.168.1.1", NULL, 0},      {"172.20.7.7", "eth1", 7},
    {"10.0.0.1", "eth0", 0},       {"10.0.0.2", NULL, 0},
    {"fd00::1", NULL, 0},
};

static void test_find(const struct bridges *l)
{
    for (size_t i = 0; i < ARRAY_LEN(finds); i++) {
        struct ipaddr a = address(finds[i].addr);
        const struct bridge *b = bridges_find(l, &a);

        is_str(b ? b->name : "none", finds[i].bridge ? finds[i].bridge : "none", "%s is behind",
               finds[i].addr);
        if (b)
            is_int(b->first >> 8 & 255, finds[i].third, "%s: its network", finds[i].addr);
    }
}

static void test_mappings(const struct bridges *l)
{
    static const char *const addrs[] = {"172.17.0.2", "172.20.7.7", "172.17.0.3",
                                        "172.17.9.1", "172.20.1.1", "203.0.113.1"};
    struct mapping v[ARRAY_LEN(addrs)] = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct bridges behind = {0};
    struct problems problems = {0};

    for (size_t i = 0; i < ARRAY_LEN(addrs); i++) {
        v[i].container_addr = address(addrs[i]);
        memcpy(v[i].container_id, "0123456789abcdef", 17);
    }
    bridges_of_mappings(l, v, ARRAY_LEN(v), &behind, &problems);
    for (size_t i = 0; i < behind.n; i++)
        sbuf_addf(&got, "%s %08x-%08x\n", behind.v[i].name, behind.v[i].first, behind.v[i].last);
    is_str(sbuf_str(&got),
           "docker0 ac110000-ac11ffff\n"
           "eth1 ac140000-ac14ffff\n",
           "once each, sorted, without a network inside another");
    ok(problems.n == 1 && !strcmp(problems.v[0].subject, "container 0123456789ab") &&
           strstr(problems.v[0].text, "203.0.113.1"),
       "an address outside of all is told");
    bridges_done(&behind);
    problems_done(&problems);
}

int main(void)
{
    struct bridges l = {0};

    bridges_add(&l, "eth0", IP(172, 18, 0, 5), MASK(12));
    bridges_add(&l, "docker0", IP(172, 17, 0, 1), MASK(16));
    bridges_add(&l, "docker0", IP(172, 17, 9, 1), MASK(24));
    bridges_add(&l, "br-inner", IP(172, 17, 5, 1), MASK(24));
    bridges_add(&l, "eth1", IP(172, 20, 7, 1), MASK(24));
    bridges_add(&l, "eth1", IP(172, 20, 0, 1), MASK(16));
    bridges_add(&l, "eth0", IP(10, 0, 0, 1), MASK(32));
    test_find(&l);
    test_mappings(&l);
    bridges_done(&l);
    return tap_done();
}

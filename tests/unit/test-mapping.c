/* Orders and equality of mappings. */
#include <netinet/in.h>
#include <string.h>

#include "lib/clean.h"
#include "portmap/mapping.h"
#include "tests/tap.h"

#define V4(w, x, y, z)                                                                             \
    {                                                                                              \
        .family = AF_INET, .b = { w, x, y, z }                                                     \
    }
#define V6(last)                                                                                   \
    {                                                                                              \
        .family = AF_INET6, .b = { 0xfd, [15] = last }                                             \
    }
#define MAPPING(proto, host, port, addr, addr6, cport, id)                                         \
    {                                                                                              \
        .protocol = proto, .host_addr = host, .host_port = port, .container_addr = addr,           \
        .container_addr6 = addr6, .container_port = cport, .container_id = id                      \
    }
#define NONE                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }
#define ANY V4(0, 0, 0, 0)
#define WEB V4(172, 17, 0, 2)
#define TCP IPPROTO_TCP

static const struct mapping base = MAPPING(TCP, ANY, 28001, WEB, V6(2), 80, "aa");

static const struct {
    const char *name;
    struct mapping other; /* compared with 'base' */
    int by_key, by_lease; /* sign of base - other */
    bool equal, excludes;
} cases[] = {
    {"itself", MAPPING(TCP, ANY, 28001, WEB, V6(2), 80, "aa"), 0, 0, true, true},
    {"higher host port", MAPPING(TCP, ANY, 28002, WEB, V6(2), 80, "aa"), -1, 0, true, false},
    {"lower host port, later protocol", MAPPING(IPPROTO_UDP, ANY, 28000, WEB, V6(2), 80, "aa"), -1,
     -1, true, false},
    {"of udp", MAPPING(IPPROTO_UDP, ANY, 28001, WEB, V6(2), 80, "aa"), -1, -1, true, false},
    {"another address", MAPPING(TCP, ANY, 28001, V4(172, 17, 0, 3), V6(2), 80, "aa"), 0, 0, false,
     true},
    {"another IPv6 address", MAPPING(TCP, ANY, 28001, WEB, V6(3), 80, "aa"), 0, 0, false, true},
    {"no IPv6 address", MAPPING(TCP, ANY, 28001, WEB, NONE, 80, "aa"), 0, 0, false, true},
    {"no host address is every address", MAPPING(TCP, NONE, 28001, WEB, V6(2), 80, "aa"), 0, 0,
     true, true},
    {"at one host address", MAPPING(TCP, V4(10, 0, 0, 1), 28001, WEB, V6(2), 80, "aa"), -1, 0, true,
     true},
    {"at one host address, another port",
     MAPPING(TCP, V4(10, 0, 0, 1), 28000, WEB, V6(2), 80, "aa"), 1, 0, true, false},
    {"lower container port", MAPPING(TCP, ANY, 28001, WEB, V6(2), 79, "aa"), 0, 1, false, true},
    {"another container", MAPPING(TCP, ANY, 28001, WEB, V6(2), 80, "ab"), 0, -1, false, true},
    {"nobody's", MAPPING(TCP, ANY, 28001, WEB, V6(2), 80, ""), 0, 1, false, true},
    {"container counts before port", MAPPING(TCP, ANY, 28001, WEB, V6(2), 1, "ab"), 0, -1, false,
     true},
};

/* Sorted by key. */
static const struct mapping map[] = {
    MAPPING(TCP, ANY, 1, WEB, V6(2), 80, "everywhere"),
    MAPPING(TCP, V4(10, 0, 0, 1), 2, WEB, NONE, 80, "at 1"),
    MAPPING(TCP, V4(10, 0, 0, 2), 2, WEB, NONE, 80, "at 2"),
    MAPPING(TCP, V6(1), 3, NONE, V6(2), 80, "at fd::1"),
};

static const struct {
    const char *name;
    uint16_t port;
    struct ipaddr addr;
    const char *found; /* NULL: none */
} lookups[] = {
    {"any address of the host", 1, V4(10, 0, 0, 9), "everywhere"},
    {"an IPv6 address of the host", 1, V6(9), "everywhere"},
    {"the one address", 2, V4(10, 0, 0, 1), "at 1"},
    {"the other address, the same port", 2, V4(10, 0, 0, 2), "at 2"},
    {"a third address", 2, V4(10, 0, 0, 3), NULL},
    {"the one IPv6 address", 3, V6(1), "at fd::1"},
    {"another IPv6 address", 3, V6(2), NULL},
    {"another port", 4, V4(10, 0, 0, 1), NULL},
};

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void test_lookup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(lookups); i++) {
        const struct mapping *m =
            mapping_lookup(map, ARRAY_LEN(map), IPPROTO_TCP, lookups[i].port, &lookups[i].addr);

        is_str(m ? m->container_id : "none", lookups[i].found ? lookups[i].found : "none",
               "what is sent to %s", lookups[i].name);
    }
    ok(!mapping_lookup(map, ARRAY_LEN(map), IPPROTO_UDP, 1, &lookups[0].addr), "not of udp");
    ok(!mapping_lookup(NULL, 0, IPPROTO_TCP, 1, &lookups[0].addr), "nothing has nothing");
}

/* Of 2,000 ports in an order of their own, each in two protocols, and one port at
 * several addresses. */
static void test_sort(void)
{
    static struct mapping v[4003];
    size_t n = 0, wrong = 0;

    for (unsigned i = 1; i <= 2000; i++) {
        uint16_t port = (uint16_t)(i * 7919 % 2003 + 300);

        v[n++] = (struct mapping){.protocol = i % 2 ? TCP : IPPROTO_SCTP, .host_port = port};
        v[n++] = (struct mapping){.protocol = IPPROTO_UDP, .host_port = port};
    }
    for (uint8_t i = 3; i > 0; i--)
        v[n++] =
            (struct mapping){.protocol = TCP, .host_port = 65535, .host_addr = V4(10, 0, 0, i)};
    mappings_sort(v, n);
    for (size_t i = 1; i < n; i++)
        wrong += mapping_cmp_key(&v[i - 1], &v[i]) >= 0;
    is_int((long long)wrong, 0, "sorted by key");
    mappings_sort(v, 0);
    ok(v[0].host_port != 0, "nothing is sorted, too");
}

static void test_without_ipv6(void)
{
    struct mapping v[ARRAY_LEN(map)];
    size_t n = ARRAY_LEN(map);

    memcpy(v, map, sizeof v);
    is_int((long long)mappings_without_ipv6(v, &n), 2, "two had an IPv6 target");
    ok(n == 3 && !v[0].container_addr6.family && v[0].container_addr.family == AF_INET &&
           !strcmp(v[2].container_id, "at 2"),
       "the one with nothing else is gone");
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct mapping *m = &cases[i].other;
        const char *name = cases[i].name;

        is_int(sign(mapping_cmp_key(&base, m)), cases[i].by_key, "%s: by key", name);
        is_int(sign(mapping_cmp_key(m, &base)), -cases[i].by_key, "%s: by key, turned", name);
        is_int(sign(mapping_cmp_lease(&base, m)), cases[i].by_lease, "%s: by lease", name);
        is_int(sign(mapping_cmp_lease(m, &base)), -cases[i].by_lease, "%s: by lease, turned", name);
        is_int(mapping_equal(&base, m), cases[i].equal, "%s: equal", name);
        is_int(mapping_excludes(&base, m), cases[i].excludes, "%s: excluded", name);
        is_int(mapping_excludes(m, &base), cases[i].excludes, "%s: excluded, turned", name);
    }
    ok(!mapping_excludes(&map[1], &map[2]), "two addresses do not exclude each other");
    ok(mapping_target(&base, AF_INET) == &base.container_addr &&
           mapping_target(&base, AF_INET6) == &base.container_addr6,
       "a target for each family");
    test_lookup();
    test_without_ipv6();
    test_sort();
    return tap_done();
}

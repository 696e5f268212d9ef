/* Mappings and bridges as the kernel's bytes, there and back. */
#include <netinet/in.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "portmap/element.h"
#include "tests/tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define V4(w, x, y, z)                                                                             \
    {                                                                                              \
        .family = AF_INET, .b = { w, x, y, z }                                                     \
    }
#define V6(last)                                                                                   \
    {                                                                                              \
        .family = AF_INET6, .b = { 0xfd, [15] = last }                                             \
    }

static const struct mapping web = {.protocol = IPPROTO_TCP,
                                   .host_port = 28001,
                                   .container_addr = V4(172, 17, 0, 2),
                                   .container_port = 80,
                                   .container_id = ID};

/* One for each map of each table. */
static const struct {
    const char *name;
    uint8_t family;
    struct mapping m;
    const char *bytes;
} mappings[] = {
    {"ip, every address",
     AF_INET,
     {.protocol = IPPROTO_TCP,
      .host_port = 28001,
      .container_addr = V4(172, 17, 0, 2),
      .container_port = 80,
      .container_id = ID},
     "key: 06 00 00 00 6d 61 00 00\nend:\ndata: ac 11 00 02 00 50 00 00\n"},
    {"ip, one address",
     AF_INET,
     {.protocol = IPPROTO_UDP,
      .host_port = 28001,
      .host_addr = V4(10, 0, 0, 1),
      .container_addr = V4(172, 17, 0, 2),
      .container_port = 53,
      .container_id = ID},
     "key: 0a 00 00 01 11 00 00 00 6d 61 00 00\nend:\ndata: ac 11 00 02 00 35 00 00\n"},
    {"ip6, every address",
     AF_INET6,
     {.protocol = IPPROTO_SCTP,
      .host_port = 28001,
      .container_addr6 = V6(2),
      .container_port = 80,
      .container_id = ID},
     "key: 84 00 00 00 6d 61 00 00\nend:\n"
     "data: fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 50 00 00\n"},
    {"ip6, one address",
     AF_INET6,
     {.protocol = IPPROTO_TCP,
      .host_port = 28001,
      .host_addr = V6(1),
      .container_addr6 = V6(2),
      .container_port = 80,
      .container_id = ID},
     "key: fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 06 00 00 00 6d 61 00 00\nend:\n"
     "data: fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 50 00 00\n"},
};

static void add_hex(struct sbuf *out, const char *name, const uint8_t *bytes, size_t len)
{
    sbuf_addf(out, "%s:", name);
    for (size_t i = 0; i < len; i++)
        sbuf_addf(out, " %02x", bytes[i]);
    sbuf_addch(out, '\n');
}

static void check_bytes(const struct element *e, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    add_hex(&got, "key", e->key, e->key_len);
    add_hex(&got, "end", e->key_end, e->key_end_len);
    add_hex(&got, "data", e->data, e->data_len);
    is_str(sbuf_str(&got), wanted, "%s", name);
}

static void test_mappings(void)
{
    for (size_t i = 0; i < ARRAY_LEN(mappings); i++) {
        const struct mapping *m = &mappings[i].m;
        struct element e = element_from_mapping(m, mappings[i].family);
        struct mapping back;

        check_bytes(&e, mappings[i].bytes, mappings[i].name);
        is_str(e.comment, ID, "%s: its comment is the container's id", mappings[i].name);
        ok(!element_to_mapping(&e, &back) && !mapping_cmp_key(&back, m) && mapping_equal(&back, m),
           "%s: it comes back as it was", mappings[i].name);
        e.data_len--;
        is_int(element_to_mapping(&e, &back), -1, "%s: a value of another shape", mappings[i].name);
    }
    struct element e = element_from_mapping(&mappings[1].m, AF_INET);
    struct mapping back;
    memset(e.key, 0, 4);
    is_int(element_to_mapping(&e, &back), -1, "the address 0.0.0.0 is none of the host");
    e = element_from_mapping(&mappings[1].m, AF_INET);
    e.data_len = 20;
    is_int(element_to_mapping(&e, &back), -1, "an IPv4 key with an IPv6 value");
}

static void test_bytes(void)
{
    struct element name = element_from_ifname("docker0");
    struct element net = element_from_bridge(&(struct bridge){
        .name = "br-1", .first = V4(0xac, 0x11, 0, 0), .last = V4(0xac, 0x11, 0xff, 0xff)});
    struct element net6 =
        element_from_bridge(&(struct bridge){.name = "br-1", .first = V6(0), .last = V6(0xff)});

    check_bytes(&name, "key: 64 6f 63 6b 65 72 30 00 00 00 00 00 00 00 00 00\nend:\ndata:\n",
                "an interface");
    check_bytes(&net,
                "key: 62 72 2d 31 00 00 00 00 00 00 00 00 00 00 00 00 ac 11 00 00\n"
                "end: 62 72 2d 31 00 00 00 00 00 00 00 00 00 00 00 00 ac 11 ff ff\n"
                "data:\n",
                "a network of an interface: a range");
    check_bytes(&net6,
                "key: 62 72 2d 31 00 00 00 00 00 00 00 00 00 00 00 00"
                " fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
                "end: 62 72 2d 31 00 00 00 00 00 00 00 00 00 00 00 00"
                " fd 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ff\n"
                "data:\n",
                "an IPv6 network");
}

static void test_back(void)
{
    struct element e = element_from_mapping(&web, AF_INET);
    struct mapping m;
    char name[IFNAMSIZ];

    e.key[0] = IPPROTO_ICMP;
    is_int(element_to_mapping(&e, &m), -1, "a protocol that is not ours");
    e = element_from_mapping(&web, AF_INET);
    e.key[4] = e.key[5] = 0;
    is_int(element_to_mapping(&e, &m), -1, "host port 0");
    e = element_from_mapping(&web, AF_INET);
    e.data_len = 4;
    is_int(element_to_mapping(&e, &m), -1, "a value of another shape");
    e = element_from_ifname("br-0123456789ab");
    ok(!element_to_ifname(&e, name) && !strcmp(name, "br-0123456789ab"), "an interface comes back");
    is_int(element_to_mapping(&e, &m), -1, "an interface is no mapping");
    e.key[IFNAMSIZ - 1] = 'x';
    is_int(element_to_ifname(&e, name), -1, "a name without an end");
    e = element_from_ifname("");
    is_int(element_to_ifname(&e, name), -1, "no name");
}

static void test_rest(void)
{
    struct rest r = {IPPROTO_UDP, 28001, 112.5}, back;
    struct element e = element_from_rest(&r, 100.);

    check_bytes(&e, "key: 11 00 00 00 6d 61 00 00\nend:\ndata:\n", "a port that rests");
    is_int((long long)e.timeout, 12501, "for so many milliseconds");
    e.timeout = 2500;
    ok(!element_to_rest(&e, 50., &back) && back.protocol == IPPROTO_UDP &&
           back.host_port == 28001 && back.ends == 52.5,
       "a rest comes back");
    e.timeout = 0;
    is_int(element_to_rest(&e, 50., &back), -1, "one without end is not ours");
    e.timeout = UINT64_MAX;
    is_int(element_to_rest(&e, 50., &back), -1, "nor one of millions of years");
    e = element_from_mapping(&web, AF_INET);
    e.timeout = 1;
    is_int(element_to_rest(&e, 50., &back), -1, "nor a mapping");
}

static const struct {
    const char *name;
    const char *bytes;
    size_t len;
    const char *comment;
} userdata[] = {
    {"none", "", 0, ""},
    {"a comment", "\0\3ab", 5, "ab"},
    {"behind another attribute", "\1\1x\0\3ab", 8, "ab"},
    {"the longest", "\0\101" ID, 67, ID},
    {"one too long", "\0\102" ID "0", 68, ""},
    {"cut off", "\0\3ab", 4, ""},
    {"only a type", "\0", 1, ""},
    {"empty", "\0\1", 3, ""},
    {"of no length", "\0\0", 2, ""},
    {"without its NUL", "\0\2ab", 4, ""},
    {"with a NUL inside", "\0\4a\0b", 6, ""},
    {"not printable", "\0\3a\n", 5, ""},
};

static void test_comment(void)
{
    for (size_t i = 0; i < ARRAY_LEN(userdata); i++) {
        struct element e = {.comment = "old"};

        element_set_comment(&e, (const uint8_t *)userdata[i].bytes, userdata[i].len);
        is_str(e.comment, userdata[i].comment, "user data: %s", userdata[i].name);
    }
    struct element e = element_from_mapping(&web, AF_INET), back = {0};
    uint8_t bytes[ELEMENT_USERDATA_MAX];
    element_set_comment(&back, bytes, element_get_userdata(&e, bytes));
    is_str(back.comment, ID, "user data comes back");
}

static void test_lists(void)
{
    struct elements l = {0};
    struct mapping other = web;

    other.host_port = 28000;
    struct element a = element_from_mapping(&web, AF_INET),
                   b = element_from_mapping(&other, AF_INET);
    elements_add(&l, &a);
    elements_add(&l, &b);
    elements_add(&l, &a);
    elements_sort(&l);
    elements_unique(&l);
    ok(l.n == 2 && !element_cmp(&l.v[0], &b) && !element_cmp(&l.v[1], &a), "sorted, once each");
    other = web;
    other.container_addr.b[3]++;
    b = element_from_mapping(&other, AF_INET);
    ok(!element_cmp(&a, &b) && !element_equal(&a, &b), "another target is another value");
    b = a;
    b.comment[0] = '\0';
    ok(!element_cmp(&a, &b) && !element_equal(&a, &b), "another owner is another value");
    elements_done(&l);
}

int main(void)
{
    test_mappings();
    test_bytes();
    test_back();
    test_rest();
    test_comment();
    test_lists();
    return tap_done();
}

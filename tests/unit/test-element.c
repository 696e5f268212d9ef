/* Mappings and bridges as the kernel's bytes, there and back. */
#include <netinet/in.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "portmap/element.h"
#include "tests/tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct mapping web = {
    IPPROTO_TCP, 28001, {.family = AF_INET, .b = {172, 17, 0, 2}}, 80, ID};

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

static void test_bytes(void)
{
    struct element ports = element_from_mapping(&web);
    struct element name = element_from_ifname("docker0");
    struct element net = element_from_bridge(
        &(struct bridge){.name = "br-1", .first = 0xac110000, .last = 0xac11ffff});

    check_bytes(&ports,
                "key: 06 00 00 00 6d 61 00 00\n"
                "end:\n"
                "data: ac 11 00 02 00 50 00 00\n",
                "a mapping: fields padded to four bytes");
    is_str(ports.comment, ID, "its comment is the container's id");
    check_bytes(&name, "key: 64 6f 63 6b 65 72 30 00 00 00 00 00 00 00 00 00\nend:\ndata:\n",
                "an interface");
    check_bytes(&net,
                "key: 62 72 2d 31 00 00 00 00 00 00 00 00 00 00 00 00 ac 11 00 00\n"
                "end: 62 72 2d 31 00 00 00 00 00 00 00 00 00 00 00 00 ac 11 ff ff\n"
                "data:\n",
                "a network of an interface: a range");
}

static void test_back(void)
{
    struct element e = element_from_mapping(&web);
    struct mapping m;
    char name[IFNAMSIZ];

    ok(!element_to_mapping(&e, &m) && !mapping_cmp_key(&m, &web) && mapping_equal(&m, &web),
       "a mapping comes back as it was");
    e.key[0] = IPPROTO_SCTP;
    is_int(element_to_mapping(&e, &m), -1, "a protocol that is not ours");
    e = element_from_mapping(&web);
    e.key[4] = e.key[5] = 0;
    is_int(element_to_mapping(&e, &m), -1, "host port 0");
    e = element_from_mapping(&web);
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
    e = element_from_mapping(&web);
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
    struct element e = element_from_mapping(&web), back = {0};
    uint8_t bytes[ELEMENT_USERDATA_MAX];
    element_set_comment(&back, bytes, element_get_userdata(&e, bytes));
    is_str(back.comment, ID, "user data comes back");
}

static void test_lists(void)
{
    struct elements l = {0};
    struct mapping other = web;

    other.host_port = 28000;
    struct element a = element_from_mapping(&web), b = element_from_mapping(&other);
    elements_add(&l, &a);
    elements_add(&l, &b);
    elements_add(&l, &a);
    elements_sort(&l);
    elements_unique(&l);
    ok(l.n == 2 && !element_cmp(&l.v[0], &b) && !element_cmp(&l.v[1], &a), "sorted, once each");
    other = web;
    other.container_addr.b[3]++;
    b = element_from_mapping(&other);
    ok(!element_cmp(&a, &b) && !element_equal(&a, &b), "another target is another value");
    b = a;
    b.comment[0] = '\0';
    ok(!element_cmp(&a, &b) && !element_equal(&a, &b), "another owner is another value");
    elements_done(&l);
}

int main(void)
{
    test_bytes();
    test_back();
    test_rest();
    test_comment();
    test_lists();
    return tap_done();
}

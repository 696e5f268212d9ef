/* Connections as conntrack tells them, and which of them lead elsewhere than the map says. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/clean.h"
#include "portmap/flow.h"
#include "tests/tap.h"

#define MARK 0x04000000u

static const struct mapping map[] = {
    {IPPROTO_TCP, 28001, {.family = AF_INET, .b = {172, 17, 0, 2}}, 80, "a"},
    {IPPROTO_UDP, 28001, {.family = AF_INET, .b = {172, 17, 0, 2}}, 53, "a"},
};

static const struct {
    const char *name;
    uint8_t protocol;
    uint16_t port;
    uint8_t from; /* last byte of the address that answers */
    uint16_t from_port;
    uint32_t mark, status;
    bool stale;
} tests[] = {
    {"tcp to where the map says", IPPROTO_TCP, 28001, 2, 80, MARK, IPS_DST_NAT, false},
    {"tcp to another container", IPPROTO_TCP, 28001, 3, 80, MARK, IPS_DST_NAT, true},
    {"tcp to another port", IPPROTO_TCP, 28001, 2, 81, MARK, IPS_DST_NAT, true},
    {"tcp of somebody else", IPPROTO_TCP, 28001, 3, 80, 1, IPS_DST_NAT, false},
    {"tcp that went past", IPPROTO_TCP, 28001, 9, 28001, 0, 0, false},
    {"tcp to a port without a mapping", IPPROTO_TCP, 28002, 2, 80, MARK, IPS_DST_NAT, true},
    {"tcp to a port that nobody touched", IPPROTO_TCP, 28003, 2, 80, MARK, IPS_DST_NAT, false},
    {"our mark among others", IPPROTO_TCP, 28001, 3, 80, MARK | 1, IPS_DST_NAT, true},
    {"udp to where the map says", IPPROTO_UDP, 28001, 2, 53, MARK, IPS_DST_NAT, false},
    {"udp to another container", IPPROTO_UDP, 28001, 3, 53, MARK, IPS_DST_NAT, true},
    {"udp that went past", IPPROTO_UDP, 28001, 9, 28001, 0, IPS_CONFIRMED, true},
    {"udp that left by others' NAT", IPPROTO_UDP, 28001, 9, 28001, 0, IPS_SRC_NAT, false},
};

static void put_tuple(struct nlmsghdr *h, uint16_t type, uint8_t protocol, uint8_t source,
                      uint16_t source_port, uint16_t port)
{
    struct nlattr *tuple = mnl_attr_nest_start(h, type);
    struct nlattr *ip = mnl_attr_nest_start(h, CTA_TUPLE_IP);
    mnl_attr_put_u32(h, CTA_IP_V4_SRC, htonl(0xac110000 | source));
    mnl_attr_put_u32(h, CTA_IP_V4_DST, htonl(0xc0000201));
    mnl_attr_nest_end(h, ip);
    struct nlattr *proto = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(h, CTA_PROTO_NUM, protocol);
    mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, htons(source_port));
    mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, htons(port));
    mnl_attr_nest_end(h, proto);
    mnl_attr_nest_end(h, tuple);
}

static struct nlmsghdr *build(void *at, size_t i)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(at);

    h->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
    mnl_nlmsg_put_extra_header(h, sizeof(struct nfgenmsg));
    put_tuple(h, CTA_TUPLE_ORIG, tests[i].protocol, 99, 40000, tests[i].port);
    put_tuple(h, CTA_TUPLE_REPLY, tests[i].protocol, tests[i].from, tests[i].from_port, 40000);
    mnl_attr_put_u32(h, CTA_STATUS, htonl(tests[i].status));
    mnl_attr_put_u32(h, CTA_MARK, htonl(tests[i].mark));
    mnl_attr_put_u32(h, CTA_ID, htonl(4711));
    return h;
}

static void test_parts(void)
{
    _Alignas(8) char data[1024];
    const struct nlmsghdr *h = build(data, 0);
    struct flow f = {0};
    struct nlattr a;
    bool early = false;

    is_int(flow_parse(h, h->nlmsg_len, &f), 0, "a message is read");
    memcpy(&a, data + f.tuple, sizeof a);
    is_int(a.nla_type & NLA_TYPE_MASK, CTA_TUPLE_ORIG, "with the place of its tuple");
    is_int(a.nla_len, (long long)f.tuple_len, "which is whole");
    memcpy(&a, data + f.id, sizeof a);
    is_int(a.nla_type, CTA_ID, "and of its id");
    is_int((long long)f.zone_len, 0, "it has no zone");
    for (size_t i = 0; i < f.tuple + f.tuple_len; i++)
        early |= !flow_parse(h, i, &f);
    ok(!early, "nothing is read from half a message");
}

int main(void)
{
    struct flow_ports ports = {0};

    flow_ports_add(&ports, IPPROTO_TCP, 28001);
    flow_ports_add(&ports, IPPROTO_UDP, 28001);
    flow_ports_add(&ports, IPPROTO_TCP, 28002);
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        _Alignas(8) char data[1024];
        const struct nlmsghdr *h = build(data, i);
        struct flow f;

        ok(!flow_parse(h, h->nlmsg_len, &f) &&
               flow_is_stale(&f, &ports, map, ARRAY_LEN(map), MARK) == tests[i].stale,
           "%s", tests[i].name);
    }
    test_parts();
    return tap_done();
}

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

#define MAPPING(proto, port, cport)                                                                \
    {                                                                                              \
        .protocol = proto, .host_port = port,                                                      \
        .container_addr = {.family = AF_INET, .b = {172, 17, 0, 2}},                               \
        .container_addr6 = {.family = AF_INET6, .b = {0xfd, [15] = 2}}, .container_port = cport,   \
        .container_id = "a"                                                                        \
    }
#define AT_HOST .host_addr = {.family = AF_INET, .b = {192, 0, 2, 1}}

/* Sorted by key. */
static const struct mapping map[] = {
    MAPPING(IPPROTO_TCP, 28001, 80),
    {AT_HOST, .protocol = IPPROTO_TCP, .host_port = 28004, .container_port = 80,
     .container_addr = {.family = AF_INET, .b = {172, 17, 0, 2}}},
    MAPPING(IPPROTO_UDP, 28001, 53),
    MAPPING(IPPROTO_SCTP, 28001, 99),
};

static const struct {
    const char *name;
    uint8_t protocol;
    uint16_t port;
    uint8_t from; /* last byte of the address that answers */
    uint16_t from_port;
    uint32_t mark, status;
    bool stale;
    bool v6;
    uint8_t host; /* last byte of the address asked for; 0: 1 */
} tests[] = {
    {"tcp to where the map says", IPPROTO_TCP, 28001, 2, 80, MARK, IPS_DST_NAT, false, false, 0},
    {"tcp to another container", IPPROTO_TCP, 28001, 3, 80, MARK, IPS_DST_NAT, true, false, 0},
    {"tcp to another port", IPPROTO_TCP, 28001, 2, 81, MARK, IPS_DST_NAT, true, false, 0},
    {"tcp of somebody else", IPPROTO_TCP, 28001, 3, 80, 1, IPS_DST_NAT, false, false, 0},
    {"tcp that went past", IPPROTO_TCP, 28001, 9, 28001, 0, 0, false, false, 0},
    {"tcp to a port without a mapping", IPPROTO_TCP, 28002, 2, 80, MARK, IPS_DST_NAT, true, false,
     0},
    {"tcp to a port that nobody touched", IPPROTO_TCP, 28003, 2, 80, MARK, IPS_DST_NAT, false,
     false, 0},
    {"our mark among others", IPPROTO_TCP, 28001, 3, 80, MARK | 1, IPS_DST_NAT, true, false, 0},
    {"udp to where the map says", IPPROTO_UDP, 28001, 2, 53, MARK, IPS_DST_NAT, false, false, 0},
    {"udp to another container", IPPROTO_UDP, 28001, 3, 53, MARK, IPS_DST_NAT, true, false, 0},
    {"udp that went past", IPPROTO_UDP, 28001, 9, 28001, 0, IPS_CONFIRMED, true, false, 0},
    {"udp that left by others' NAT", IPPROTO_UDP, 28001, 9, 28001, 0, IPS_SRC_NAT, false, false, 0},
    {"sctp to where the map says", IPPROTO_SCTP, 28001, 2, 99, MARK, IPS_DST_NAT, false, false, 0},
    {"sctp to another container", IPPROTO_SCTP, 28001, 3, 99, MARK, IPS_DST_NAT, true, false, 0},
    {"sctp that went past", IPPROTO_SCTP, 28001, 9, 28001, 0, 0, false, false, 0},
    {"tcp by IPv6 to where the map says", IPPROTO_TCP, 28001, 2, 80, MARK, IPS_DST_NAT, false, true,
     0},
    {"tcp by IPv6 to another container", IPPROTO_TCP, 28001, 3, 80, MARK, IPS_DST_NAT, true, true,
     0},
    {"udp by IPv6 that went past", IPPROTO_UDP, 28001, 9, 28001, 0, IPS_CONFIRMED, true, true, 0},
    {"to the one address that is mapped", IPPROTO_TCP, 28004, 2, 80, MARK, IPS_DST_NAT, false,
     false, 0},
    {"to another address than that", IPPROTO_TCP, 28004, 2, 80, MARK, IPS_DST_NAT, true, false, 5},
};

/* 2001:db8::N and fd00::N, or 192.0.2.N and 172.17.0.N. */
static void put_address(struct nlmsghdr *h, size_t i, uint16_t type, bool container, uint8_t last)
{
    uint8_t v6[16] = {container ? 0xfd : 0x20, container ? 0 : 1, [15] = last};

    if (tests[i].v6)
        mnl_attr_put(h, type == CTA_IP_V4_SRC ? CTA_IP_V6_SRC : CTA_IP_V6_DST, sizeof v6, v6);
    else
        mnl_attr_put_u32(h, type, htonl((container ? 0xac110000 : 0xc0000200) | last));
}

static void put_tuple(struct nlmsghdr *h, size_t i, uint16_t type, uint8_t source, uint8_t target,
                      uint16_t source_port, uint16_t port)
{
    struct nlattr *tuple = mnl_attr_nest_start(h, type);
    struct nlattr *ip = mnl_attr_nest_start(h, CTA_TUPLE_IP);
    put_address(h, i, CTA_IP_V4_SRC, type == CTA_TUPLE_REPLY, source);
    put_address(h, i, CTA_IP_V4_DST, false, target);
    mnl_attr_nest_end(h, ip);
    struct nlattr *proto = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(h, CTA_PROTO_NUM, tests[i].protocol);
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
    put_tuple(h, i, CTA_TUPLE_ORIG, 99, tests[i].host ? tests[i].host : 1, 40000, tests[i].port);
    put_tuple(h, i, CTA_TUPLE_REPLY, tests[i].from, 99, tests[i].from_port, 40000);
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
    flow_ports_add(&ports, IPPROTO_TCP, 28004);
    flow_ports_add(&ports, IPPROTO_SCTP, 28001);
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

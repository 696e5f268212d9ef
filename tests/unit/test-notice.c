/* Which notifications of nf_tables concern berth. */
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clean.h"
#include "portmap/notice.h"
#include "tests/tap.h"

#define OWN 77 /* our netlink port */

static const struct {
    const char *name;
    uint16_t type;
    uint8_t family;
    uint32_t port;
    const char *table, *chain;
    bool wanted;
} tests[] = {
    {"our table was deleted", NFT_MSG_DELTABLE, 2, 5, "berth", NULL, true},
    {"... by ourselves", NFT_MSG_DELTABLE, 2, OWN, "berth", NULL, false},
    {"... in another family", NFT_MSG_DELTABLE, 1, 5, "berth", NULL, false},
    {"a table of a longer name", NFT_MSG_DELTABLE, 2, 5, "berth2", NULL, false},
    {"a rule of our table", NFT_MSG_NEWRULE, 2, 5, "berth", "hostports", true},
    {"an element of our table", NFT_MSG_DELSETELEM, 2, 5, "berth", NULL, true},
    {"our table for IPv6 was deleted", NFT_MSG_DELTABLE, 10, 5, "berth", NULL, true},
    {"a rule of DOCKER-USER", NFT_MSG_DELRULE, 2, 5, "filter", "DOCKER-USER", true},
    {"... of the table nat", NFT_MSG_DELRULE, 2, 5, "nat", "DOCKER-USER", false},
    {"a rule of FORWARD", NFT_MSG_NEWRULE, 2, 5, "filter", "FORWARD", false},
    {"a rule of FORWARD of ip6tables", NFT_MSG_NEWRULE, 10, 5, "filter", "FORWARD", true},
    {"... and its policy", NFT_MSG_NEWCHAIN, 10, 5, "filter", "FORWARD", true},
    {"... and of a table of another name", NFT_MSG_NEWRULE, 10, 5, "nat", "FORWARD", false},
    {"the chain DOCKER-USER", NFT_MSG_NEWCHAIN, 2, 5, "filter", "DOCKER-USER", true},
    {"Docker's table", NFT_MSG_NEWTABLE, 2, 5, "filter", NULL, false},
    {"a generation", NFT_MSG_NEWGEN, 0, 5, NULL, NULL, false},
};

static struct nlmsghdr *build(char *at, size_t i)
{
    struct nlmsghdr *h = mnl_nlmsg_put_header(at);
    bool chain = tests[i].type == NFT_MSG_NEWCHAIN || tests[i].type == NFT_MSG_DELCHAIN;

    h->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | tests[i].type);
    h->nlmsg_pid = tests[i].port;
    struct nfgenmsg *general = mnl_nlmsg_put_extra_header(h, sizeof *general);
    general->nfgen_family = tests[i].family;
    if (tests[i].table)
        mnl_attr_put_strz(h, NFTA_TABLE_NAME, tests[i].table);
    else
        mnl_attr_put_u32(h, NFTA_GEN_ID, 1u << 24 | 7);
    if (tests[i].chain)
        mnl_attr_put_strz(h, chain ? NFTA_CHAIN_NAME : NFTA_RULE_CHAIN, tests[i].chain);
    return h;
}

static void test_cuts(void)
{
    _Alignas(8) char data[1024];
    struct nlmsghdr *h = build(data, 0);
    size_t len = h->nlmsg_len;

    for (size_t i = 0; i < len; i++)
        if (notice_concerns_us(data, i, OWN)) {
            ok(false, "the first %zu bytes of a message", i);
            return;
        }
    ok(true, "a message that is cut off says nothing");
    h->nlmsg_len = 0;
    ok(!notice_concerns_us(data, len, OWN), "nor one of no length");
}

static bool is_new_port(uint16_t type, uint8_t family, uint8_t mode)
{
    _Alignas(8) char data[256];
    struct nlmsghdr *h = mnl_nlmsg_put_header(data);

    h->nlmsg_type = type;
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof *link);
    link->ifi_family = family;
    struct nlattr *info = mnl_attr_nest_start(h, IFLA_PROTINFO);
    mnl_attr_put_u8(h, IFLA_BRPORT_STATE, 3);
    mnl_attr_put_u8(h, IFLA_BRPORT_MODE, mode);
    mnl_attr_nest_end(h, info);
    return notice_of_bridge_port(data, h->nlmsg_len);
}

static void test_bridge_ports(void)
{
    ok(is_new_port(RTM_NEWLINK, AF_BRIDGE, 0), "a bridge port without hairpin mode");
    ok(!is_new_port(RTM_NEWLINK, AF_BRIDGE, 1), "... with it");
    ok(!is_new_port(RTM_NEWLINK, AF_UNSPEC, 0), "another interface");
    ok(!is_new_port(RTM_DELLINK, AF_BRIDGE, 0), "a bridge port that goes");
}

int main(void)
{
    _Alignas(8) char all[4096];
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        _Alignas(8) char data[1024];
        struct nlmsghdr *h = build(data, i);

        is_int(notice_concerns_us(data, h->nlmsg_len, OWN), tests[i].wanted, "%s", tests[i].name);
        if (!tests[i].wanted)
            len += NLMSG_ALIGN(build(all + len, i)->nlmsg_len);
    }
    ok(!notice_concerns_us(all, len, OWN), "several that do not concern us");
    len += build(all + len, 4)->nlmsg_len;
    ok(notice_concerns_us(all, len, OWN), "... and one behind them that does");
    test_cuts();
    test_bridge_ports();
    return tap_done();
}

#include "portmap/nft_table.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "portmap/element.h"
#include "portmap/nft_rule.h"

/* nft's numbers of data types and byte orders; the kernel only keeps them, for `nft list`. */
#define TYPE_IPV4 7u
#define TYPE_IPV6 8u
#define TYPE_PROTOCOL 12u
#define TYPE_SERVICE 13u
#define TYPE_IFNAME 41u
#define BYTEORDER_HOST 1u
#define TYPE_CONCAT(a, b) ((a) << 6 | (b))

#define USERDATA_SIZE 64 /* bytes; room for one number */

#define IPV4_SADDR 12 /* offsets in the headers */
#define IPV4_DADDR 16
#define IPV6_SADDR 8
#define IPV6_DADDR 24
#define TH_DPORT 2 /* of TCP, UDP and SCTP */

/* Beside iptables: before its NAT (-100) on the way in, so that a hit in our map comes first. */
#define PRIORITY_GUARD (-300)
#define PRIORITY_DNAT (-105)
#define PRIORITY_SNAT 95

struct set_definition {
    const char *name;
    uint32_t id; /* names the set within its transaction */
    uint32_t flags;
    uint32_t key_type, key_len;
    uint32_t data_type, data_len;
    uint8_t fields[2]; /* lengths of the fields of the key, for sets of ranges */
};

struct chain_definition {
    const char *name;
    const char *type; /* NULL: no hook, the next two do not count */
    uint32_t hook;
    int32_t priority;
};

#define MAP_PORTS(type, len)                                                                       \
    {                                                                                              \
        .name = NFT_MAP_PORTS, .id = 1, .flags = NFT_SET_MAP,                                      \
        .key_type = TYPE_CONCAT(TYPE_PROTOCOL, TYPE_SERVICE), .key_len = ELEMENT_PORTS_KEY_LEN,    \
        .data_type = TYPE_CONCAT(type, TYPE_SERVICE), .data_len = ELEMENT_PORTS_DATA_LEN(len)      \
    }
#define MAP_PORTS_IP(type, len)                                                                    \
    {                                                                                              \
        .name = NFT_MAP_PORTS_IP, .id = 2, .flags = NFT_SET_MAP,                                   \
        .key_type = TYPE_CONCAT(TYPE_CONCAT(type, TYPE_PROTOCOL), TYPE_SERVICE),                   \
        .key_len = ELEMENT_PORTS_IP_KEY_LEN(len), .data_type = TYPE_CONCAT(type, TYPE_SERVICE),    \
        .data_len = ELEMENT_PORTS_DATA_LEN(len)                                                    \
    }
#define SET_HAIRPIN(type, len)                                                                     \
    {                                                                                              \
        .name = NFT_SET_HAIRPIN, .id = 3, .flags = NFT_SET_INTERVAL | NFT_SET_CONCAT,              \
        .key_type = TYPE_CONCAT(TYPE_IFNAME, type), .key_len = ELEMENT_HAIRPIN_KEY_LEN(len),       \
        .fields = {                                                                                \
            16,                                                                                    \
            len                                                                                    \
        }                                                                                          \
    }

/* The first ones are in both families. */
static const struct set_definition sets4[] = {
    MAP_PORTS(TYPE_IPV4, 4),
    MAP_PORTS_IP(TYPE_IPV4, 4),
    SET_HAIRPIN(TYPE_IPV4, 4),
    {.name = NFT_SET_BRIDGES, .id = 4, .key_type = TYPE_IFNAME, .key_len = ELEMENT_BRIDGES_KEY_LEN},
    {.name = NFT_SET_QUARANTINE,
     .id = 5,
     .flags = NFT_SET_TIMEOUT,
     .key_type = TYPE_CONCAT(TYPE_PROTOCOL, TYPE_SERVICE),
     .key_len = ELEMENT_PORTS_KEY_LEN},
};
static const struct set_definition sets6[] = {MAP_PORTS(TYPE_IPV6, 16), MAP_PORTS_IP(TYPE_IPV6, 16),
                                              SET_HAIRPIN(TYPE_IPV6, 16)};

static const struct chain_definition chains[] = {
    {"hostports", NULL, 0, 0},
    {"prerouting", "nat", NF_INET_PRE_ROUTING, PRIORITY_DNAT},
    {"output", "nat", NF_INET_LOCAL_OUT, PRIORITY_DNAT},
    {"postrouting", "nat", NF_INET_POST_ROUTING, PRIORITY_SNAT},
    {"guard", "filter", NF_INET_PRE_ROUTING, PRIORITY_GUARD}, /* not in ip6 */
};

static const uint8_t loopback_net = 127;

static void add_table(struct nft_batch *b, uint16_t type);
static void add_set(struct nft_batch *b, const struct set_definition *s);
static void note_byte_order(struct nftnl_set *s);
static void add_chain(struct nft_batch *b, const struct chain_definition *c);
static void flush_chain(struct nft_batch *b, const char *chain);
static void add_rule(struct nft_batch *b, struct nftnl_rule *r);
static struct nftnl_rule *guard_rule(uint32_t address_offset);
static struct nftnl_rule *local_rule(const char *chain, bool but_loopback6);
static struct nftnl_rule *map_ip_rule(uint8_t family, uint32_t mark);
static struct nftnl_rule *map_rule(uint8_t family, uint32_t mark);
static void add_hit(struct nftnl_rule *r, uint8_t family, const char *map, uint32_t mark);
static struct nftnl_rule *our_connection_rule(uint32_t mark);
static struct nftnl_rule *loopback_masquerade_rule(uint32_t mark);
static struct nftnl_rule *hairpin_masquerade_rule(uint8_t family, uint32_t mark);
static uint32_t addr_len(uint8_t family);

void nft_table_define(struct nft_batch *b, uint32_t mark, bool replace)
{
    bool ip6 = b->family == AF_INET6;
    const struct set_definition *sets = ip6 ? sets6 : sets4;
    size_t n_sets = ip6 ? ARRAY_LEN(sets6) : ARRAY_LEN(sets4);

    add_table(b, NFT_MSG_NEWTABLE);
    if (replace) {
        add_table(b, NFT_MSG_DELTABLE);
        add_table(b, NFT_MSG_NEWTABLE);
    }
    for (size_t i = 0; i < n_sets; i++)
        add_set(b, &sets[i]);
    for (size_t i = 0; i < ARRAY_LEN(chains) - ip6; i++) {
        add_chain(b, &chains[i]);
        flush_chain(b, chains[i].name);
    }
    add_rule(b, local_rule("prerouting", false));
    add_rule(b, local_rule("output", ip6));
    add_rule(b, map_ip_rule(b->family, mark));
    add_rule(b, map_rule(b->family, mark));
    add_rule(b, hairpin_masquerade_rule(b->family, mark));
    if (ip6)
        return;
    add_rule(b, loopback_masquerade_rule(mark));
    add_rule(b, guard_rule(IPV4_DADDR));
    add_rule(b, guard_rule(IPV4_SADDR));
}

static void add_table(struct nft_batch *b, uint16_t type)
{
    struct nftnl_table *t = nft_must(nftnl_table_alloc());
    uint16_t flags = type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0;

    nftnl_table_set_str(t, NFTNL_TABLE_NAME, NFT_TABLE);
    if (type == NFT_MSG_NEWTABLE)
        nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, 0); /* not dormant */
    nftnl_table_nlmsg_build_payload(nft_batch_message(b, type, flags), t);
    nft_batch_end_message(b);
    nftnl_table_free(t);
}

static void add_set(struct nft_batch *b, const struct set_definition *d)
{
    struct nftnl_set *s = nft_must(nftnl_set_alloc());

    nftnl_set_set_str(s, NFTNL_SET_TABLE, NFT_TABLE);
    nftnl_set_set_str(s, NFTNL_SET_NAME, d->name);
    nftnl_set_set_u32(s, NFTNL_SET_FAMILY, b->family);
    nftnl_set_set_u32(s, NFTNL_SET_ID, d->id);
    nftnl_set_set_u32(s, NFTNL_SET_FLAGS, d->flags);
    nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, d->key_type);
    nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, d->key_len);
    if (d->flags & NFT_SET_MAP) {
        nftnl_set_set_u32(s, NFTNL_SET_DATA_TYPE, d->data_type);
        nftnl_set_set_u32(s, NFTNL_SET_DATA_LEN, d->data_len);
    }
    if (d->flags & NFT_SET_CONCAT)
        nftnl_set_set_data(s, NFTNL_SET_DESC_CONCAT, d->fields, sizeof d->fields);
    if (d->key_type == TYPE_IFNAME)
        note_byte_order(s);
    nftnl_set_nlmsg_build_payload(nft_batch_message(b, NFT_MSG_NEWSET, NLM_F_CREATE), s);
    nft_batch_end_message(b);
    nftnl_set_free(s);
}

/* For `nft list`, which would print the names of interfaces from the wrong end. */
static void note_byte_order(struct nftnl_set *s)
{
    struct nftnl_udata_buf *u = nft_must(nftnl_udata_buf_alloc(USERDATA_SIZE));

    nftnl_udata_put_u32(u, NFTNL_UDATA_SET_KEYBYTEORDER, BYTEORDER_HOST);
    nftnl_set_set_data(s, NFTNL_SET_USERDATA, nftnl_udata_buf_data(u), nftnl_udata_buf_len(u));
    nftnl_udata_buf_free(u);
}

static void add_chain(struct nft_batch *b, const struct chain_definition *d)
{
    struct nftnl_chain *c = nft_must(nftnl_chain_alloc());

    nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, NFT_TABLE);
    nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, d->name);
    if (d->type) {
        nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, d->type);
        nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, d->hook);
        nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, d->priority);
        nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    }
    nftnl_chain_nlmsg_build_payload(nft_batch_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE), c);
    nft_batch_end_message(b);
    nftnl_chain_free(c);
}

/* A deletion without a handle takes every rule of the chain. */
static void flush_chain(struct nft_batch *b, const char *chain)
{
    struct nftnl_rule *r = nft_rule_new(NFT_TABLE, chain);

    nftnl_rule_nlmsg_build_payload(nft_batch_message(b, NFT_MSG_DELRULE, 0), r);
    nft_batch_end_message(b);
    nftnl_rule_free(r);
}

static void add_rule(struct nft_batch *b, struct nftnl_rule *r)
{
    uint16_t flags = NLM_F_CREATE | NLM_F_APPEND;

    nftnl_rule_nlmsg_build_payload(nft_batch_message(b, NFT_MSG_NEWRULE, flags), r);
    nft_batch_end_message(b);
    nftnl_rule_free(r);
}

/* iifname @bridges ip daddr|saddr 127.0.0.0/8 drop */
static struct nftnl_rule *guard_rule(uint32_t address_offset)
{
    struct nftnl_rule *r = nft_rule_new(NFT_TABLE, "guard");

    nft_rule_load_meta(r, NFT_META_IIFNAME, NFT_REG32_00);
    nft_rule_in_set(r, NFT_REG32_00, NFT_SET_BRIDGES);
    nft_rule_load_payload(r, NFT_PAYLOAD_NETWORK_HEADER, address_offset, 1, NFT_REG32_00);
    nft_rule_equals(r, NFT_REG32_00, &loopback_net, sizeof loopback_net);
    nft_rule_verdict(r, NF_DROP, NULL);
    return r;
}

/* fib daddr type local goto hostports, with 'but_loopback6' behind ip6 daddr != ::1: who asks for
 * localhost by IPv6 is refused at once by the socket that holds the port, and goes on to IPv4. */
static struct nftnl_rule *local_rule(const char *chain, bool but_loopback6)
{
    struct nftnl_rule *r = nft_rule_new(NFT_TABLE, chain);
    uint32_t local = RTN_LOCAL;

    if (but_loopback6) {
        nft_rule_load_payload(r, NFT_PAYLOAD_NETWORK_HEADER, IPV6_DADDR, sizeof in6addr_loopback,
                              NFT_REG32_00);
        nft_rule_differs(r, NFT_REG32_00, &in6addr_loopback, sizeof in6addr_loopback);
    }
    nft_rule_load_daddr_type(r, NFT_REG32_00);
    nft_rule_equals(r, NFT_REG32_00, &local, sizeof local);
    nft_rule_verdict(r, NFT_GOTO, "hostports");
    return r;
}

/* dnat to ip daddr . meta l4proto . th dport map @ports_ip */
static struct nftnl_rule *map_ip_rule(uint8_t family, uint32_t mark)
{
    struct nftnl_rule *r = nft_rule_new(NFT_TABLE, "hostports");
    uint32_t len = addr_len(family), behind = NFT_REG32_00 + len / 4;

    nft_rule_load_payload(r, NFT_PAYLOAD_NETWORK_HEADER,
                          family == AF_INET6 ? IPV6_DADDR : IPV4_DADDR, len, NFT_REG32_00);
    nft_rule_load_meta(r, NFT_META_L4PROTO, behind);
    nft_rule_load_payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, TH_DPORT, 2, behind + 1);
    add_hit(r, family, NFT_MAP_PORTS_IP, mark);
    return r;
}

/* dnat to meta l4proto . th dport map @ports */
static struct nftnl_rule *map_rule(uint8_t family, uint32_t mark)
{
    struct nftnl_rule *r = nft_rule_new(NFT_TABLE, "hostports");

    nft_rule_load_meta(r, NFT_META_L4PROTO, NFT_REG32_00);
    nft_rule_load_payload(r, NFT_PAYLOAD_TRANSPORT_HEADER, TH_DPORT, 2, NFT_REG32_01);
    add_hit(r, family, NFT_MAP_PORTS, mark);
    return r;
}

/* Looks the key at register 0 up and sends the connection there, with both marks set in between, on
 * a hit only. nft's language cannot say that on every kernel; expressions can. The connection's
 * mark is what DOCKER-USER accepts by, also on the way back; the packet's mark is what Docker 29
 * can be told to accept. */
static void add_hit(struct nftnl_rule *r, uint8_t family, const char *map, uint32_t mark)
{
    nft_rule_look_up(r, NFT_REG32_00, map, NFT_REG32_08);
    nft_rule_add_ct_mark(r, mark, NFT_REG32_13);
    nft_rule_add_mark(r, mark, NFT_REG32_13);
    nft_rule_dnat(r, family, NFT_REG32_08, NFT_REG32_08 + addr_len(family) / 4);
}

/* ct mark & M == M */
static struct nftnl_rule *our_connection_rule(uint32_t mark)
{
    struct nftnl_rule *r = nft_rule_new(NFT_TABLE, "postrouting");

    nft_rule_load_ct_mark(r, NFT_REG32_00);
    nft_rule_mask(r, NFT_REG32_00, mark);
    nft_rule_equals(r, NFT_REG32_00, &mark, sizeof mark);
    return r;
}

/* ct mark & M == M oifname @bridges ip saddr 127.0.0.0/8 masquerade */
static struct nftnl_rule *loopback_masquerade_rule(uint32_t mark)
{
    struct nftnl_rule *r = our_connection_rule(mark);

    nft_rule_load_meta(r, NFT_META_OIFNAME, NFT_REG32_00);
    nft_rule_in_set(r, NFT_REG32_00, NFT_SET_BRIDGES);
    nft_rule_load_payload(r, NFT_PAYLOAD_NETWORK_HEADER, IPV4_SADDR, 1, NFT_REG32_00);
    nft_rule_equals(r, NFT_REG32_00, &loopback_net, sizeof loopback_net);
    nft_rule_masquerade(r);
    return r;
}

/* ct mark & M == M oifname . ip saddr @hairpin masquerade */
static struct nftnl_rule *hairpin_masquerade_rule(uint8_t family, uint32_t mark)
{
    struct nftnl_rule *r = our_connection_rule(mark);

    nft_rule_load_meta(r, NFT_META_OIFNAME, NFT_REG32_00); /* 16 bytes: registers 0 to 3 */
    nft_rule_load_payload(r, NFT_PAYLOAD_NETWORK_HEADER,
                          family == AF_INET6 ? IPV6_SADDR : IPV4_SADDR, addr_len(family),
                          NFT_REG32_04);
    nft_rule_in_set(r, NFT_REG32_00, NFT_SET_HAIRPIN);
    nft_rule_masquerade(r);
    return r;
}

/* Bytes of an address. */
static uint32_t addr_len(uint8_t family)
{
    return family == AF_INET6 ? 16 : 4;
}

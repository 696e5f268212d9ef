#include "portmap/nft_rule.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include "portmap/nft.h"

static void compare(struct nftnl_rule *r, uint32_t op, uint32_t reg, const void *data,
                    uint32_t len);
static void mask_and_xor(struct nftnl_rule *r, uint32_t reg, uint32_t mask, uint32_t xor);

struct nftnl_rule *nft_rule_new(const char *table, const char *chain)
{
    struct nftnl_rule *r = nft_must(nftnl_rule_alloc());

    nftnl_rule_set_str(r, NFTNL_RULE_TABLE, table);
    nftnl_rule_set_str(r, NFTNL_RULE_CHAIN, chain);
    return r;
}

struct nftnl_expr *nft_rule_expr(struct nftnl_rule *r, const char *name)
{
    struct nftnl_expr *e = nft_must(nftnl_expr_alloc(name));

    nftnl_rule_add_expr(r, e);
    return e;
}

void nft_rule_load_meta(struct nftnl_rule *r, uint32_t key, uint32_t reg)
{
    struct nftnl_expr *e = nft_rule_expr(r, "meta");

    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg);
}

void nft_rule_load_payload(struct nftnl_rule *r, uint32_t base, uint32_t offset, uint32_t len,
                           uint32_t reg)
{
    struct nftnl_expr *e = nft_rule_expr(r, "payload");

    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, len);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
}

void nft_rule_load_daddr_type(struct nftnl_rule *r, uint32_t reg)
{
    struct nftnl_expr *e = nft_rule_expr(r, "fib");

    nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
    nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, reg);
}

void nft_rule_load_ct_mark(struct nftnl_rule *r, uint32_t reg)
{
    struct nftnl_expr *e = nft_rule_expr(r, "ct");

    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, reg);
}

void nft_rule_add_mark(struct nftnl_rule *r, uint32_t mark, uint32_t reg)
{
    nft_rule_load_meta(r, NFT_META_MARK, reg);
    mask_and_xor(r, reg, ~mark, mark);
    struct nftnl_expr *e = nft_rule_expr(r, "meta");
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, reg);
}

void nft_rule_add_ct_mark(struct nftnl_rule *r, uint32_t mark, uint32_t reg)
{
    nft_rule_load_ct_mark(r, reg);
    mask_and_xor(r, reg, ~mark, mark);
    struct nftnl_expr *e = nft_rule_expr(r, "ct");
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, reg);
}

void nft_rule_equals(struct nftnl_rule *r, uint32_t reg, const void *data, uint32_t len)
{
    compare(r, NFT_CMP_EQ, reg, data, len);
}

void nft_rule_differs(struct nftnl_rule *r, uint32_t reg, const void *data, uint32_t len)
{
    compare(r, NFT_CMP_NEQ, reg, data, len);
}

void nft_rule_mask(struct nftnl_rule *r, uint32_t reg, uint32_t mask)
{
    mask_and_xor(r, reg, mask, 0);
}

void nft_rule_in_set(struct nftnl_rule *r, uint32_t reg, const char *set)
{
    struct nftnl_expr *e = nft_rule_expr(r, "lookup");

    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, reg);
    nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set);
}

void nft_rule_look_up(struct nftnl_rule *r, uint32_t reg, const char *map, uint32_t ret_reg)
{
    struct nftnl_expr *e = nft_rule_expr(r, "lookup");

    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, reg);
    nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, map);
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_DREG, ret_reg);
}

void nft_rule_verdict(struct nftnl_rule *r, int verdict, const char *chain)
{
    struct nftnl_expr *e = nft_rule_expr(r, "immediate");

    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
    if (chain)
        nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
}

void nft_rule_dnat(struct nftnl_rule *r, uint8_t family, uint32_t addr_reg, uint32_t port_reg)
{
    struct nftnl_expr *e = nft_rule_expr(r, "nat");

    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_TYPE, NFT_NAT_DNAT);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_FAMILY, family);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN, addr_reg);
    nftnl_expr_set_u32(e, NFTNL_EXPR_NAT_REG_PROTO_MIN, port_reg);
}

void nft_rule_masquerade(struct nftnl_rule *r)
{
    nft_rule_expr(r, "masq");
}

static void compare(struct nftnl_rule *r, uint32_t op, uint32_t reg, const void *data, uint32_t len)
{
    struct nftnl_expr *e = nft_rule_expr(r, "cmp");

    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, reg);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
    nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, data, len);
}

static void mask_and_xor(struct nftnl_rule *r, uint32_t reg, uint32_t mask, uint32_t xor)
{
    struct nftnl_expr *e = nft_rule_expr(r, "bitwise");

    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, reg);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, reg);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, sizeof mask);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, &mask, sizeof mask);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, &xor, sizeof xor);
}

/* What rules do with our bit, as nf_tables' expressions say it. */
#include "portmap/markuse.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_mark.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "portmap/nft_rule.h"
#include "tests/tap.h"

#define MARK 0x04000000u
#define REG NFT_REG32_00

enum outcome { NOTHING, CLASH, PASS };

static void is_use(struct nftnl_rule *r, enum outcome wanted, const char *name)
{
    struct markuse u = markuse_of_rule(r, MARK);
    enum outcome got = markuse_lets_pass(&u) ? PASS : u.uses ? CLASH : NOTHING;

    is_int((int)got, (int)wanted, "%s", name);
    nftnl_rule_free(r);
}

static struct nftnl_rule *rule(void)
{
    return nft_rule_new("filter", "FORWARD");
}

/* ct mark [and mask] == value, verdict */
static struct nftnl_rule *test_of(uint32_t mask, uint32_t value, int verdict)
{
    struct nftnl_rule *r = rule();

    nft_rule_load_ct_mark(r, REG);
    if (mask != UINT32_MAX)
        nft_rule_mask(r, REG, mask);
    nft_rule_equals(r, REG, &value, sizeof value);
    nft_rule_verdict(r, verdict, NULL);
    return r;
}

/* ... and with a condition on the protocol before it. */
static struct nftnl_rule *narrow_test(void)
{
    struct nftnl_rule *r = rule();
    uint8_t protocol = IPPROTO_TCP;
    uint32_t value = MARK;

    nft_rule_load_meta(r, NFT_META_L4PROTO, REG);
    nft_rule_equals(r, REG, &protocol, sizeof protocol);
    nft_rule_load_ct_mark(r, REG);
    nft_rule_mask(r, REG, MARK);
    nft_rule_equals(r, REG, &value, sizeof value);
    nft_rule_verdict(r, NF_ACCEPT, NULL);
    return r;
}

/* meta mark set <value> */
static struct nftnl_rule *set_to(uint32_t value)
{
    struct nftnl_rule *r = rule();
    struct nftnl_expr *e = nft_rule_expr(r, "immediate");

    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, REG);
    nftnl_expr_set(e, NFTNL_EXPR_IMM_DATA, &value, sizeof value);
    e = nft_rule_expr(r, "meta");
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, REG);
    return r;
}

static struct nftnl_rule *add_bits(uint32_t bits)
{
    struct nftnl_rule *r = rule();

    nft_rule_add_mark(r, bits, REG);
    return r;
}

static struct nftnl_rule *xt_match(const char *name, uint32_t mark, uint32_t mask, bool inverted)
{
    struct nftnl_rule *r = rule();
    struct nftnl_expr *e = nft_rule_expr(r, "match");
    struct xt_mark_mtinfo1 *info = xcalloc(1, 16);

    *info = (struct xt_mark_mtinfo1){mark, mask, inverted};
    nftnl_expr_set_str(e, NFTNL_EXPR_MT_NAME, name);
    nftnl_expr_set_u32(e, NFTNL_EXPR_MT_REV, 1);
    nftnl_expr_set(e, NFTNL_EXPR_MT_INFO, info, 16); /* takes it over */
    nft_rule_expr(r, "counter");
    nft_rule_verdict(r, NF_ACCEPT, NULL);
    return r;
}

static struct nftnl_rule *xt_target(const char *name, uint32_t mark, uint32_t mask)
{
    struct nftnl_rule *r = rule();
    struct nftnl_expr *e = nft_rule_expr(r, "target");
    struct xt_mark_tginfo2 *info = xcalloc(1, 16);

    *info = (struct xt_mark_tginfo2){mark, mask};
    nftnl_expr_set_str(e, NFTNL_EXPR_TG_NAME, name);
    nftnl_expr_set_u32(e, NFTNL_EXPR_TG_REV, 2);
    nftnl_expr_set(e, NFTNL_EXPR_TG_INFO, info, 16);
    return r;
}

int main(void)
{
    is_use(test_of(MARK, MARK, NF_ACCEPT), PASS, "ct mark and M == M accept");
    is_use(test_of(MARK, MARK, NF_DROP), CLASH, "ct mark and M == M drop");
    is_use(test_of(0xff000000, MARK, NF_ACCEPT), CLASH, "a field with our bit in it");
    is_use(test_of(0x00ff0000, 0x10000, NF_ACCEPT), NOTHING, "a field without our bit");
    is_use(test_of(UINT32_MAX, 1, NF_ACCEPT), NOTHING, "a whole mark without our bit");
    is_use(test_of(UINT32_MAX, MARK | 1, NF_ACCEPT), CLASH, "a whole mark with our bit");
    is_use(narrow_test(), CLASH, "a rule for TCP only does not let all of ours pass");
    is_use(set_to(MARK), CLASH, "mark set M");
    is_use(set_to(1), NOTHING, "mark set 1");
    is_use(add_bits(MARK), CLASH, "mark set mark or M");
    is_use(add_bits(0x4000), NOTHING, "mark set mark or another bit");
    is_use(xt_match("connmark", MARK, MARK, false), PASS, "-m connmark --mark M/M");
    is_use(xt_match("mark", MARK, MARK, false), PASS, "-m mark --mark M/M");
    is_use(xt_match("mark", MARK, MARK, true), CLASH, "-m mark ! --mark M/M");
    is_use(xt_match("tcp", MARK, MARK, false), NOTHING, "another match");
    is_use(xt_target("MARK", 0x4000, 0x4000), NOTHING, "-j MARK of another bit");
    is_use(xt_target("MARK", MARK, MARK), CLASH, "-j MARK of ours");
    is_use(xt_target("CONNMARK", 0, 0xffff0000), CLASH, "-j CONNMARK of a field with ours");
    is_use(xt_target("LOG", MARK, MARK), NOTHING, "another target");
    is_use(rule(), NOTHING, "an empty rule");
    return tap_done();
}

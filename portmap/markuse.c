#include "portmap/markuse.h"

#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_mark.h>
#include <string.h>

#define ALL_BITS 0xffffffffu

/* What is known of the value that the expressions so far have made. */
struct reading {
    struct markuse use;
    uint32_t mark;
    bool loaded; /* it comes from a mark */
    uint32_t mask, bits;
};

static int read_expr(struct nftnl_expr *e, void *arg);
static void read_load(struct reading *r, struct nftnl_expr *e, bool is_mark, uint16_t sreg);
static void read_bitwise(struct reading *r, struct nftnl_expr *e);
static void read_cmp(struct reading *r, struct nftnl_expr *e);
static void read_immediate(struct reading *r, struct nftnl_expr *e);
static void read_xt(struct reading *r, struct nftnl_expr *e);
static void read_other(struct reading *r);
static uint32_t get_word(struct nftnl_expr *e, uint16_t attribute);
static void add_test(struct markuse *u, uint32_t value, uint32_t mask, bool inverted,
                     uint32_t mark);

struct markuse markuse_of_rule(const struct nftnl_rule *rule, uint32_t mark)
{
    struct reading r = {.mark = mark, .mask = ALL_BITS};

    /* libnftnl declares the rule without const, and does not write to it. */
    union {
        const struct nftnl_rule *in;
        struct nftnl_rule *out;
    } u = {.in = rule};
    nftnl_expr_foreach(u.out, read_expr, &r);
    return r.use;
}

void markuse_add_match(struct markuse *u, const char *name, const void *info, size_t len,
                       uint32_t mark)
{
    struct xt_mark_mtinfo1 m;

    if (!strcmp(name, "comment"))
        return;
    /* Both have the same shape. */
    if ((strcmp(name, "mark") && strcmp(name, "connmark")) || len < sizeof m) {
        u->stranger = true;
        return;
    }
    memcpy(&m, info, sizeof m);
    add_test(u, m.mark, m.mask, m.invert, mark);
}

void markuse_add_target(struct markuse *u, const char *name, const void *info, size_t len,
                        uint32_t mark)
{
    struct xt_mark_tginfo2 t;

    /* Both begin with the value and its mask; of CONNMARK the longer forms only move marks. */
    if ((!strcmp(name, "MARK") || !strcmp(name, "CONNMARK")) && len >= sizeof t) {
        memcpy(&t, info, sizeof t);
        u->uses |= (t.mark & mark) || ((t.mask & mark) && t.mask != ALL_BITS);
    }
}

bool markuse_lets_pass(const struct markuse *u)
{
    return u->for_us && u->accepts && !u->stranger;
}

static int read_expr(struct nftnl_expr *e, void *arg)
{
    struct reading *r = arg;
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

    if (!strcmp(name, "meta"))
        read_load(r, e, nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY) == NFT_META_MARK,
                  NFTNL_EXPR_META_SREG);
    else if (!strcmp(name, "ct"))
        read_load(r, e, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY) == NFT_CT_MARK,
                  NFTNL_EXPR_CT_SREG);
    else if (!strcmp(name, "bitwise"))
        read_bitwise(r, e);
    else if (!strcmp(name, "cmp"))
        read_cmp(r, e);
    else if (!strcmp(name, "immediate"))
        read_immediate(r, e);
    else if (!strcmp(name, "match") || !strcmp(name, "target"))
        read_xt(r, e);
    else if (strcmp(name, "counter"))
        read_other(r);
    return 0;
}

/* A load of a mark begins anew; a store ends what was computed before. */
static void read_load(struct reading *r, struct nftnl_expr *e, bool is_mark, uint16_t sreg)
{
    bool store = nftnl_expr_is_set(e, sreg);

    if (store && is_mark)
        r->use.uses |= (r->bits & r->mark) || (r->loaded && !(r->mask & r->mark));
    r->use.stranger |= !store && !is_mark;
    r->loaded = !store && is_mark;
    r->mask = ALL_BITS;
    r->bits = 0;
}

static void read_bitwise(struct reading *r, struct nftnl_expr *e)
{
    r->mask = get_word(e, NFTNL_EXPR_BITWISE_MASK);
    r->bits = get_word(e, NFTNL_EXPR_BITWISE_XOR);
}

static void read_cmp(struct reading *r, struct nftnl_expr *e)
{
    bool equal = nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP) == NFT_CMP_EQ;
    uint32_t value = get_word(e, NFTNL_EXPR_CMP_DATA);

    if (!r->loaded)
        return;
    /* mark & M != 0 is another way to say mark & M == M */
    if (!equal && !value && r->mask == r->mark)
        add_test(&r->use, r->mark, r->mask, false, r->mark);
    else
        add_test(&r->use, value, r->mask, !equal, r->mark);
}

static void read_immediate(struct reading *r, struct nftnl_expr *e)
{
    if (nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT)) {
        r->use.accepts = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT) == NF_ACCEPT;
    } else {
        r->loaded = false;
        r->bits = get_word(e, NFTNL_EXPR_IMM_DATA);
    }
}

static void read_xt(struct reading *r, struct nftnl_expr *e)
{
    bool match = !strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "match");
    uint16_t name = match ? NFTNL_EXPR_MT_NAME : NFTNL_EXPR_TG_NAME;
    uint16_t data = match ? NFTNL_EXPR_MT_INFO : NFTNL_EXPR_TG_INFO;
    uint32_t len = 0;
    const void *info = nftnl_expr_get(e, data, &len);

    if (!info || !nftnl_expr_is_set(e, name))
        return;
    (match ? markuse_add_match : markuse_add_target)(&r->use, nftnl_expr_get_str(e, name), info,
                                                     len, r->mark);
}

/* Whatever it is, it is a condition, and may have made another value. */
static void read_other(struct reading *r)
{
    r->use.stranger = true;
    r->loaded = false;
    r->bits = 0;
}

/* The first four bytes of a value; 0 where it has fewer. */
static uint32_t get_word(struct nftnl_expr *e, uint16_t attribute)
{
    uint32_t word = 0, len = 0;
    const void *data = nftnl_expr_is_set(e, attribute) ? nftnl_expr_get(e, attribute, &len) : NULL;

    if (data && len >= sizeof word)
        memcpy(&word, data, sizeof word);
    return word;
}

/* A test of the whole mark for a value without our bit is no use of it. */
static void add_test(struct markuse *u, uint32_t value, uint32_t mask, bool inverted, uint32_t mark)
{
    u->uses |= (mask & mark) && ((value & mark) || mask != ALL_BITS);
    u->for_us |= mask == mark && value == mark && !inverted;
}

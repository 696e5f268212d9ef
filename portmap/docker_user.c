#include "portmap/docker_user.h"

#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_connmark.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"
#include "portmap/nft_batch.h"
#include "portmap/nft_rule.h"

#define TABLE "filter"
#define CHAIN DOCKER_USER_CHAIN
#define COMMENT DOCKER_USER_COMMENT
#define FORWARD "FORWARD" /* for IPv6, where Docker has no chain of its own */

/* A chain of the table `filter`, and what it holds. */
struct chain {
    uint8_t family; /* AF_INET or AF_INET6 */
    const char *name;
    uint32_t mark; /* wanted */
    size_t rules;
    bool in_place;   /* the first rule is the wanted one */
    uint64_t *stale; /* handles of every other rule with our comment; owned */
    size_t n_stale, cap_stale;
};

/* What a rule says, as far as it matters. */
struct reading {
    bool comment; /* has ours */
    bool mark;    /* matches our mark */
    bool accept;
    unsigned unknown; /* other conditions */
    uint32_t wanted_mark;
};

static int ensure(struct nft *nft, uint32_t generation, struct chain *c,
                  enum docker_user *ret_state, struct err **err);
static int check_chain(struct nft *nft, const struct chain *c, bool *ret_exists, bool *ret_drops,
                       struct err **err);
static void on_chain(void *arg, const struct nlmsghdr *message);
static int read_chain(struct nft *nft, struct chain *c, struct err **err);
static void on_rule(void *arg, const struct nlmsghdr *message);
static int read_expr(struct nftnl_expr *e, void *arg);
static void read_match(struct nftnl_expr *e, struct reading *r);
static int write_chain(struct nft *nft, uint32_t generation, const struct chain *c,
                       struct err **err);
static void delete_rule(struct nft_batch *b, const char *chain, uint64_t handle);
static void insert_rule(struct nft_batch *b, const char *chain, uint32_t mark);
static void add_match(struct nftnl_rule *r, const char *name, uint32_t revision, const void *info,
                      size_t len);

int docker_user_ensure(struct nft *nft, uint32_t mark, enum docker_user *ret_state,
                       struct err **err)
{
    struct chain c = {.family = AF_INET, .name = CHAIN, .mark = mark};
    uint32_t generation;
    bool exists, drops;

    if (nft_generation(nft, &generation, err) < 0 || check_chain(nft, &c, &exists, &drops, err) < 0)
        return -1;
    if (!exists) {
        *ret_state = DOCKER_USER_NO_CHAIN;
        return 0;
    }
    return ensure(nft, generation, &c, ret_state, err);
}

/* No rule matches no mark: each with our comment counts as stale. */
static int remove_from(struct nft *nft, uint8_t family, const char *name, bool dry_run,
                       size_t *ret_n, struct err **err)
{
    struct chain c = {.family = family, .name = name, .mark = 0};
    uint32_t generation;
    bool exists, drops;

    if (nft_generation(nft, &generation, err) < 0 || check_chain(nft, &c, &exists, &drops, err) < 0)
        return -1;
    if (!exists)
        return 0;
    int r = read_chain(nft, &c, err);
    c.in_place = true; /* nothing is to be inserted */
    if (!r && !dry_run)
        r = write_chain(nft, generation, &c, err);
    if (!r)
        *ret_n += c.n_stale;
    free(c.stale);
    return r < 0 ? err_wrap(err, "chain %s of table %s " TABLE, name, nft_family_name(family)) : 0;
}

int docker_user_remove(struct nft *nft, bool dry_run, size_t *ret_n, struct err **err)
{
    *ret_n = 0;
    return remove_from(nft, AF_INET, CHAIN, dry_run, ret_n, err) ||
                   remove_from(nft, AF_INET6, CHAIN, dry_run, ret_n, err) ||
                   remove_from(nft, AF_INET6, FORWARD, dry_run, ret_n, err)
               ? -1
               : 0;
}

int docker_user_ensure6(struct nft *nft, uint32_t mark, enum docker_user *ret_state,
                        struct err **err)
{
    struct chain c = {.family = AF_INET6, .name = CHAIN, .mark = mark};
    uint32_t generation;
    bool exists, drops;

    if (nft_generation(nft, &generation, err) < 0 || check_chain(nft, &c, &exists, &drops, err) < 0)
        return -1;
    if (!exists) {
        c.name = FORWARD;
        if (check_chain(nft, &c, &exists, &drops, err) < 0)
            return -1;
        exists &= drops;
    }
    *ret_state = DOCKER_USER_NO_CHAIN;
    return exists ? ensure(nft, generation, &c, ret_state, err) : 0;
}

static int ensure(struct nft *nft, uint32_t generation, struct chain *c,
                  enum docker_user *ret_state, struct err **err)
{
    int r = read_chain(nft, c, err);
    bool write = !c->in_place || c->n_stale;

    if (!r && write)
        r = write_chain(nft, generation, c, err);
    if (!r)
        *ret_state = write ? DOCKER_USER_WRITTEN : DOCKER_USER_IN_PLACE;
    free(c->stale);
    return r < 0 ? err_wrap(err, "chain %s of table %s " TABLE, c->name, nft_family_name(c->family))
                 : 0;
}

/* '*ret_drops': it is the policy of the chain. */
static int check_chain(struct nft *nft, const struct chain *c, bool *ret_exists, bool *ret_drops,
                       struct err **err)
{
    struct nlmsghdr *request = nft_request_of(nft, c->family, NFT_MSG_GETCHAIN, 0);

    *ret_drops = false;
    mnl_attr_put_strz(request, NFTA_CHAIN_TABLE, TABLE);
    mnl_attr_put_strz(request, NFTA_CHAIN_NAME, c->name);
    return nft_query_if_any(nft, request, on_chain, ret_drops, ret_exists, err);
}

static void on_chain(void *arg, const struct nlmsghdr *message)
{
    struct nftnl_chain *c = nft_must(nftnl_chain_alloc());

    if (nftnl_chain_nlmsg_parse(message, c) >= 0 && nftnl_chain_is_set(c, NFTNL_CHAIN_POLICY))
        *(bool *)arg = nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) == NF_DROP;
    nftnl_chain_free(c);
}

static int read_chain(struct nft *nft, struct chain *c, struct err **err)
{
    struct nlmsghdr *request = nft_request_of(nft, c->family, NFT_MSG_GETRULE, NLM_F_DUMP);

    mnl_attr_put_strz(request, NFTA_RULE_TABLE, TABLE);
    mnl_attr_put_strz(request, NFTA_RULE_CHAIN, c->name);
    return nft_query(nft, request, on_rule, c, err);
}

static void on_rule(void *arg, const struct nlmsghdr *message)
{
    struct chain *c = arg;
    struct reading reading = {.wanted_mark = c->mark};
    struct nftnl_rule *r = nft_must(nftnl_rule_alloc());

    if (nftnl_rule_nlmsg_parse(message, r) >= 0)
        nftnl_expr_foreach(r, read_expr, &reading);
    bool right = reading.comment && reading.mark && reading.accept && !reading.unknown;
    if (!c->rules++ && right) {
        c->in_place = true;
    } else if (reading.comment) {
        c->stale = xgrow(c->stale, c->n_stale, &c->cap_stale, sizeof *c->stale);
        c->stale[c->n_stale++] = nftnl_rule_get_u64(r, NFTNL_RULE_HANDLE);
    }
    nftnl_rule_free(r);
}

static int read_expr(struct nftnl_expr *e, void *arg)
{
    struct reading *r = arg;
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

    if (!strcmp(name, "match"))
        read_match(e, r);
    else if (!strcmp(name, "immediate"))
        r->accept = nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT) == NF_ACCEPT;
    else if (strcmp(name, "counter"))
        r->unknown++;
    return 0;
}

static void read_match(struct nftnl_expr *e, struct reading *r)
{
    struct xt_connmark_mtinfo1 wanted = {.mark = r->wanted_mark, .mask = r->wanted_mark};
    uint32_t len = 0;
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_MT_NAME);
    const char *info = nftnl_expr_get(e, NFTNL_EXPR_MT_INFO, &len);

    if (!strcmp(name, "comment"))
        r->comment = len >= sizeof COMMENT && !memcmp(info, COMMENT, sizeof COMMENT);
    else if (!strcmp(name, "connmark") && len >= sizeof wanted &&
             !memcmp(info, &wanted, offsetof(struct xt_connmark_mtinfo1, invert) + 1))
        r->mark = true;
    else
        r->unknown++;
}

static int write_chain(struct nft *nft, uint32_t generation, const struct chain *c,
                       struct err **err)
{
    CLEAN(nft_batch) struct nft_batch b;

    nft_batch_init(&b, nft, generation);
    b.family = c->family;
    for (size_t i = 0; i < c->n_stale; i++)
        delete_rule(&b, c->name, c->stale[i]);
    if (!c->in_place)
        insert_rule(&b, c->name, c->mark);
    return nft_batch_commit(&b, err);
}

static void delete_rule(struct nft_batch *b, const char *chain, uint64_t handle)
{
    struct nftnl_rule *r = nft_rule_new(TABLE, chain);

    nftnl_rule_set_u64(r, NFTNL_RULE_HANDLE, handle);
    nftnl_rule_nlmsg_build_payload(nft_batch_message(b, NFT_MSG_DELRULE, 0), r);
    nft_batch_end_message(b);
    nftnl_rule_free(r);
}

/* -I DOCKER-USER -m connmark --mark M/M -m comment --comment berth -j ACCEPT */
static void insert_rule(struct nft_batch *b, const char *chain, uint32_t mark)
{
    struct xt_connmark_mtinfo1 connmark = {.mark = mark, .mask = mark};
    struct xt_comment_info comment = {COMMENT};
    struct nftnl_rule *r = nft_rule_new(TABLE, chain);

    add_match(r, "connmark", 1, &connmark, sizeof connmark);
    add_match(r, "comment", 0, &comment, sizeof comment);
    nft_rule_expr(r, "counter");
    nft_rule_verdict(r, NF_ACCEPT, NULL);
    /* Without NLM_F_APPEND it becomes the first. */
    nftnl_rule_nlmsg_build_payload(nft_batch_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE), r);
    nft_batch_end_message(b);
    nftnl_rule_free(r);
}

/* A match of iptables, padded to eight bytes as x_tables wants it. */
static void add_match(struct nftnl_rule *r, const char *name, uint32_t revision, const void *info,
                      size_t len)
{
    struct nftnl_expr *e = nft_rule_expr(r, "match");
    size_t padded = (len + 7) & ~(size_t)7;
    void *copy = xcalloc(1, padded);

    memcpy(copy, info, len);
    nftnl_expr_set_str(e, NFTNL_EXPR_MT_NAME, name);
    nftnl_expr_set_u32(e, NFTNL_EXPR_MT_REV, revision);
    nftnl_expr_set(e, NFTNL_EXPR_MT_INFO, copy, (uint32_t)padded); /* takes 'copy' over */
}

#include "portmap/survey.h"

#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"
#include "portmap/hairpin.h"
#include "portmap/iprule.h"
#include "portmap/lease.h"
#include "portmap/legacy.h"
#include "portmap/legacy_table.h"
#include "portmap/markuse.h"
#include "portmap/nft.h"
#include "portmap/nft_batch.h"
#include "portmap/nft_elems.h"
#include "portmap/nft_table.h"

#define TRIES 10      /* looks, where others keep changing rulesets */
#define GUARD_RULES 2 /* of a chain guard that is complete */

struct survey_rules {
    struct survey *s;
    uint32_t mark;
    unsigned guards;
};

static int look(struct survey *s, struct nft *nft, uint32_t mark, struct err **err);
static int dump(struct nft *nft, uint16_t type,
                void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg,
                struct err **err);
static void on_chain(void *arg, const struct nlmsghdr *message);
static void note_chain(struct survey *s, const struct nftnl_chain *c, const char *family);
static void on_rule(void *arg, const struct nlmsghdr *message);
static void note_rule(struct survey_rules *r, const struct nftnl_rule *rule, const char *family);
static void note_clash(struct survey *s, const char *family, const char *table, const char *chain);
static int read_own(struct survey *s, struct nft *nft, struct err **err);
static void read_legacy(struct survey *s, uint32_t mark);
static int probe(struct survey *s, struct nft *nft, uint32_t mark, struct err **err);
static bool has_mapping(const struct survey *s, uint8_t family);
static int probe_family(struct nft *nft, uint8_t family, uint32_t mark, bool *ret_owned,
                        char **ret_why, struct err **err);
static void add_refusal(struct nft_batch *b);
static const char *family_name(uint32_t family);

int survey_take(struct survey *ret, uint32_t mark, struct err **err)
{
    struct nft *nft = nft_new(err);
    int r = -1;

    if (!nft)
        return -1;
    for (int i = 1; r < 0; i++) {
        struct err *failed = NULL;

        survey_done(ret);
        r = look(ret, nft, mark, &failed);
        if (r < 0 && (i == TRIES || !nft_is_stale(failed))) {
            if (err)
                *err = TAKE_PTR(failed);
            err_free(failed);
            break;
        }
        err_free(failed);
    }
    nft_free(nft);
    if (!r)
        read_legacy(ret, mark);
    return r;
}

void survey_done(struct survey *s)
{
    for (size_t i = 0; i < s->n_drops; i++) {
        free(s->drops[i].family);
        free(s->drops[i].table);
        free(s->drops[i].name);
    }
    free(s->drops);
    strv_done(&s->clashes);
    strv_done(&s->guarded);
    strv_done(&s->plain_ports);
    free(s->mappings);
    free(s->unsupported);
    free(s->unsupported6);
    *s = (struct survey){0};
}

static int look(struct survey *s, struct nft *nft, uint32_t mark, struct err **err)
{
    struct survey_rules rules = {.s = s, .mark = mark};

    if (dump(nft, NFT_MSG_GETCHAIN, on_chain, s, err) < 0 ||
        dump(nft, NFT_MSG_GETRULE, on_rule, &rules, err) < 0 || read_own(s, nft, err) < 0 ||
        probe(s, nft, mark, err) < 0 ||
        hairpin_list_missing(s->mappings, s->n_mappings, &s->plain_ports, err) < 0)
        return -1;
    s->guard = rules.guards >= GUARD_RULES;
    if (iprule_list(mark, &s->clashes, err) < 0)
        return -1;
    strv_sort_unique(&s->clashes);
    return 0;
}

/* A dump of every family's. */
static int dump(struct nft *nft, uint16_t type,
                void (*on_message)(void *arg, const struct nlmsghdr *message), void *arg,
                struct err **err)
{
    struct nlmsghdr *request = nft_request_of(nft, AF_UNSPEC, type, NLM_F_DUMP);
    bool exists;

    return nft_query_if_any(nft, request, on_message, arg, &exists, err);
}

static void on_chain(void *arg, const struct nlmsghdr *message)
{
    struct nftnl_chain *c = nft_must(nftnl_chain_alloc());

    if (nftnl_chain_nlmsg_parse(message, c) >= 0) {
        const char *family = family_name(nftnl_chain_get_u32(c, NFTNL_CHAIN_FAMILY));
        if (family && nftnl_chain_is_set(c, NFTNL_CHAIN_TABLE) &&
            nftnl_chain_is_set(c, NFTNL_CHAIN_NAME))
            note_chain(arg, c, family);
    }
    nftnl_chain_free(c);
}

static void note_chain(struct survey *s, const struct nftnl_chain *c, const char *family)
{
    const char *table = nftnl_chain_get_str(c, NFTNL_CHAIN_TABLE);
    const char *name = nftnl_chain_get_str(c, NFTNL_CHAIN_NAME);

    if (!strcmp(family, "ip")) {
        bool filter = !strcmp(table, "filter");
        s->nft_iptables |= filter || !strcmp(table, "nat");
        s->docker_user |= filter && !strcmp(name, "DOCKER-USER");
        s->docker_bridges |= !strcmp(table, "docker-bridges");
    }
    if (!nftnl_chain_is_set(c, NFTNL_CHAIN_HOOKNUM) ||
        nftnl_chain_get_u32(c, NFTNL_CHAIN_HOOKNUM) != NF_INET_FORWARD ||
        nftnl_chain_get_u32(c, NFTNL_CHAIN_POLICY) != NF_DROP || s->n_drops >= SURVEY_CHAINS_MAX)
        return;
    s->drops = xreallocarray(s->drops, s->n_drops + 1, sizeof *s->drops);
    s->drops[s->n_drops++] =
        (struct survey_chain){xstrdup(family), xstrdup(table), xstrdup(name), false};
}

static void on_rule(void *arg, const struct nlmsghdr *message)
{
    struct nftnl_rule *r = nft_must(nftnl_rule_alloc());

    if (nftnl_rule_nlmsg_parse(message, r) >= 0) {
        const char *family = family_name(nftnl_rule_get_u32(r, NFTNL_RULE_FAMILY));
        if (family && nftnl_rule_is_set(r, NFTNL_RULE_TABLE) &&
            nftnl_rule_is_set(r, NFTNL_RULE_CHAIN))
            note_rule(arg, r, family);
    }
    nftnl_rule_free(r);
}

static void note_rule(struct survey_rules *r, const struct nftnl_rule *rule, const char *family)
{
    const char *table = nftnl_rule_get_str(rule, NFTNL_RULE_TABLE);
    const char *chain = nftnl_rule_get_str(rule, NFTNL_RULE_CHAIN);
    struct survey *s = r->s;
    bool ip = !strcmp(family, "ip");

    if (!strcmp(table, NFT_TABLE)) {
        r->guards += ip && !strcmp(chain, "guard");
        return;
    }
    struct markuse use = markuse_of_rule(rule, r->mark);
    if (!markuse_lets_pass(&use)) {
        if (use.uses)
            note_clash(s, family, table, chain);
        return;
    }
    s->docker_user_accepts |= ip && !strcmp(table, "filter") && !strcmp(chain, "DOCKER-USER");
    s->docker_bridges_accepts |= ip && !strcmp(table, "docker-bridges");
    if (!ip && !strcmp(table, "filter") && !strcmp(chain, "DOCKER-USER"))
        chain = "FORWARD"; /* from which it is called first */
    for (size_t i = 0; i < s->n_drops; i++)
        if (!strcmp(s->drops[i].family, family) && !strcmp(s->drops[i].table, table) &&
            !strcmp(s->drops[i].name, chain))
            s->drops[i].accepts_mark = true;
}

static void note_clash(struct survey *s, const char *family, const char *table, const char *chain)
{
    char *name = xasprintf("table %s %s, chain %s", family, table, chain);

    /* Rules of one chain come one after the other. */
    if (s->clashes.n && !strcmp(s->clashes.v[s->clashes.n - 1], name))
        free(name);
    else if (s->clashes.n < SURVEY_CHAINS_MAX)
        strv_add_take(&s->clashes, name);
    else
        free(name);
}

static int read_own(struct survey *s, struct nft *nft, struct err **err)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    struct elements ports = {0}, bridges = {0};
    char name[IFNAMSIZ];
    int r = nft_elems_dump(nft, AF_INET, NFT_SET_BRIDGES, &bridges, err);

    for (size_t i = 0; !r && i < ARRAY_LEN(families); i++) {
        r = nft_elems_dump(nft, families[i], NFT_MAP_PORTS, &ports, err);
        if (!r)
            r = nft_elems_dump(nft, families[i], NFT_MAP_PORTS_IP, &ports, err);
    }
    if (!r) {
        s->mappings = xcalloc(ports.n + 1, sizeof *s->mappings);
        lease_read(&ports, s->mappings, &s->n_mappings);
        s->n_foreign = ports.n - s->n_mappings;
        s->n_mappings = lease_join(s->mappings, s->n_mappings);
    }
    for (size_t i = 0; !r && i < bridges.n; i++)
        if (!element_to_ifname(&bridges.v[i], name))
            strv_add(&s->guarded, name);
    elements_done(&ports);
    elements_done(&bridges);
    return r;
}

static void read_legacy(struct survey *s, uint32_t mark)
{
    static const char *const tables[] = {"filter", "nat", "mangle", "raw"};

    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        CLEAN(legacy_table) struct legacy_table t = {0};
        struct legacy_marks marks = {0};

        int missing = legacy_table_read(tables[i], &t);
        s->legacy_lost |= missing < 0;
        if (missing)
            continue;
        legacy_entries_marks(t.entries, t.len, mark, &marks);
        if (marks.clash)
            note_clash(s, "ip", tables[i], "(iptables-legacy)");
        if (i)
            continue;
        s->legacy_filter = true;
        s->legacy_docker_user = legacy_entries_have_chain(t.entries, t.len, "DOCKER-USER");
        s->legacy_accepts = marks.accepts;
        s->legacy_drops = legacy_entries_drop_at(t.entries, t.len, t.forward_policy);
    }
}

/* A table that has mappings has been taken. */
static int probe(struct survey *s, struct nft *nft, uint32_t mark, struct err **err)
{
    if (!has_mapping(s, AF_INET) &&
        probe_family(nft, AF_INET, mark, &s->owned, &s->unsupported, err) < 0)
        return -1;
    if (!has_mapping(s, AF_INET6) &&
        probe_family(nft, AF_INET6, mark, &s->owned6, &s->unsupported6, err) < 0)
        return -1;
    return 0;
}

static bool has_mapping(const struct survey *s, uint8_t family)
{
    for (size_t i = 0; i < s->n_mappings; i++)
        if (mapping_target(&s->mappings[i], family)->family)
            return true;
    return false;
}

/* The last message creates a table that exists by then and must not: where that is what nf_tables
 * complains of first, it has taken everything else. Nothing is carried out. */
static int probe_family(struct nft *nft, uint8_t family, uint32_t mark, bool *ret_owned,
                        char **ret_why, struct err **err)
{
    CLEAN(err) struct err *refused = NULL;
    CLEAN(nft_batch) struct nft_batch b = {0};
    uint32_t generation;

    if (nft_generation(nft, &generation, err) < 0)
        return -1;
    nft_batch_init(&b, nft, generation);
    b.family = family;
    nft_table_define(&b, mark, false);
    add_refusal(&b);
    nft_batch_commit(&b, &refused);
    if (nft_is_stale(refused)) {
        if (err)
            *err = TAKE_PTR(refused);
        return -1;
    }
    /* Without the right to anything we would not be here. */
    *ret_owned = err_code(refused) == EPERM;
    if (!*ret_owned && err_code(refused) != EEXIST)
        *ret_why = xstrdup(err_msg(refused));
    return 0;
}

static void add_refusal(struct nft_batch *b)
{
    struct nftnl_table *t = nft_must(nftnl_table_alloc());

    nftnl_table_set_str(t, NFTNL_TABLE_NAME, NFT_TABLE);
    nftnl_table_nlmsg_build_payload(
        nft_batch_message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL), t);
    nft_batch_end_message(b);
    nftnl_table_free(t);
}

static const char *family_name(uint32_t family)
{
    switch (family) {
    case NFPROTO_IPV4:
        return "ip";
    case NFPROTO_IPV6:
        return "ip6";
    case NFPROTO_INET:
        return "inet";
    default: /* they do not see what the kernel routes */
        return NULL;
    }
}

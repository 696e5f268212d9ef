/* A table of legacy iptables, as the kernel gives it. */
#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <string.h>

#include "portmap/legacy.h"
#include "tests/tap.h"

#define OUR_MARK 0x04000000u

/* One entry with a target: the head of a chain where 'target' is ERROR. */
struct entry {
    struct ipt_entry entry;
    struct xt_error_target target;
};

static struct entry make(const char *target, const char *chain)
{
    struct entry e = {.entry = {.target_offset = offsetof(struct entry, target),
                                .next_offset = sizeof(struct entry)}};

    e.target.target.u.target_size = sizeof e.target;
    memcpy(e.target.target.u.user.name, target, strlen(target));
    memcpy(e.target.errorname, chain, strlen(chain));
    return e;
}

/* One entry with a match of marks and a verdict. */
struct marked {
    struct ipt_entry entry;
    struct xt_entry_match match;
    struct xt_mark_mtinfo1 info;
    _Alignas(8) struct xt_standard_target target;
};

static struct marked make_marked(const char *match, uint32_t mark, uint32_t mask, int verdict)
{
    struct marked m = {.entry = {.target_offset = offsetof(struct marked, target),
                                 .next_offset = sizeof(struct marked)},
                       .info = {mark, mask, 0}};

    m.match.u.match_size = offsetof(struct marked, target) - offsetof(struct marked, match);
    memcpy(m.match.u.user.name, match, strlen(match));
    m.target.target.u.target_size = sizeof m.target;
    m.target.verdict = -verdict - 1;
    return m;
}

static void test_marks(void)
{
    const struct {
        const char *match;
        uint32_t mark, mask;
        int verdict;
        bool accepts, clash;
        const char *name;
    } cases[] = {
        {"connmark", OUR_MARK, OUR_MARK, NF_ACCEPT, true, false, "our rule"},
        {"mark", OUR_MARK, OUR_MARK, NF_ACCEPT, true, false, "our rule, by the packet's mark"},
        {"connmark", OUR_MARK, OUR_MARK, NF_DROP, false, true, "a rule that drops what is ours"},
        {"mark", 0x4000000, 0xff000000, NF_ACCEPT, false, true, "a field with our bit in it"},
        {"mark", 1, 0xffffffff, NF_ACCEPT, false, false, "a whole mark without our bit"},
        {"mark", 0x4000001, 0xffffffff, NF_ACCEPT, false, true, "a whole mark with our bit"},
        {"mark", 0x4000, 0x4000, NF_ACCEPT, false, false, "another bit"},
        {"tcp", OUR_MARK, OUR_MARK, NF_ACCEPT, false, false, "another match"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct marked m =
            make_marked(cases[i].match, cases[i].mark, cases[i].mask, cases[i].verdict);
        struct legacy_marks marks = {0};

        legacy_entries_marks(&m, sizeof m, OUR_MARK, &marks);
        ok(marks.accepts == cases[i].accepts && marks.clash == cases[i].clash, "%s", cases[i].name);
    }
    struct marked narrow = make_marked("connmark", OUR_MARK, OUR_MARK, NF_ACCEPT);
    struct legacy_marks marks = {0};
    narrow.entry.ip.proto = IPPROTO_TCP;
    legacy_entries_marks(&narrow, sizeof narrow, OUR_MARK, &marks);
    ok(!marks.accepts, "a rule for TCP only does not let all of ours pass");
}

/* A rule with the comment of ours, and nothing else. */
struct remark {
    struct ipt_entry entry;
    struct xt_entry_match match;
    struct xt_comment_info info;
    _Alignas(8) struct xt_standard_target target;
};

static struct remark make_remark(const char *text)
{
    struct remark r = {.entry = {.target_offset = offsetof(struct remark, target),
                                 .next_offset = sizeof(struct remark)}};

    r.match.u.match_size = offsetof(struct remark, target) - offsetof(struct remark, match);
    memcpy(r.match.u.user.name, "comment", sizeof "comment");
    memcpy(r.info.comment, text, strlen(text));
    r.target.target.u.target_size = sizeof r.target;
    return r;
}

static void test_place(void)
{
    static const struct {
        const char *chain, *match, *remark;
        uint32_t mark;
        int verdict;
        enum legacy_place wanted;
        const char *name;
    } cases[] = {
        {"DOCKER-USER", "connmark", "", OUR_MARK, NF_ACCEPT, LEGACY_FIRST, "the first rule"},
        {"DOCKER", "connmark", "berth", OUR_MARK, NF_ACCEPT, LEGACY_NO_CHAIN, "another chain"},
        {"DOCKER-USER", "connmark", "", 8, NF_ACCEPT, LEGACY_MISSING, "a rule for another mark"},
        {"DOCKER-USER", "connmark", "", OUR_MARK, NF_DROP, LEGACY_MISSING, "a rule that drops"},
        {"DOCKER-USER", "xonnmark", "", OUR_MARK, NF_ACCEPT, LEGACY_MISSING, "another match"},
        {"DOCKER-USER", "xonnmark", "berth", 8, NF_ACCEPT, LEGACY_ASTRAY, "ours is the second"},
        {"DOCKER-USER", "connmark", "berth", OUR_MARK, NF_ACCEPT, LEGACY_ASTRAY,
         "ours is there twice"},
        {"DOCKER-USER", "xonnmark", "berth2", 8, NF_ACCEPT, LEGACY_MISSING, "another comment"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct {
            struct entry head;
            struct marked rule;
            struct remark remark;
            struct entry next;
            struct remark elsewhere;
            struct entry end;
        } table = {make("ERROR", cases[i].chain),
                   make_marked(cases[i].match, cases[i].mark, cases[i].mark, cases[i].verdict),
                   make_remark(cases[i].remark),
                   make("ERROR", "OTHER"),
                   make_remark("berth"),
                   make("ERROR", "ERROR")};

        is_int(legacy_entries_place(&table, sizeof table, "DOCKER-USER", OUR_MARK, "berth"),
               cases[i].wanted, "%s", cases[i].name);
        is_int((long)legacy_entries_count(&table, sizeof table, "DOCKER-USER", "berth"),
               strcmp(cases[i].chain, "DOCKER-USER") || strcmp(cases[i].remark, "berth") ? 0 : 1,
               "the rules with our comment are counted");
        table.rule.match.u.match_size = 0;
        table.remark.match.u.match_size = 0;
        is_int(legacy_entries_place(&table, sizeof table, "DOCKER-USER", OUR_MARK, "berth"),
               cases[i].wanted == LEGACY_NO_CHAIN ? LEGACY_NO_CHAIN : LEGACY_MISSING,
               "a match of no length is none");
    }
}

static void test_policy(void)
{
    struct marked table[] = {make_marked("mark", 1, 1, NF_ACCEPT),
                             make_marked("mark", 1, 1, NF_DROP)};

    ok(!legacy_entries_drop_at(table, sizeof table, 0), "a policy ACCEPT");
    ok(legacy_entries_drop_at(table, sizeof table, sizeof *table), "a policy DROP");
    ok(!legacy_entries_drop_at(table, sizeof table, sizeof table), "a policy behind the end");
    ok(!legacy_entries_drop_at(table, sizeof table, sizeof table + 1), "a policy beyond the end");
}

int main(void)
{
    test_marks();
    test_place();
    test_policy();

    struct entry table[] = {make("", ""), make("ERROR", "DOCKER"), make("LOG", "DOCKER-USER"),
                            make("ERROR", "DOCKER-USER"), make("ERROR", "ERROR")};

    ok(legacy_entries_have_chain(table, sizeof table, "DOCKER-USER"), "a chain is found");
    ok(legacy_entries_have_chain(table, sizeof table, "DOCKER"), "by its whole name");
    ok(!legacy_entries_have_chain(table, sizeof table, "DOCKER-"), "not by a part of it");
    ok(!legacy_entries_have_chain(table, 3 * sizeof *table, "DOCKER-USER"),
       "a rule with another target is no chain");
    ok(!legacy_entries_have_chain(table, sizeof table / 2, "DOCKER-USER"), "nor is half a table");
    ok(!legacy_entries_have_chain(table, 0, "DOCKER-USER"), "nor no table");
    table[1].entry.next_offset = 0;
    ok(!legacy_entries_have_chain(table, sizeof table, "DOCKER-USER"),
       "an entry of no length ends it");
    table[1].entry.next_offset = sizeof *table;
    table[3].entry.target_offset = 65535;
    ok(!legacy_entries_have_chain(table, sizeof table, "DOCKER-USER"), "a target beyond its entry");
    return tap_done();
}

/* A table of legacy iptables, as the kernel gives it. */
#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter/xt_connmark.h>
#include <stdbool.h>
#include <string.h>

#include "portmap/legacy.h"
#include "tests/tap.h"

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

/* A rule with one match and a standard target. */
struct rule {
    struct ipt_entry entry;
    struct xt_entry_match match;
    struct xt_connmark_mtinfo1 connmark;
    struct xt_standard_target target;
};

/* -m connmark --mark MARK/MARK, with 'verdict' as iptables numbers it: -2 accepts. */
static struct rule make_rule(uint32_t mark, int verdict)
{
    struct rule r = {.entry = {.target_offset = offsetof(struct rule, target),
                               .next_offset = sizeof(struct rule)},
                     .connmark = {.mark = mark, .mask = mark},
                     .target = {.verdict = verdict}};

    r.match.u.match_size = sizeof r.match + sizeof r.connmark;
    memcpy(r.match.u.user.name, "connmark", 9);
    r.target.target.u.target_size = sizeof r.target;
    return r;
}

static void test_rule(struct rule rule, const char *chain, bool wanted, const char *name)
{
    struct {
        struct entry head;
        struct rule rule;
        struct entry end;
    } table = {make("ERROR", chain), rule, make("ERROR", "ERROR")};

    is_int(legacy_entries_accept_mark(&table, sizeof table, "DOCKER-USER", 4), wanted, "%s", name);
}

static void test_rules(void)
{
    struct rule inverted = make_rule(4, -2), odd = make_rule(4, -2), other = make_rule(4, -2);

    inverted.connmark.invert = 1;
    odd.match.u.match_size = 0;
    other.match.u.user.name[0] = 'x';
    test_rule(make_rule(4, -2), "DOCKER-USER", true, "a rule that accepts our mark");
    test_rule(make_rule(4, -2), "DOCKER", false, "... in another chain");
    test_rule(make_rule(8, -2), "DOCKER-USER", false, "a rule for another mark");
    test_rule(make_rule(4, -1), "DOCKER-USER", false, "a rule that drops");
    test_rule(make_rule(4, 152), "DOCKER-USER", false, "a rule that jumps");
    test_rule(inverted, "DOCKER-USER", false, "a rule for everything but our mark");
    test_rule(odd, "DOCKER-USER", false, "a match of no length");
    test_rule(other, "DOCKER-USER", false, "another match");
}

int main(void)
{
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
    test_rules();
    return tap_done();
}

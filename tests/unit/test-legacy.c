/* A table of legacy iptables, as the kernel gives it. */
#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
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
    return tap_done();
}

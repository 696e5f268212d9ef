#include "lb-template/dns_plan.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

static void add(struct dns_entries *l, const char *name, const char *record)
{
    strv_add(&dns_entries_add(l, name)->records, record);
}

/* "<action> <name> <records>" lines, then the problems. */
static char *plan(struct dns_entries *wanted, struct dns_zone *zone)
{
    struct dns_changes changes = {0};
    struct problems problems = {0};
    struct sbuf out = SBUF_INIT;

    sbuf_adds(&out, "");
    dns_entries_sort(wanted);
    dns_zone_sort(zone);
    dns_plan(wanted, zone, "me", &changes, &problems);
    for (size_t i = 0; i < changes.n; i++) {
        CLEAN(free_str) char *records = strv_join(&changes.v[i].records, "; ");
        sbuf_addf(&out, "%s %s [%s]\n", dns_action_name(changes.v[i].action), changes.v[i].name,
                  records);
    }
    for (size_t i = 0; i < problems.n; i++)
        sbuf_addf(&out, "! %s: %.40s\n", problems.v[i].subject, problems.v[i].text);
    dns_changes_done(&changes);
    problems_done(&problems);
    dns_entries_done(wanted);
    dns_zone_done(zone);
    return sbuf_take(&out);
}

static void test_free_names(void)
{
    struct dns_entries wanted = {0};
    struct dns_zone zone = {0};

    dns_zone_add(&zone, "example.com", 300, "SOA", "ns.example.com. ...");
    dns_zone_add(&zone, "other.example.com", 300, "A", "192.0.2.9");
    add(&wanted, "web.example.com", "30 IN A 192.0.2.2");
    add(&wanted, "web.example.com", "30 IN A 192.0.2.1");
    add(&wanted, "app.example.com", "30 IN A 192.0.2.1");
    CLEAN(free_str) char *got = plan(&wanted, &zone);
    is_str(got,
           "added app.example.com [30 IN A 192.0.2.1]\n"
           "added web.example.com [30 IN A 192.0.2.1; 30 IN A 192.0.2.2]\n",
           "names that nobody has are added, those of others are left alone");
}

static void test_own_names(void)
{
    struct dns_entries wanted = {0};
    struct dns_zone zone = {0};

    for (const char *const *name =
             (const char *const[]){"same", "address", "ttl", "empty", "old", "older", NULL};
         *name; name++) {
        CLEAN(sbuf) struct sbuf mark = SBUF_INIT;

        sbuf_addf(&mark, DNS_MARK "%s", *name);
        dns_zone_add(&zone, sbuf_str(&mark), 0, "TXT", "owner=me");
        dns_zone_add(&zone, sbuf_str(&mark), 0, "NSEC", "whatever");
    }
    dns_zone_add(&zone, "same", 30, "A", "192.0.2.1");
    dns_zone_add(&zone, "same", 300, "MX", "10 mail.");
    dns_zone_add(&zone, "address", 30, "A", "192.0.2.7");
    dns_zone_add(&zone, "ttl", 31, "A", "192.0.2.1");
    dns_zone_add(&zone, "old", 30, "SRV", "0 0 1 old.");
    add(&wanted, "same", "30 IN A 192.0.2.1");
    add(&wanted, "address", "30 IN A 192.0.2.1");
    add(&wanted, "ttl", "30 IN A 192.0.2.1");
    add(&wanted, "empty", "30 IN A 192.0.2.1");
    CLEAN(free_str) char *got = plan(&wanted, &zone);
    is_str(got,
           "changed address [30 IN A 192.0.2.1]\n"
           "changed empty [30 IN A 192.0.2.1]\n"
           "changed ttl [30 IN A 192.0.2.1]\n"
           "removed old []\n"
           "removed older []\n",
           "what differs is changed, what is not wanted goes, records of others do not count");
}

static void test_names_of_others(void)
{
    struct dns_entries wanted = {0};
    struct dns_zone zone = {0};

    dns_zone_add(&zone, "person", 30, "A", "192.0.2.1");
    dns_zone_add(&zone, "alias", 30, "CNAME", "elsewhere.");
    dns_zone_add(&zone, DNS_MARK "berth", 0, "TXT", "owner=another");
    dns_zone_add(&zone, "berth", 30, "A", "192.0.2.1");
    dns_zone_add(&zone, DNS_MARK "two", 0, "TXT", "owner=me");
    dns_zone_add(&zone, DNS_MARK "two", 0, "TXT", "owner=another");
    dns_zone_add(&zone, DNS_MARK "theirs", 0, "TXT", "owner=another");
    add(&wanted, "person", "30 IN A 192.0.2.1");
    add(&wanted, "alias", "30 IN A 192.0.2.1");
    add(&wanted, "berth", "30 IN A 192.0.2.1");
    add(&wanted, "two", "30 IN A 192.0.2.1");
    CLEAN(free_str) char *got = plan(&wanted, &zone);
    is_str(got,
           "! alias: somebody else has this name in DNS: it i\n"
           "! berth: the name in DNS belongs to another berth\n"
           "! person: somebody else has this name in DNS: it i\n"
           "! two: the name in DNS belongs to another berth\n",
           "names of others are reported, even with the records that are wanted");
}

int main(void)
{
    test_free_names();
    test_own_names();
    test_names_of_others();
    return tap_done();
}

/* The kernel's text files. */
#include "agent/procfs.h"

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "lib/clean.h"
#include "tests/tap.h"

#define ROUTE_HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"

static void is_names(void (*parse)(const char *text, struct strv *ret), const char *text,
                     const char *wanted, const char *name)
{
    struct strv l = {0};

    parse(text, &l);
    CLEAN(free_str) char *got = strv_join(&l, " ");
    is_str(got, wanted, "%s", name);
    strv_done(&l);
}

static void test_names(void)
{
    is_names(procfs_interfaces,
             "Inter-| Receive\n face |bytes\n    lo: 1 2\n  eth0:0 1 2\n eth0:1: 5\n",
             "lo eth0 eth0:1", "interfaces: a name ends at the last colon");
    is_names(procfs_interfaces, "", "", "no interfaces");
    is_names(procfs_interfaces, "    lo: 1 2\neth0: 3", "lo eth0", "no newline at the end");
    is_names(procfs_uplinks,
             ROUTE_HEAD "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\n"
                        "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\n"
                        "eth0\t0000000A\t0101A8C0\t0003\t0\t0\t0\t000000FF\t0\n"
                        "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\n"
                        "down0\t00000000\t0101A8C0\t0002\t0\t0\t0\t00000000\t0\n",
             "eth0 ppp0", "uplinks: gateways and default routes, each once");
    is_names(procfs_uplinks, "eth0\t0\teth0\n\n\t\t\n", "", "lines of another form");
    is_names(procfs_ipv6,
             "fd000000000000000000000000000002 02 40 00 80     eth0\n"
             "fe8000000000000000fc00fffe000001 02 40 20 80     eth0\n"
             "00000000000000000000000000000001 01 80 10 80       lo\n",
             "eth0", "global IPv6 addresses");
}

static void test_listeners(void)
{
    static const char head[] = "  sl  local_address rem_address   st tx_queue\n";
    static const char tcp[] = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 "
                              "00000000     0        0 27043 1 0 100 0 0 10 0\n"
                              "   1: 0100007F:1F91 0100007F:1F90 01 0:0\n"
                              "  12: 00000000000000000000000001000000:0016 "
                              "00000000000000000000000000000000:0000 0A 0:0\n"
                              "nonsense\n";
    struct procfs_listeners l = {0};

    procfs_add_listeners(head, IPPROTO_TCP, &l);
    procfs_add_listeners(tcp, IPPROTO_TCP, &l);
    procfs_add_listeners("  1: 00000000:0035 00000000:0000 07 0:0\n", IPPROTO_UDP, &l);
    is_int((long long)l.n, 3, "listeners");
    is_int(l.n > 0 ? l.v[0].port : 0, 8080, "a listener's port");
    is_int(l.n > 0 ? (int)l.v[0].inode : 0, 27043, "its socket");
    is_int(l.n > 1 ? (int)l.v[1].inode : 1, 0, "or none where that is not said");
    is_int(l.n > 1 ? l.v[1].port : 0, 22, "an IPv6 listener's port");
    is_int(l.n > 2 ? l.v[2].protocol : 0, IPPROTO_UDP, "a bound UDP port");
    free(l.v);
}

static void test_drops(void)
{
    struct procfs_drops d = {0};

    is_int(procfs_drops_parse("entries insert_failed drop early_drop\n01 02 0a 1\n01 1 1 ff\n", &d),
           0, "the statistics of conntrack");
    ok(d.insert_failed == 3 && d.drop == 11 && d.early_drop == 256, "summed over processors");
    is_int(procfs_drops_parse("entries insert_failed drop early_drop\n01 02\n\n", &d), 0,
           "lines that end early");
    ok(d.insert_failed == 2 && !d.drop, "count as far as they go");
    is_int(procfs_drops_parse("entries found\n1 2\n", &d), -1, "other columns");
    is_int(procfs_drops_parse("", &d), -1, "nothing");
}

static void test_status(void)
{
    unsigned long n = 0;
    bool has = false;

    is_int(procfs_open_files("Limit Soft Hard\nMax open files  1024  524288  files\n", &n), 0,
           "limits");
    is_int((long long)n, 524288, "the hard limit counts");
    procfs_open_files("Max open files            unlimited unlimited files", &n);
    ok(n == ULONG_MAX, "unlimited");
    is_int(procfs_open_files("Max open files 1 many\n", &n), -1, "no number");
    is_int(procfs_open_files("", &n), -1, "no line");
    is_int(procfs_capability("Name:\tx\nCapEff:\t0000000000001000\n", 12, &has), 0, "status");
    ok(has, "has capability 12");
    procfs_capability("CapEff:\t00000000ffffefff\n", 12, &has);
    ok(!has, "has every one but 12");
    is_int(procfs_capability("CapEff:\tx\n", 12, &has), -1, "no set");
}

int main(void)
{
    test_names();
    test_listeners();
    test_drops();
    test_status();
    return tap_done();
}

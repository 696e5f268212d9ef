#include "lib/ipaddr.h"

#include "lib/clean.h"
#include "tests/tap.h"

static void test_round_trip(void)
{
    static const struct {
        const char *in, *out, *with_port;
        bool any, loopback;
    } table[] = {
        {"0.0.0.0", "0.0.0.0", "0.0.0.0:80", true, false},
        {"127.0.0.1", "127.0.0.1", "127.0.0.1:80", false, true},
        {"127.8.9.1", "127.8.9.1", "127.8.9.1:80", false, true},
        {"192.168.1.10", "192.168.1.10", "192.168.1.10:80", false, false},
        {"::", "::", "[::]:80", true, false},
        {"::1", "::1", "[::1]:80", false, true},
        {"2001:DB8:0:0::1", "2001:db8::1", "[2001:db8::1]:80", false, false},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:80", false, false},
    };
    char buf[IPADDR_STRLEN];

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct ipaddr a;

        is_int(ipaddr_parse(table[i].in, &a), 0, "%s is an address", table[i].in);
        is_str(ipaddr_format(&a, buf), table[i].out, "%s is written back", table[i].in);
        is_str(ipaddr_format_port(&a, 80, buf), table[i].with_port, "%s with a port", table[i].in);
        ok(ipaddr_is_any(&a) == table[i].any, "%s: any address?", table[i].in);
        ok(ipaddr_is_loopback(&a) == table[i].loopback, "%s: loopback?", table[i].in);
    }
}

static void test_refused(void)
{
    static const char *const bad[] = {"",          "1.2.3",     "1.2.3.4.5", "256.1.1.1",
                                      "1.2.3.4/8", "1.2.3.4:5", "[::1]",     "::1%lo",
                                      "host",      " 1.2.3.4",  ":::"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct ipaddr a = {.family = 99};

        is_int(ipaddr_parse(bad[i], &a), -1, "'%s' is refused", bad[i]);
        is_int(a.family, 99, "and nothing is written for it");
    }
}

static void test_order(void)
{
    /* In ascending order. */
    static const char *const order[] = {"0.0.0.0",  "9.255.0.1", "10.0.0.1",
                                        "10.0.0.2", "::",        "::1"};

    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        for (size_t j = 0; j < ARRAY_LEN(order); j++) {
            struct ipaddr a, b;

            ipaddr_parse(order[i], &a);
            ipaddr_parse(order[j], &b);
            int got = ipaddr_cmp(&a, &b);
            is_int((got > 0) - (got < 0), (i > j) - (i < j), "%s against %s", order[i], order[j]);
        }
}

static void test_no_address(void)
{
    struct ipaddr none = {0}, any = ipaddr_any4();
    char buf[IPADDR_STRLEN];

    is_str(ipaddr_format(&none, buf), "", "no address is written as nothing");
    ok(!ipaddr_is_any(&none), "no address is not any address");
    ok(!ipaddr_is_loopback(&none), "nor a loopback one");
    ok(ipaddr_is_any(&any), "0.0.0.0 is any address");
    ok(ipaddr_cmp(&none, &any) < 0, "no address comes first");
}

int main(void)
{
    test_round_trip();
    test_refused();
    test_order();
    test_no_address();
    return tap_done();
}

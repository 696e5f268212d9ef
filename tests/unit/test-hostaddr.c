#include "agent/hostaddr.h"

#include "lib/clean.h"
#include "tests/tap.h"

#define LINE(address, scope, flags, name) address " 02 40 " scope " " flags " " name "\n"
#define GLOBAL_1 "20010db8000000000000000000000001"
#define GLOBAL_2 "20010db8000000000000000000000002"
#define PRIVATE "fd000000000000000000000000000001"
#define LINK "fe800000000000000000000000000001"

/* Which address of eth0 is told to others. */
static void test_choice(void)
{
    static const struct {
        const char *name, *list, *wanted;
    } rows[] = {
        {"an empty list", "", ""},
        {"one", LINE(GLOBAL_1, "00", "80", "    eth0"), "2001:db8::1"},
        {"another interface's", LINE(GLOBAL_1, "00", "80", "eth1"), ""},
        {"of this link alone", LINE(LINK, "20", "80", "eth0"), ""},
        {"of this host alone", LINE("00000000000000000000000000000001", "10", "80", "eth0"), ""},
        {"a global one before a private one",
         LINE(PRIVATE, "00", "80", "eth0") LINE(GLOBAL_2, "00", "80", "eth0"), "2001:db8::2"},
        {"in any order", LINE(GLOBAL_2, "00", "80", "eth0") LINE(PRIVATE, "00", "80", "eth0"),
         "2001:db8::2"},
        {"a private one where there is no other", LINE(PRIVATE, "00", "80", "eth0"), "fd00::1"},
        {"the lowest of several",
         LINE(GLOBAL_2, "00", "80", "eth0") LINE(GLOBAL_1, "00", "80", "eth0"), "2001:db8::1"},
        {"no temporary one", LINE(GLOBAL_1, "00", "01", "eth0") LINE(GLOBAL_2, "00", "80", "eth0"),
         "2001:db8::2"},
        {"no deprecated one", LINE(GLOBAL_1, "00", "20", "eth0"), ""},
        {"no tentative one", LINE(GLOBAL_1, "00", "40", "eth0"), ""},
        {"lines that are none", "\n\nx\n20010db8 02 40 00 80 eth0\n" GLOBAL_1, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct ipaddr got = hostaddr_choose6(rows[i].list, "eth0");
        char text[IPADDR_STRLEN];

        is_str(ipaddr_format(&got, text), rows[i].wanted, "%s", rows[i].name);
    }
}

/* The machine's own list, whatever it has: no interface has this IPv4 address. */
static void test_no_interface(void)
{
    struct ipaddr beside, got = ipaddr_any4();

    ipaddr_parse("192.0.2.77", &beside);
    is_int(hostaddr_find6(&beside, &got, NULL), 0, "an address of no interface is no failure");
    is_int(got.family, 0, "and has no address beside it");
}

int main(void)
{
    test_choice();
    test_no_interface();
    return tap_done();
}

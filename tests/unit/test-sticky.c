/* Remembered ports. */
#include <netinet/in.h>
#include <string.h>

#include "lib/clean.h"
#include "portmap/sticky.h"
#include "tests/tap.h"

static void check(const struct sticky *s, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    sticky_write(s, &got);
    is_str(sbuf_str(&got), wanted, "%s", name);
}

static void test_note(void)
{
    struct sticky s = {0};

    ok(sticky_note(&s, "web", IPPROTO_TCP, 80, 28002), "a port is news");
    ok(!sticky_note(&s, "web", IPPROTO_TCP, 80, 28002), "once");
    ok(sticky_note(&s, "dns", IPPROTO_UDP, 53, 28001), "another one");
    ok(sticky_note(&s, "dns", IPPROTO_TCP, 53, 28001), "the same of the other protocol");
    check(&s, "tcp 28001 53 dns\ntcp 28002 80 web\nudp 28001 53 dns\n", "all are remembered");
    is_int(sticky_find(&s, "dns", IPPROTO_UDP, 53), 28001, "and found");
    is_int(sticky_find(&s, "dns", IPPROTO_UDP, 54), 0, "another container port is not");
    is_int(sticky_find(&s, "web", IPPROTO_UDP, 80), 0, "nor another protocol");
    ok(sticky_has(&s, IPPROTO_TCP, 28002) && !sticky_has(&s, IPPROTO_UDP, 28002),
       "host ports that somebody may come back to");
    sticky_note(&s, "api", IPPROTO_TCP, 80, 28002);
    check(&s, "tcp 28001 53 dns\ntcp 28002 80 api\nudp 28001 53 dns\n", "a port has one name");
    sticky_note(&s, "api", IPPROTO_TCP, 80, 28000);
    check(&s, "tcp 28000 80 api\ntcp 28001 53 dns\nudp 28001 53 dns\n", "a name has one port");
    ok(!sticky_note(&s, "a b", IPPROTO_TCP, 80, 5) && !sticky_note(&s, "", IPPROTO_TCP, 80, 5) &&
           !sticky_note(&s, "a\n", IPPROTO_TCP, 80, 5),
       "what is no name is not remembered");
    sticky_done(&s);
}

static void test_read(void)
{
    struct sticky s = {0};

    sticky_read(
        &s,
        "# comment\ntcp 5 80 web\nudp 6 53 dns\nsctp 7 1 sig\nicmp 7 1 x\nsctpx 7 1 x\ntcp 0 1 x\n"
        "tcp 65536 1 x\ntcp 8 1\ntcp 9 1 x y\ntcp 10 0 x\nrubbish\n\ntcp 4 81 web");
    check(&s, "tcp 4 81 web\ntcp 5 80 web\nudp 6 53 dns\nsctp 7 1 sig\n",
          "lines of another shape are skipped");
    sticky_done(&s);
    sticky_read(&s, "");
    check(&s, "", "an empty file");
    sticky_done(&s);
}

int main(void)
{
    test_note();
    test_read();
    return tap_done();
}

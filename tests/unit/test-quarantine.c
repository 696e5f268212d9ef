/* Ports that rest. */
#include <netinet/in.h>

#include "lib/clean.h"
#include "lib/endpoint.h"
#include "lib/sbuf.h"
#include "portmap/quarantine.h"
#include "tests/tap.h"

static void check(const struct quarantine *q, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    for (size_t i = 0; i < q->n; i++)
        sbuf_addf(&got, "%s.%u@%.0f ", protocol_name(q->v[i].protocol), q->v[i].host_port,
                  q->v[i].ends);
    is_str(sbuf_str(&got), wanted, "%s", name);
}

int main(void)
{
    struct quarantine q = {0};

    ok(quarantine_next_end(&q) == 0., "nothing rests at first");
    quarantine_add(&q, IPPROTO_UDP, 5, 30.);
    quarantine_add(&q, IPPROTO_TCP, 7, 20.);
    quarantine_add(&q, IPPROTO_TCP, 5, 40.);
    check(&q, "tcp.5@40 tcp.7@20 udp.5@30 ", "rests are sorted");
    quarantine_add(&q, IPPROTO_TCP, 7, 50.);
    check(&q, "tcp.5@40 tcp.7@50 udp.5@30 ", "a second rest counts from now");
    ok(quarantine_find(&q, IPPROTO_UDP, 5) == &q.v[2], "a rest is found");
    ok(!quarantine_find(&q, IPPROTO_UDP, 7), "by its protocol");
    ok(quarantine_next_end(&q) == 30., "the next end");
    quarantine_expire(&q, 40.);
    check(&q, "tcp.7@50 ", "what has ended goes");
    quarantine_remove(&q, IPPROTO_TCP, 8);
    check(&q, "tcp.7@50 ", "a port that does not rest can be removed");
    quarantine_remove(&q, IPPROTO_TCP, 7);
    check(&q, "", "and one that does");
    quarantine_done(&q);
    return tap_done();
}

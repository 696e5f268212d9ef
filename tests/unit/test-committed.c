/* What is published, and the leases it makes together with the kernel's. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/committed.h"
#include "tests/tap.h"

#define MAPPING(proto, port, cport, id)                                                            \
    {                                                                                              \
        .protocol = proto, .host_port = port, .container_addr = {.family = AF_INET},               \
        .container_port = cport, .container_id = id                                                \
    }

static const struct mapping published[] = {
    MAPPING(IPPROTO_TCP, 5, 80, "bb"),
    MAPPING(IPPROTO_TCP, 7, 80, "aa"),
    MAPPING(IPPROTO_UDP, 6, 53, "aa"),
};

static const struct mapping in_kernel[] = {
    MAPPING(IPPROTO_TCP, 4, 80, "cc"),
    MAPPING(IPPROTO_TCP, 7, 80, "stranger"),
    MAPPING(IPPROTO_UDP, 5, 53, "cc"),
    MAPPING(IPPROTO_UDP, 7, 53, "cc"),
};

static bool set(struct committed *c, const struct mapping *v, size_t n)
{
    struct mapping *copy = xcalloc(n + 1, sizeof *copy);

    memcpy(copy, v, n * sizeof *copy);
    bool changed = committed_set(c, &copy, n);
    free(copy);
    return changed;
}

static void check_merge(const struct committed *c, size_t n, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    size_t n_all;
    struct mapping *all = committed_merge(c, in_kernel, n, &n_all);

    for (size_t i = 0; i < n_all; i++)
        sbuf_addf(&got, "%s.%u=%s ", protocol_name(all[i].protocol), all[i].host_port,
                  all[i].container_id);
    is_str(sbuf_str(&got), wanted, "%s", name);
    free(all);
}

/* A few mappings change at each step: ports move, leases come, go and change hands. */
static void check_order(struct committed *c)
{
    struct mapping v[64];
    unsigned random = 1;
    bool ordered = true;

    for (int step = 0; step < 2000; step++) {
        size_t n = 0;

        for (uint16_t port = 0; port < ARRAY_LEN(v); port++) {
            random = random * 1103515245 + 12345;
            if (random >> 16 & 3)
                v[n++] = (struct mapping){.protocol = IPPROTO_TCP,
                                          .host_port = (uint16_t)(port + 1),
                                          /* a lease has one port at a time */
                                          .container_port = (uint16_t)(port ^ (step / 7 & 5)),
                                          .container_id = "aa"};
            if (n && random >> 20 & 1)
                v[n - 1].container_id[0] = (char)('a' + v[n - 1].container_port % 3);
        }
        set(c, v, n);
        ordered &= c->n == n;
        for (size_t i = 1; i < c->n; i++)
            ordered &= mapping_cmp_lease(c->by_lease[i - 1], c->by_lease[i]) < 0;
    }
    ok(ordered, "after each of many changes every mapping is there in lease order");
}

int main(void)
{
    struct committed c = {0};

    ok(!set(&c, published, 0), "nothing is no change from nothing");
    ok(!committed_find(&c, "aa", IPPROTO_TCP, 80), "nothing has nothing");
    check_merge(&c, 4, "tcp.4=cc tcp.7=stranger udp.5=cc udp.7=cc ", "the kernel's leases alone");
    ok(set(&c, published, 3), "three are a change");
    ok(!set(&c, published, 3), "the same three are none");
    ok(committed_find(&c, "aa", IPPROTO_TCP, 80) == &c.v[1], "a mapping is found by its target");
    ok(committed_find(&c, "aa", IPPROTO_UDP, 53) == &c.v[2], "protocols differ");
    ok(!committed_find(&c, "aa", IPPROTO_UDP, 80), "what is not there is not found");
    ok(!committed_find(&c, "0123456789012345678901234567890123456789012345678901234567890123456789",
                       IPPROTO_TCP, 80),
       "an id that is too long is not found");
    check_merge(&c, 4, "udp.6=aa tcp.7=aa tcp.5=bb tcp.4=cc udp.5=cc udp.7=cc ",
                "the published come first, in lease order, and own their keys");
    check_merge(&c, 0, "udp.6=aa tcp.7=aa tcp.5=bb ", "a wiped map does not take leases away");
    ok(set(&c, published, 2), "one less is a change");
    struct mapping moved = published[0];
    moved.container_port = 81;
    ok(set(&c, &moved, 1) && set(&c, published, 1), "another target is a change");
    check_order(&c);
    committed_done(&c);
    return tap_done();
}

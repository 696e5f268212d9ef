/* Host ports at one address of the host: who excludes whom. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/assign.h"
#include "tests/tap.h"

#define FIRST 5
#define LAST 6
#define WANTS_MAX 4

/* A claim of container 'id', or its lease on 'port', at address 10.0.0.'host'; 0: every address. */
struct side {
    char id;
    uint8_t host;
    uint16_t port;
    uint8_t protocol; /* 0: TCP */
};

static const struct {
    const char *name;
    struct side claims[WANTS_MAX], leases[WANTS_MAX]; /* each in order */
    const char *plan;
} tests[] = {
    {"a port at two addresses is for two containers",
     {{'a', 1, 0, 0}, {'b', 2, 0, 0}, {'c', 1, 0, 0}},
     {{0}},
     "5@1=a 6@1=c 6@2=b "},
    {"one at every address is for one",
     {{'a', 0, 0, 0}, {'b', 2, 0, 0}, {'c', 1, 0, 0}},
     {{0}},
     "5@0=a 6@1=c 6@2=b "},
    {"and the other way round",
     {{'a', 1, 0, 0}, {'b', 0, 0, 0}, {'c', 0, 0, 0}},
     {{0}},
     "5@1=a 6@0=b problem "},
    {"leases stay at their addresses",
     {{'a', 1, 0, 0}, {'b', 2, 0, 0}},
     {{'a', 1, 5, 0}, {'b', 2, 5, 0}},
     "5@1=a 5@2=b "},
    {"who goes to another address keeps the port", {{'a', 0, 0, 0}}, {{'a', 1, 6, 0}}, "6@0=a "},
    {"unless another one has it there",
     {{'a', 0, 0, 0}, {'b', 0, 0, 0}},
     {{'a', 1, 6, 0}, {'b', 2, 6, 0}},
     "5@0=b 6@0=a "},
    {"tcp, udp and sctp have ports of their own",
     {{'a', 0, 0, IPPROTO_TCP}, {'b', 0, 0, IPPROTO_UDP}, {'c', 0, 0, IPPROTO_SCTP}},
     {{'a', 0, 5, IPPROTO_TCP}, {'b', 0, 5, IPPROTO_UDP}, {'c', 0, 5, IPPROTO_SCTP}},
     "5@0=a 5@0=b 5@0=c "},
};

static struct mapping mapping_of(const struct side *s)
{
    struct mapping m = {.protocol = s->protocol ? s->protocol : IPPROTO_TCP,
                        .host_port = s->port,
                        .host_addr = ipaddr_any4(),
                        .container_addr = {.family = AF_INET, .b = {172, 17, 0, 2}},
                        .container_port = 80};

    if (s->host)
        m.host_addr = (struct ipaddr){.family = AF_INET, .b = {10, 0, 0, s->host}};
    m.container_id[0] = s->id;
    return m;
}

static bool in_use(void *arg, const struct mapping *m)
{
    (void)arg;
    (void)m;
    return false;
}

static int hold(void *arg, const struct mapping *m)
{
    (void)arg;
    return m->host_port ? 0 : EINVAL;
}

static void add_text(struct sbuf *out, const struct mapping *m)
{
    sbuf_addf(out, "%u@%u=%s ", m->host_port, mapping_is_everywhere(m) ? 0 : m->host_addr.b[3],
              m->container_id);
}

static void test(size_t i)
{
    struct portset pool = {0};
    const struct assign_rules rules = {.pool = &pool, .in_use = in_use, .hold = hold};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct problems problems = {0};
    struct assignment plan = {0};
    struct mapping leases[WANTS_MAX];
    struct claim claims[WANTS_MAX];
    struct claims list = {.v = claims};
    uint16_t last = 0;
    size_t n = 0;

    portset_add(&pool, FIRST, LAST);
    for (; list.n < WANTS_MAX && tests[i].claims[list.n].id; list.n++)
        claims[list.n] = (struct claim){.target = mapping_of(&tests[i].claims[list.n])};
    for (size_t c = 0; c < list.n; c++)
        claims[c].container_name = claims[c].target.container_id;
    for (; n < WANTS_MAX && tests[i].leases[n].id; n++)
        leases[n] = mapping_of(&tests[i].leases[n]);
    assign_make(&plan, &rules, &list, leases, n, &last, &problems);
    for (size_t k = 0; k < plan.n; k++)
        add_text(&got, &plan.v[k]);
    for (size_t k = 0; k < problems.n; k++)
        sbuf_adds(&got, "problem ");
    is_str(sbuf_str(&got), tests[i].plan, "%s", tests[i].name);
    assignment_done(&plan);
    problems_done(&problems);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        test(i);
    return tap_done();
}

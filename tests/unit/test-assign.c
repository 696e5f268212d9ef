/* Claims, leases and a pool to wanted mappings. A case is three short texts:
 *
 *     claims   "a:80/tcp@2": container a, its port 80, at 172.17.0.2; "...@2=7" asks for port 7
 *     leases   "tcp.5=a:80@2": host port 5 leads there; "tcp.5=:80@2": nobody says whose it is
 *     plan     the wanted mappings as leases, then a line per problem */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/assign.h"
#include "tests/tap.h"

#define LEASES_MAX 8

struct test {
    const char *name;
    const char *claims;
    const char *leases;
    unsigned first, last;           /* of the pool */
    unsigned more_first, more_last; /* its second range; 0: none */
    unsigned assigned;              /* last port assigned before */
    const char *taken;              /* ports that other programs have: "tcp.5 udp.6" */
    const char *resting;            /* ports that rest */
    const char *kept;               /* "a80.7": port 7 is remembered for port 80 of container a */
    bool rest;                      /* ports that come free will rest */
    const char *in_use;             /* containers whose instances are still registered */
    int hold_error;                 /* every port fails like that; 0: none */
    const char *plan;
    unsigned then; /* last port assigned after */
};

static const struct test tests[] = {
    {.name = "nothing", .first = 1, .last = 9, .then = 9, .plan = ""},
    {.name = "first ports come from the start of the pool",
     .claims = "a:80/tcp@2 a:81/udp@2 b:80/tcp@3",
     .first = 5,
     .last = 9,
     .then = 7,
     .plan = "tcp.5=a:80@2\ntcp.7=b:80@3\nudp.6=a:81@2\n"},
    {.name = "a lease is kept, a new port comes behind the highest",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .leases = "tcp.6=b:80@3",
     .first = 5,
     .last = 9,
     .then = 7,
     .plan = "tcp.6=b:80@3\ntcp.7=a:80@2\n"},
    {.name = "while running, a new port comes after the last, not into the gap",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .leases = "tcp.6=b:80@3",
     .first = 5,
     .last = 9,
     .assigned = 8,
     .then = 9,
     .plan = "tcp.6=b:80@3\ntcp.9=a:80@2\n"},
    {.name = "the pool goes round",
     .claims = "a:80/tcp@2 b:80/tcp@3 c:80/tcp@4",
     .leases = "tcp.5=c:80@4",
     .first = 5,
     .last = 9,
     .assigned = 8,
     .then = 6,
     .plan = "tcp.5=c:80@4\ntcp.6=b:80@3\ntcp.9=a:80@2\n"},
    {.name = "the same port of the other protocol is free",
     .claims = "a:80/udp@2 b:80/tcp@3",
     .leases = "tcp.5=b:80@3",
     .first = 5,
     .last = 5,
     .then = 5,
     .plan = "tcp.5=b:80@3\nudp.5=a:80@2\n"},
    {.name = "a lease outside of a pool that was changed is kept, and does not count as highest",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .leases = "tcp.6=a:80@2 tcp.50=b:80@3",
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "tcp.6=a:80@2\ntcp.50=b:80@3\n",
     .assigned = 9},
    {.name = "a container that comes back with another address keeps its port",
     .claims = "a:80/tcp@7",
     .leases = "tcp.6=a:80@2",
     .first = 5,
     .last = 9,
     .assigned = 6,
     .then = 6,
     .plan = "tcp.6=a:80@7\n"},
    {.name = "leases without a claim go",
     .leases = "tcp.5=a:80@2 tcp.6=b:80@3 udp.5=a:80@2",
     .first = 5,
     .last = 9,
     .assigned = 6,
     .then = 6,
     .plan = ""},
    {.name = "... unless their instance is still registered",
     .claims = "b:80/tcp@3 c:80/tcp@4",
     .leases = "tcp.5=a:80@2 tcp.6=b:80@3 udp.5=d:80@2",
     .in_use = "a d",
     .first = 5,
     .last = 7,
     .assigned = 7,
     .then = 7,
     .plan = "tcp.5=a:80@2\ntcp.6=b:80@3\ntcp.7=c:80@4\nudp.5=d:80@2\n"},
    {.name = "a retained port is not given away",
     .claims = "c:80/tcp@4",
     .leases = "tcp.5=a:80@2",
     .in_use = "a",
     .first = 5,
     .last = 5,
     .then = 5,
     .plan = "tcp.5=a:80@2\nproblem container c: port 80/tcp gets no host port: every port of the "
             "pool 5 is in use or rests; widen it ([portmap] pool)\n"},
    {.name = "a foreign element is nobody's lease, whoever may ask, and its port is free",
     .claims = "a:80/tcp@2",
     .leases = "tcp.5=:80@2",
     .in_use = " ",
     .first = 5,
     .last = 5,
     .then = 5,
     .plan = "tcp.5=a:80@2\n"},
    {.name = "of two leases for one container port the first given stays",
     .claims = "a:80/tcp@2",
     .leases = "tcp.7=a:80@2 tcp.5=a:80@2",
     .first = 5,
     .last = 9,
     .then = 7,
     .plan = "tcp.7=a:80@2\n"},
    {.name = "ports that other programs have are skipped",
     .claims = "a:80/tcp@2 b:80/udp@3",
     .taken = "tcp.5 tcp.6 udp.5",
     .first = 5,
     .last = 9,
     .then = 8,
     .plan = "tcp.7=a:80@2\nudp.8=b:80@3\n"},
    {.name = "a lease whose port another program took is kept, and told",
     .claims = "a:80/tcp@2",
     .leases = "tcp.5=a:80@2",
     .taken = "tcp.5",
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=a:80@2\nproblem container a: its host port 5/tcp cannot be held (Address "
             "already in use): the container keeps it, and a program on this host that opened it "
             "gets no traffic; stop that program\n"},
    {.name = "ports that rest are skipped",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .resting = "tcp.5 tcp.7 udp.6",
     .first = 5,
     .last = 9,
     .then = 8,
     .plan = "tcp.6=a:80@2\ntcp.8=b:80@3\n"},
    {.name = "a lease does not rest",
     .claims = "a:80/tcp@2",
     .leases = "tcp.5=a:80@2",
     .resting = "tcp.5",
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=a:80@2\n"},
    {.name = "a container gets the port that it had, rest or not",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .kept = "b80.8",
     .resting = "tcp.8",
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=a:80@2\ntcp.8=b:80@3\n"},
    {.name = "made anew under its name in one pass, too",
     .claims = "b:80/tcp@3",
     .leases = "tcp.5=a:80@2",
     .kept = "b80.5",
     .rest = true,
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=b:80@3\n"},
    {.name = "the port that it had belongs to another one by now",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .leases = "tcp.7=a:80@2",
     .kept = "b80.7",
     .first = 5,
     .last = 9,
     .then = 8,
     .plan = "tcp.7=a:80@2\ntcp.8=b:80@3\n"},
    {.name = "... or to another program, or lies outside the pool",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .taken = "tcp.7",
     .kept = "a80.7 b80.10",
     .first = 5,
     .last = 9,
     .then = 6,
     .plan = "tcp.5=a:80@2\ntcp.6=b:80@3\n"},
    {.name = "ports that others may come back to are given last",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .kept = "x80.5 y80.6",
     .first = 5,
     .last = 7,
     .then = 5,
     .plan = "tcp.5=b:80@3\ntcp.7=a:80@2\n"},
    {.name = "when the pool is used up the later claims are told, and the others served",
     .claims = "a:80/tcp@2 b:80/tcp@3 c:80/tcp@4 d:80/udp@5",
     .first = 5,
     .last = 6,
     .then = 5,
     .plan =
         "tcp.5=a:80@2\ntcp.6=b:80@3\nudp.5=d:80@5\nproblem container c: port 80/tcp gets no "
         "host port: every port of the pool 5-6 is in use or rests; widen it ([portmap] pool)\n"},
    {.name = "a pool that others have taken is used up, too",
     .claims = "a:80/tcp@2",
     .taken = "tcp.5 tcp.6",
     .first = 5,
     .last = 6,
     .then = 6,
     .plan = "problem container a: port 80/tcp gets no host port: every port of the pool 5-6 is in "
             "use or rests; widen it ([portmap] pool)\n"},
    {.name = "a port that cannot be held for lack of something does not use up the pool",
     .claims = "a:80/tcp@2",
     .hold_error = EMFILE,
     .first = 5,
     .last = 6,
     .then = 5,
     .plan = "problem container a: port 80/tcp gets no host port: cannot hold one: Too many open "
             "files\n"},
    {.name = "a port that comes free in this pass can be given at once",
     .claims = "b:80/tcp@3",
     .leases = "tcp.5=a:80@2",
     .first = 5,
     .last = 5,
     .then = 5,
     .plan = "tcp.5=b:80@3\n"},
    {.name = "... unless such ports rest; a foreign one does not",
     .claims = "b:80/tcp@3 c:80/tcp@4",
     .leases = "tcp.5=a:80@2 tcp.6=:80@2",
     .rest = true,
     .first = 5,
     .last = 6,
     .then = 6,
     .plan = "tcp.6=b:80@3\nproblem container c: port 80/tcp gets no host port: every port of the "
             "pool 5-6 is in use or rests; widen it ([portmap] pool)\n"},
    {.name = "a claim that cannot be served does not stop the others, and its lease goes",
     .claims = "a:0/tcp@2 b:80/tcp@3",
     .leases = "tcp.6=a:0@2 tcp.7=b:80@3",
     .first = 5,
     .last = 9,
     .then = 7,
     .plan =
         "tcp.7=b:80@3\nproblem container a: port 0/tcp gets no host port: the container has no "
         "IPv4 or IPv6 address; give its network a subnet of that kind\n"},
    {.name = "a port that is asked for, before others can take it",
     .claims = "a:80/tcp@2 b:80/tcp@3=5 c:80/udp@4=5",
     .first = 5,
     .last = 9,
     .then = 6,
     .plan = "tcp.5=b:80@3\ntcp.6=a:80@2\nudp.5=c:80@4\n"},
    {.name = "... is kept",
     .claims = "b:80/tcp@3=5",
     .leases = "tcp.5=b:80@3",
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=b:80@3\n"},
    {.name = "... also where it rests, or somebody may come back to it",
     .claims = "b:80/tcp@3=6",
     .resting = "tcp.6",
     .kept = "a80.6 b80.7",
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "tcp.6=b:80@3\n"},
    {.name = "... also where its lease ends just now",
     .claims = "b:80/tcp@3=5",
     .leases = "tcp.5=a:80@2",
     .rest = true,
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=b:80@3\n"},
    {.name = "... and replaces a lease of another port, which rests",
     .claims = "a:80/tcp@2 b:80/tcp@3=7",
     .leases = "tcp.5=b:80@3",
     .rest = true,
     .first = 5,
     .last = 7,
     .then = 6,
     .plan = "tcp.6=a:80@2\ntcp.7=b:80@3\n"},
    {.name = "... or does not, and is free at once",
     .claims = "a:80/tcp@2 b:80/tcp@3=6",
     .leases = "tcp.5=b:80@3",
     .first = 5,
     .last = 6,
     .then = 5,
     .plan = "tcp.5=a:80@2\ntcp.6=b:80@3\n"},
    {.name = "a port that another container has: none instead, and the others are served",
     .claims = "a:80/tcp@2 b:80/tcp@3=5 c:80/tcp@4",
     .leases = "tcp.5=a:80@2",
     .first = 5,
     .last = 9,
     .then = 6,
     .plan = "tcp.5=a:80@2\ntcp.6=c:80@4\nproblem container b: port 80/tcp gets no host port: it "
             "asks for 5, which container a has; ask for another one\n"},
    {.name = "a port that two ask for",
     .claims = "a:80/tcp@2=5 b:80/tcp@3=5",
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "tcp.5=a:80@2\nproblem container b: port 80/tcp gets no host port: it asks for 5, "
             "which container a has; ask for another one\n"},
    {.name = "a port that an ended container has",
     .claims = "b:80/tcp@3=5",
     .leases = "tcp.5=a:80@2",
     .in_use = "a",
     .first = 5,
     .last = 9,
     .then = 5,
     .plan = "tcp.5=a:80@2\nproblem container b: port 80/tcp gets no host port: it asks for 5, "
             "which container a had, which has ended and is still registered\n"},
    {.name = "ports that programs have",
     .claims = "a:80/tcp@2=7 b:80/udp@3=7",
     .taken = "tcp.7 udp.7",
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "problem container a: port 80/tcp gets no host port: it asks for 7, which nginx (pid "
             "3) has open; stop that program, or ask for another one\n"
             "problem container b: port 80/udp gets no host port: it asks for 7, which another "
             "program has open; stop that program, or ask for another one\n"},
    {.name = "a port outside of the pool",
     .claims = "a:80/tcp@2=10",
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "problem container a: port 80/tcp gets no host port: it asks for 10, which is outside "
             "of the pool 5-9; ask for one of the pool, or widen it ([portmap] pool)\n"},
    {.name = "a port that cannot be held for lack of something",
     .claims = "a:80/tcp@2=5",
     .hold_error = EMFILE,
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "problem container a: port 80/tcp gets no host port: it asks for 5, which cannot be "
             "held: Too many open files\n"},
    {.name = "a lease outside of a pool that was changed is kept by who asks for it",
     .claims = "a:80/tcp@2=50",
     .leases = "tcp.50=a:80@2",
     .first = 5,
     .last = 9,
     .then = 9,
     .plan = "tcp.50=a:80@2\n"},
    {.name = "the second range of the pool comes after the first, and then the first again",
     .claims = "a:80/tcp@2 b:80/tcp@3 c:80/tcp@4 d:80/tcp@5",
     .leases = "tcp.5=d:80@5",
     .first = 5,
     .last = 6,
     .more_first = 8,
     .more_last = 9,
     .assigned = 5,
     .then = 9,
     .plan = "tcp.5=d:80@5\ntcp.6=a:80@2\ntcp.8=b:80@3\ntcp.9=c:80@4\n"},
    {.name = "a refusal names every range of the pool",
     .claims = "a:80/tcp@2",
     .taken = "tcp.5 tcp.8",
     .first = 5,
     .last = 5,
     .more_first = 8,
     .more_last = 8,
     .then = 8,
     .plan = "problem container a: port 80/tcp gets no host port: every port of the pool 5,8 is in "
             "use or rests; widen it ([portmap] pool)\n"},
    {.name = "the whole range of ports",
     .claims = "a:80/tcp@2 b:80/tcp@3",
     .first = 1,
     .last = 65535,
     .assigned = 65534,
     .then = 1,
     .plan = "tcp.1=b:80@3\ntcp.65535=a:80@2\n"},
};

static uint8_t protocol_of(const char *name)
{
    return strcmp(name, "udp") ? IPPROTO_TCP : IPPROTO_UDP;
}

static bool has_word(const char *words, const char *word)
{
    CLEAN(free_str) char *list = xasprintf(" %s ", words ? words : "");
    CLEAN(free_str) char *wanted = xasprintf(" %s ", word);

    return strstr(list, wanted);
}

static bool in_use(void *arg, const struct mapping *m)
{
    const struct test *t = arg;

    return has_word(t->in_use, m->container_id);
}

static int hold(void *arg, const struct mapping *m)
{
    const struct test *t = arg;
    char port[32];

    snprintf(port, sizeof port, "%s.%u", protocol_name(m->protocol), m->host_port);
    return has_word(t->taken, port) ? EADDRINUSE : t->hold_error;
}

static const char *holder(void *arg, uint8_t protocol, uint16_t host_port)
{
    (void)arg;
    return protocol == IPPROTO_TCP && host_port == 7 ? "nginx (pid 3)" : NULL;
}

static bool resting(void *arg, uint8_t protocol, uint16_t host_port)
{
    const struct test *t = arg;
    char port[32];

    snprintf(port, sizeof port, "%s.%u", protocol_name(protocol), host_port);
    return has_word(t->resting, port);
}

static uint16_t remembered(void *arg, const struct claim *claim)
{
    const struct test *t = arg;
    char word[128];

    for (unsigned port = t->first; port <= t->last + 1; port++) {
        snprintf(word, sizeof word, "%s%u.%u", claim->container_name, claim->target.container_port,
                 port);
        if (has_word(t->kept, word))
            return (uint16_t)port;
    }
    return 0;
}

static bool kept(void *arg, uint8_t protocol, uint16_t host_port)
{
    const struct test *t = arg;
    CLEAN(free_str) char *end = xasprintf(".%u ", host_port);
    CLEAN(free_str) char *list = xasprintf("%s ", t->kept ? t->kept : "");

    return protocol == IPPROTO_TCP && strstr(list, end);
}

/* Hands each word of 'text' to 'read'. */
static size_t each_word(const char *text, void (*read)(const char *word, void *to), void *to)
{
    CLEAN(free_str) char *copy = xstrdup(text ? text : "");
    char *rest = copy;
    size_t n = 0;

    for (char *word; (word = strsep(&rest, " "));)
        if (*word) {
            read(word, to);
            n++;
        }
    return n;
}

static void read_claim(const char *word, void *to)
{
    struct claims *claims = to;
    struct claim c = {.target.container_addr = {.family = AF_INET, .b = {172, 17, 0, 0}}};
    unsigned port, last, asked = 0;
    char protocol[4];

    if (sscanf(word, "%[a-z]:%u/%3[a-z]@%u=%u", c.target.container_id, &port, protocol, &last,
               &asked) < 4)
        abort();
    c.host_port = (uint16_t)asked;
    c.target.protocol = protocol_of(protocol);
    c.target.container_port = (uint16_t)port;
    c.target.container_addr.b[3] = (uint8_t)last;
    c.container_name = xstrdup(c.target.container_id);
    claims->v = xgrow(claims->v, claims->n, &claims->cap, sizeof *claims->v);
    claims->v[claims->n++] = c;
}

struct leases {
    struct mapping v[LEASES_MAX];
    size_t n;
};

static void read_lease(const char *word, void *to)
{
    struct leases *leases = to;
    struct mapping m = {.container_addr = {.family = AF_INET, .b = {172, 17, 0, 0}}};
    unsigned host_port, port, last;
    char protocol[4];

    if (sscanf(word, "%3[a-z].%u=", protocol, &host_port) != 2 || leases->n == LEASES_MAX ||
        sscanf(strchr(word, '=') + 1, "%[a-z]", m.container_id) < 0 ||
        sscanf(strchr(word, ':') + 1, "%u@%u", &port, &last) != 2)
        abort();
    m.protocol = protocol_of(protocol);
    m.host_port = (uint16_t)host_port;
    m.container_port = (uint16_t)port;
    m.container_addr.b[3] = (uint8_t)last;
    leases->v[leases->n++] = m;
}

static size_t count_refused(const struct problems *problems)
{
    size_t n = 0;

    for (size_t i = 0; i < problems->n; i++)
        n += strstr(problems->v[i].text, "gets no host port") != NULL;
    return n;
}

static void run(const struct test *t)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct claims claims = {0};
    struct leases leases = {0};
    struct problems problems = {0};
    struct assignment plan = {0};
    struct portset pool = {0};
    struct assign_rules rules = {.pool = &pool,
                                 .in_use = in_use,
                                 .hold = hold,
                                 .holder = holder,
                                 .rest = t->rest,
                                 .resting = resting,
                                 .remembered = t->kept ? remembered : NULL,
                                 .kept = t->kept ? kept : NULL,
                                 .arg = (void *)(uintptr_t)t};
    uint16_t last = (uint16_t)t->assigned;

    portset_add(&pool, t->first, t->last);
    if (t->more_last)
        portset_add(&pool, t->more_first, t->more_last);
    each_word(t->claims, read_claim, &claims);
    each_word(t->leases, read_lease, &leases);
    assign_make(&plan, &rules, &claims, leases.v, leases.n, &last, &problems);
    for (size_t i = 0; i < plan.n; i++)
        sbuf_addf(&got, "%s.%u=%s:%u@%u\n", protocol_name(plan.v[i].protocol), plan.v[i].host_port,
                  plan.v[i].container_id, plan.v[i].container_port, plan.v[i].container_addr.b[3]);
    for (size_t i = 0; i < problems.n; i++)
        sbuf_addf(&got, "problem %s: %s\n", problems.v[i].subject, problems.v[i].text);
    is_str(sbuf_str(&got), t->plan, "%s", t->name);
    is_int((long long)plan.refused.n, (long long)count_refused(&problems),
           "%s: what is refused is told", t->name);
    is_int(last, t->then, "%s: port assigned last", t->name);
    assignment_done(&plan);
    problems_done(&problems);
    claims_done(&claims);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        run(&tests[i]);
    return tap_done();
}

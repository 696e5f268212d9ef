/* Which provider nodes there should be, and what a directory means: the decisions about mirrors. */
#include "registrator/dubbo_plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_consul.h"
#include "registrator/dubbo_want.h"
#include "tests/tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define INSIDE "172.17.0.2"
#define STARTED 1700000000.

static struct dubbo_locals make_locals(const char *host, uint16_t host_port, bool serves)
{
    struct dubbo_locals l = {0};
    struct dubbo_local *local = dubbo_locals_add(&l, ID, "web");

    ipaddr_parse(INSIDE, &local->addr);
    local->port = 20880;
    local->started = STARTED;
    local->host = host ? xstrdup(host) : NULL;
    local->host_port = host_port;
    local->serves = serves;
    return l;
}

static void add_child(struct dubbo_interface *i, size_t *cap, const char *url)
{
    struct dubbo_child child = {0};
    CLEAN(sbuf) struct sbuf name = SBUF_INIT;

    dubbo_url_add_encoded(&name, url);
    ok(!dubbo_url_parse(sbuf_str(&name), &child.url, NULL), "read: %s", url);
    child.name = xstrdup(sbuf_str(&name));
    const char *node = kvs_get(&child.url.params, DUBBO_MARK_NODE);
    child.ours = node && !strcmp(node, "n1");
    child.machine = !node && kvs_get(&child.url.params, DUBBO_MARK_FILE);
    i->v = xgrow(i->v, i->n, cap, sizeof *i->v);
    i->v[i->n++] = child;
    i->total++;
}

static void interface_done(struct dubbo_interface *i)
{
    for (size_t n = 0; n < i->n; n++) {
        free(i->v[n].name);
        dubbo_url_done(&i->v[n].url);
    }
    free(i->v);
}

struct decision {
    const char *name;
    const char *urls[3];
    const char *host; /* what leads to the container; NULL: nothing */
    bool serves;
    bool repair;
    const char *mirrors; /* titles */
    size_t doomed, unreachable, seen;
    const char *problem; /* a part of its text; NULL: none */
};

#define OWN "dubbo://" INSIDE ":20880/com.acme.A?anyhost=true&timestamp=1700000001000"
#define MIRROR "dubbo://192.0.2.1:28001/com.acme.A?anyhost=true&berth.mirror="
#define TITLE "com.acme.A at 192.0.2.1:28001"

static const struct decision decisions[] = {
    {"a routable address",
     {"dubbo://192.0.2.9:20880/com.acme.A?anyhost=true"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     0,
     0,
     NULL},
    {"without repair it is told",
     {OWN},
     "192.0.2.1",
     true,
     false,
     "",
     0,
     1,
     0,
     "DUBBO_IP_TO_REGISTRY"},
    {"with repair it is mirrored", {OWN}, "192.0.2.1", true, true, TITLE, 1, 1, 0, NULL},
    {"a name is no address",
     {"dubbo://web:20880/com.acme.A?anyhost=true"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     0,
     0,
     NULL},
    {"older than the container: another host's",
     {"dubbo://" INSIDE ":20880/com.acme.A?anyhost=true&timestamp=1600000000000"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     0,
     0,
     NULL},
    {"no time said: it may be ours",
     {"dubbo://" INSIDE ":20880/com.acme.A?anyhost=true"},
     "192.0.2.1",
     true,
     true,
     TITLE,
     1,
     1,
     0,
     NULL},
    {"a port that nobody exposed",
     {"dubbo://" INSIDE ":9/com.acme.A?anyhost=true"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     1,
     0,
     "EXPOSE"},
    {"no host port yet", {OWN}, NULL, true, true, "", 0, 1, 0, "EXPOSE"},
    {"one that does not serve waits", {OWN}, "192.0.2.1", false, true, "", 0, 1, 0, NULL},
    {"two hosts with one address",
     {OWN, OWN "1"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     2,
     0,
     "cannot be told"},
    {"another version is another service",
     {OWN, OWN "&version=2"},
     "192.0.2.1",
     true,
     true,
     TITLE ","
           "com.acme.A:2 at 192.0.2.1:28001",
     2,
     2,
     0,
     NULL},
    {"a mirror stays",
     {MIRROR "0123456789ab:20880&berth.node=n1"},
     "192.0.2.1",
     true,
     true,
     TITLE,
     0,
     0,
     1,
     NULL},
    {"it goes with its container",
     {MIRROR "999999999999:20880&berth.node=n1"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     0,
     1,
     NULL},
    {"when that is told to stop",
     {MIRROR "0123456789ab:20880&berth.node=n1"},
     "192.0.2.1",
     false,
     true,
     "",
     0,
     0,
     1,
     NULL},
    {"when the host port is another one",
     {MIRROR "0123456789ab:20880&berth.node=n1"},
     "192.0.2.7",
     true,
     true,
     "",
     0,
     0,
     1,
     NULL},
    {"when there is a newer one",
     {MIRROR "0123456789ab:20880&berth.node=n1", OWN},
     "192.0.2.1",
     true,
     true,
     TITLE,
     1,
     1,
     1,
     NULL},
    {"a machine's is seen",
     {"dubbo://192.0.2.5:1/com.acme.A?anyhost=true&berth.file=f"},
     "192.0.2.1",
     true,
     true,
     "",
     0,
     0,
     1,
     NULL},
};

static void test_decision(const struct decision *d)
{
    struct dubbo_locals locals = make_locals(d->host, 28001, d->serves);
    struct dubbo_interface i = {.name = (char *)(uintptr_t) "com.acme.A"};
    struct problems problems = {0};
    struct dubbo_plan plan = {0};
    CLEAN(sbuf) struct sbuf mirrors = SBUF_INIT;
    size_t cap = 0;

    for (size_t n = 0; n < ARRAY_LEN(d->urls) && d->urls[n]; n++)
        add_child(&i, &cap, d->urls[n]);
    dubbo_plan_add(&plan, &i, &locals, "n1", d->repair, &problems);
    for (size_t n = 0; n < plan.mirrors.n; n++)
        sbuf_addf(&mirrors, "%s%s", n ? "," : "", plan.mirrors.v[n].title);
    is_str(sbuf_str(&mirrors), d->mirrors, "%s: mirrors", d->name);
    is_int((long long)plan.n_doomed, (long long)d->doomed, "%s: doomed", d->name);
    is_int((long long)plan.unreachable, (long long)d->unreachable, "%s: unreachable", d->name);
    is_int((long long)plan.seen.n, (long long)d->seen, "%s: seen", d->name);
    ok(d->problem ? problems.n && strstr(problems.v[0].text, d->problem) : !problems.n,
       "%s: what is told", d->name);
    dubbo_plan_done(&plan);
    problems_done(&problems);
    interface_done(&i);
    dubbo_locals_done(&locals);
}

static void test_nodes(void)
{
    struct dubbo_said said = {0};
    struct dubbo_nodes nodes = {0};
    struct dubbo_place place = {"192.0.2.1", 28001, STARTED + .25, DUBBO_MARK_NODE, "n1", 0};

    dubbo_said_set(&said, "", "com.acme.A:1.0:blue,com.acme.B", NULL);
    dubbo_said_set(&said, "methods", "hello,bye", NULL);
    dubbo_said_set(&said, "params", "timeout=3000,release=2.7.8", NULL);
    dubbo_nodes_add_said(&nodes, &place, &said);
    dubbo_nodes_add_said(&nodes, &place, &said);
    dubbo_nodes_sort(&nodes);
    is_int((long long)nodes.n, 2, "each service once");
    is_str(nodes.v[0].title, "com.acme.A:1.0:blue at 192.0.2.1:28001", "its title");
    is_str(nodes.v[0].key,
           "com.acme.A/providers/dubbo%3A%2F%2F192.0.2.1%3A28001%2Fcom.acme.A%3Fanyhost%3Dtrue"
           "%26application%3Dcom.acme.A%26berth.node%3Dn1%26category%3Dproviders%26deprecated%3D"
           "false%26dubbo%3D2.0.2%26dynamic%3Dtrue%26generic%3Dfalse%26group%3Dblue%26interface%3D"
           "com.acme.A%26methods%3Dhello%2Cbye%26protocol%3Ddubbo%26release%3D2.7.8%26side%3D"
           "provider%26timeout%3D3000%26timestamp%3D1700000000250%26version%3D1.0",
           "its node: parameters sorted, anyhost first");
    ok(!nodes.v[0].shared && nodes.v[0].port == 28001, "it is this host's alone");
    dubbo_nodes_done(&nodes);
    dubbo_said_done(&said);
}

static void test_machines(void)
{
    struct instances l = {0};
    struct dubbo_nodes nodes = {0};

    for (int n = 0; n < 3; n++) {
        struct instance *i = instances_add(&l);

        i->service = xstrdup("shop");
        i->address = xstrdup(n == 1 ? "2001:db8::1" : "192.0.2.10");
        i->port = 20880;
        i->state = n == 2 ? INSTANCE_CRITICAL : INSTANCE_PASSING;
        kvs_add(&i->meta, "berth-file", "billing");
        kvs_add(&i->meta, "dubbofoo", "of somebody else");
        ok(!dubbo_want_key(&i->meta, "dubbo", "com.acme.A:1", NULL), "what a file says");
        ok(!dubbo_want_key(&i->meta, "dubbo_weight", "20", NULL), "and its weight");
    }
    ok(dubbo_want_key(&l.v[0].meta, "dubbo_weight", "much", NULL), "nonsense is refused");
    dubbo_want_machines(&l, &nodes);
    is_int((long long)nodes.n, 2, "machines that work are providers");
    is_str(nodes.n ? nodes.v[0].key : "",
           "com.acme.A/providers/dubbo%3A%2F%2F192.0.2.10%3A20880%2Fcom.acme.A%3Fanyhost%3Dtrue"
           "%26application%3Dshop%26berth.file%3Dbilling%26category%3Dproviders%26deprecated%3D"
           "false%26dubbo%3D2.0.2%26dynamic%3Dtrue%26generic%3Dfalse%26interface%3Dcom.acme.A"
           "%26protocol%3Ddubbo%26side%3Dprovider%26version%3D1%26weight%3D20",
           "the same node, whichever host writes it");
    ok(nodes.n && nodes.v[0].shared, "it is shared");
    is_str(nodes.n > 1 ? nodes.v[1].title : "", "com.acme.A:1 at 2001:db8::1:20880", "IPv6");
    dubbo_nodes_done(&nodes);
    instances_done(&l);
}

static void test_endpoints(void)
{
    struct registrator_config config = {.node = "n1"};
    struct kvs env = {0}, labels = {0};
    struct endpoint e = {.container_id = ID,
                         .container_name = "web",
                         .image = "i",
                         .env = &env,
                         .labels = &labels,
                         .network = "bridge",
                         .reach = REACH_ASSIGNED,
                         .protocol = IPPROTO_TCP,
                         .container_port = 20880,
                         .started = STARTED};

    ipaddr_parse("192.0.2.1", &config.host_addr);
    ipaddr_parse(INSIDE, &e.container_addr);
    e.host_addr = ipaddr_any4();
    kvs_add(&labels, "berth.dubbo.20880", "com.acme.A");
    for (int n = 0; n < 6; n++) {
        struct dubbo_nodes nodes = {0};
        struct dubbo_locals locals = {0};
        struct problems problems = {0};

        e.host_port = n ? 28001 : 0;
        e.draining = n == 2;
        e.paused = n == 3;
        e.health = n == 4 ? HEALTH_UNHEALTHY : n == 5 ? HEALTH_HEALTHY : HEALTH_NONE;
        dubbo_want_endpoints(&config, &e, 1, &nodes, &locals, &problems);
        is_int((long long)nodes.n, n == 1 || n == 5, "case %d: is it a provider?", n);
        ok(locals.n == 1 && !locals.v[0].host == !n, "its address is known");
        is_int((long long)problems.n, 0, "nothing is wrong");
        dubbo_nodes_done(&nodes);
        dubbo_locals_done(&locals);
        problems_done(&problems);
    }
    kvs_done(&labels);
}

static void test_trim(void)
{
    static const struct {
        size_t max;
        const char *gone; /* the last one that is taken out */
        const char *left; /* what stays longest of the rest */
    } rows[] = {
        {1000, NULL, "timeout"},        {290, "timeout", "retries"}, {280, "retries", "methods"},
        {230, "methods", "deprecated"}, {130, "anyhost", "version"},
    };
    struct dubbo_said said = {0};
    struct dubbo_place place = {.host = "192.0.2.1", .port = 1};

    dubbo_said_set(&said, "", "com.acme.A:1", NULL);
    dubbo_said_set(&said, "application", "a", NULL);
    dubbo_said_set(&said, "params", "timeout=3000,retries=0", NULL);
    dubbo_said_set(&said, "methods",
                   "one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen", NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct dubbo_url url = {0};
        CLEAN(sbuf) struct sbuf text = SBUF_INIT;

        dubbo_place_url(&place, &said, said.v, &url);
        int status = dubbo_consul_trim(&url, &said.params, rows[i].max);
        dubbo_url_add(&text, &url);
        ok(status == (text.len > rows[i].max ? -1 : 0), "%zu bytes of %zu", text.len, rows[i].max);
        ok(!rows[i].gone || !kvs_get(&url.params, rows[i].gone), "what goes is gone");
        ok(kvs_get(&url.params, rows[i].left) != NULL, "%s is left", rows[i].left);
        dubbo_url_done(&url);
    }
    dubbo_said_done(&said);
}

int main(void)
{
    test_trim();
    for (size_t i = 0; i < ARRAY_LEN(decisions); i++)
        test_decision(&decisions[i]);
    test_nodes();
    test_machines();
    test_endpoints();
    return tap_done();
}

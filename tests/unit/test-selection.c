/* Which endpoints are registered, and under which address. */
#include "agent/selection.h"

#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define ID "1111111111111111111111111111111111111111111111111111111111111111"
#define EMPTY_ID "2222222222222222222222222222222222222222222222222222222222222222"

static struct kvs none, named, ignored, addressed;

static struct ipaddr addr(const char *text)
{
    struct ipaddr a = {0};

    ipaddr_parse(text, &a);
    return a;
}

static void add(struct endpoints *l, enum endpoint_reach reach, uint16_t port, uint16_t host_port,
                const char *host_addr, const struct kvs *labels)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct endpoint){.container_id = ID,
                                     .container_name = "web",
                                     .env = &none,
                                     .labels = labels,
                                     .reach = reach,
                                     .protocol = IPPROTO_TCP,
                                     .container_port = port,
                                     .container_addr = addr("172.17.0.2"),
                                     .host_addr = addr(host_addr),
                                     .host_port = host_port};
}

/* The endpoints that each row selects from. */
static void fill(struct endpoints *l)
{
    add(l, REACH_PUBLISHED, 80, 8000, "0.0.0.0", &named);
    add(l, REACH_PUBLISHED, 80, 8000, "10.0.0.9", &named);
    add(l, REACH_PUBLISHED, 81, 8001, "0.0.0.0", &none);
    add(l, REACH_PUBLISHED, 82, 8002, "0.0.0.0", &ignored);
    add(l, REACH_PUBLISHED, 83, 8003, "0.0.0.0", &addressed);
    add(l, REACH_ASSIGNED, 84, 28000, "0.0.0.0", &none);
    add(l, REACH_DIRECT, 85, 0, "", &none);
}

static void describe(const struct endpoint *e, struct sbuf *out)
{
    char buf[IPADDR_STRLEN];

    switch (e->reach) {
    case REACH_NONE:
        sbuf_addf(out, "%u none; ", e->container_port);
        break;
    case REACH_DIRECT:
        sbuf_addf(out, "%u direct %s; ", e->container_port, ipaddr_format(&e->container_addr, buf));
        break;
    case REACH_ASSIGNED:
    case REACH_PUBLISHED:
    case REACH_HOST:
        sbuf_addf(out, "%u %s; ", e->container_port,
                  e->host_port ? ipaddr_format_port(&e->host_addr, e->host_port, buf) : "out");
        break;
    }
}

static void check(const struct selection *s, const char *wanted, const char *wanted_notes,
                  const char *name)
{
    struct inventory inv = {0};
    struct endpoints l = {0};
    struct strv notes = {0};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    inventory_touch(&inv, EMPTY_ID)->container = xcalloc(1, sizeof(struct container));
    fill(&l);
    selection_apply(s, &inv, &l, wanted_notes ? &notes : NULL);
    for (size_t i = 0; i < l.n; i++)
        describe(&l.v[i], &out);
    is_str(sbuf_str(&out), wanted, "%s", name);
    CLEAN(free_str) char *joined = strv_join(&notes, "; ");
    if (wanted_notes)
        is_str(joined, wanted_notes, "%s: what is said", name);
    strv_done(&notes);
    endpoints_done(&l);
    inventory_done(&inv);
}

int main(void)
{
    kvs_add(&named, "SERVICE_80_NAME", "web");
    kvs_add(&ignored, "SERVICE_IGNORE", "x");
    kvs_add(&addressed, "net.ip", "10.42.0.7/16");

    check(&(struct selection){.ip_from_label = ""},
          "80 0.0.0.0:8000; 80 10.0.0.9:8000; 81 0.0.0.0:8001; 82 0.0.0.0:8002; 83 0.0.0.0:8003; "
          "84 0.0.0.0:28000; 85 direct 172.17.0.2; ",
          NULL, "nothing asked for, nothing changed");
    check(&(struct selection){.ip_from_label = "", .published_only = true},
          "80 0.0.0.0:8000; 80 10.0.0.9:8000; 81 0.0.0.0:8001; 82 out; 83 0.0.0.0:8003; 84 none; "
          "85 none; ",
          "ignored: 111111111111 port 84 not published on host; "
          "ignored: 111111111111 port 85 not published on host; "
          "ignored: 111111111111 service on port 82; ignored: 222222222222 no published ports",
          "published ports only");
    check(&(struct selection){.ip_from_label = "", .ip = addr("192.0.2.1")},
          "80 192.0.2.1:8000; 81 192.0.2.1:8001; 82 out; 83 192.0.2.1:8003; 84 192.0.2.1:28000; "
          "85 direct 172.17.0.2; ",
          NULL, "-ip, which makes two bindings one");
    check(&(struct selection){.ip_from_label = "", .internal = true},
          "80 direct 172.17.0.2; 81 direct 172.17.0.2; 82 out; 83 direct 172.17.0.2; "
          "84 direct 172.17.0.2; 85 direct 172.17.0.2; ",
          "ignored: 111111111111 service on port 82; ignored: 222222222222 no published ports",
          "-internal");
    check(&(struct selection){.ip_from_label = "", .explicit_only = true},
          "80 0.0.0.0:8000; 80 10.0.0.9:8000; 81 out; 82 out; 83 out; 84 out; 85 out; ", NULL,
          "-explicit");
    check(&(struct selection){.ip_from_label = "net.ip", .ip = addr("192.0.2.1")},
          "80 192.0.2.1:8000; 81 192.0.2.1:8001; 82 out; 83 10.42.0.7:8003; 84 192.0.2.1:28000; "
          "85 direct 172.17.0.2; ",
          NULL, "-useIpFromLabel before -ip");
    check(&(struct selection){.ip_from_label = "net.ip", .internal = true},
          "80 direct 172.17.0.2; 81 direct 172.17.0.2; 82 out; 83 direct 10.42.0.7; "
          "84 direct 172.17.0.2; 85 direct 172.17.0.2; ",
          NULL, "-useIpFromLabel with -internal");
    kvs_done(&named);
    kvs_done(&ignored);
    kvs_done(&addressed);
    return tap_done();
}

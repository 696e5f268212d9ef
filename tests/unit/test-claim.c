/* Endpoints to claims. */
#include <netinet/in.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "portmap/claim.h"
#include "tests/tap.h"

#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define V4                                                                                         \
    {                                                                                              \
        .family = AF_INET, .b = { 172, 17, 0, 2 }                                                  \
    }
#define V6                                                                                         \
    {                                                                                              \
        .family = AF_INET6, .b = { 0xfd }                                                          \
    }

#define NO_ADDRESS                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }
#define ENDPOINT(id, name, how, proto, port, addr)                                                 \
    {                                                                                              \
        .container_id = id, .container_name = name, .reach = how, .protocol = proto,               \
        .container_port = port, .container_addr = addr                                             \
    }

#define ASKING(id, port)                                                                           \
    {                                                                                              \
        .container_id = id, .container_name = "asks", .reach = REACH_ASSIGNED,                     \
        .protocol = IPPROTO_TCP, .container_port = port, .container_addr = V4, .labels = &labels   \
    }

static struct kvs labels;

static const struct endpoint endpoints[] = {
    ENDPOINT("", "no id", REACH_ASSIGNED, IPPROTO_TCP, 80, V4),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_TCP, 80, V4),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_TCP, 80, V6),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_UDP, 80, V4),
    ENDPOINT(ID64, "web", REACH_PUBLISHED, IPPROTO_TCP, 81, V4),
    ENDPOINT(ID64, "web", REACH_DIRECT, IPPROTO_TCP, 82, V4),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_SCTP, 83, V4),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_TCP, 84, V6),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_TCP, 85, NO_ADDRESS),
    ENDPOINT(ID64, "web", REACH_ASSIGNED, IPPROTO_ICMP, 86, V4),
    {.container_id = ID64,
     .container_name = "both",
     .reach = REACH_ASSIGNED,
     .protocol = IPPROTO_TCP,
     .container_port = 87,
     .container_addr = V4,
     .container_addr6 = V6},
    {.container_id = ID64,
     .container_name = "at one",
     .reach = REACH_ASSIGNED,
     .protocol = IPPROTO_TCP,
     .container_port = 88,
     .container_addr = V4,
     .container_addr6 = V6,
     .host_addr = {.family = AF_INET, .b = {10, 0, 0, 1}}},
    {.container_id = ID64,
     .container_name = "at one6",
     .reach = REACH_ASSIGNED,
     .protocol = IPPROTO_TCP,
     .container_port = 89,
     .container_addr = V4,
     .host_addr = V6},
    ENDPOINT(ID64 "0", "id too long", REACH_ASSIGNED, IPPROTO_TCP, 80, V4),
    ENDPOINT("bb", NULL, REACH_ASSIGNED, IPPROTO_TCP, 80, V4),
    ASKING("cc", 80),
    ASKING("cc", 81),
};

/* The same again is equal; what a container asks for makes a difference. */
static void test_equal(const struct claims *claims)
{
    struct claims again = {0};
    struct claim *last;

    claims_from_endpoints(&again, endpoints, ARRAY_LEN(endpoints));
    ok(claims_equal(claims, &again), "the same endpoints make the same claims");
    last = &again.v[again.n - 1];
    last->refusal[0] = 'B';
    ok(!claims_equal(claims, &again), "another refusal is a difference");
    last->refusal[0] = 'b';
    last--;
    last->host_port++;
    ok(!claims_equal(claims, &again), "another port that is asked for is a difference");
    last->host_port--;
    last->target.host_addr.b[3]++;
    ok(!claims_equal(claims, &again), "another address of the host is a difference");
    last->target.host_addr.b[3]--;
    ok(claims_equal(claims, &again), "back again");
    ok(!claims_renamed(&again, claims), "the names are the same");
    last = &again.v[--again.n];
    ok(!claims_renamed(&again, claims) && !claims_renamed(claims, &again), "... of fewer, too");
    last->container_name[0]++;
    ok(!claims_renamed(&again, claims), "a name that is in one list only is no change");
    again.n++;
    ok(claims_renamed(&again, claims), "another name of the same container is one");
    last->container_name[0]--;
    claims_done(&again);
}

int main(void)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct claims claims = {0};
    char addr[IPADDR_STRLEN];

    kvs_add(&labels, "berth.80.host-port", "28005");
    kvs_add(&labels, "berth.80.host-ip", "10.0.0.1");
    kvs_add(&labels, "berth.81.host-port", "many");
    claims_from_endpoints(&claims, endpoints, 1);
    is_int((long long)claims.n, 0, "no claim without a container id");
    claims_from_endpoints(&claims, endpoints, ARRAY_LEN(endpoints));
    for (size_t i = 0; i < claims.n; i++) {
        const struct mapping *t = &claims.v[i].target;
        CLEAN(free_str) char *why = NULL;

        sbuf_addf(&got, "%.4s %s %u/%s ", t->container_id, claims.v[i].container_name,
                  t->container_port, protocol_name(t->protocol));
        sbuf_addf(&got, "%s ", ipaddr_format(&t->container_addr, addr));
        sbuf_addf(&got, "%s ", ipaddr_format(&t->container_addr6, addr));
        sbuf_addf(&got, "host=%s:%u", ipaddr_format(&t->host_addr, addr), t->host_port);
        if (claims.v[i].host_port)
            sbuf_addf(&got, " at %u", claims.v[i].host_port);
        sbuf_addf(&got, "%s\n", claim_check(&claims.v[i], &why) ? "" : " refused");
        if (why)
            sbuf_addf(&got, "  %s\n", why);
    }
    is_str(sbuf_str(&got),
           "0123 web 80/tcp 172.17.0.2  host=:0\n"
           "0123 web 80/udp 172.17.0.2  host=:0\n"
           "0123 web 83/sctp 172.17.0.2  host=:0\n"
           "0123 web 84/tcp  fd00:: host=:0\n"
           "0123 web 85/tcp   host=:0 refused\n"
           "  the container has no IPv4 or IPv6 address; give its network a subnet of that kind\n"
           "0123 web 86/? 172.17.0.2  host=:0 refused\n"
           "  only tcp, udp and sctp do\n"
           "0123 both 87/tcp 172.17.0.2 fd00:: host=:0\n"
           "0123 at one 88/tcp 172.17.0.2  host=10.0.0.1:0\n"
           "0123 at one6 89/tcp   host=fd00:::0 refused\n"
           "  the container has no IPv6 address, and its host address is one; give its network a "
           "subnet of that kind\n"
           "bb bb 80/tcp 172.17.0.2  host=:0\n"
           "cc asks 80/tcp 172.17.0.2  host=10.0.0.1:0 at 28005\n"
           "cc asks 81/tcp 172.17.0.2  host=:0 refused\n"
           "  berth.81.host-port=many is no port; give a number of the pool\n",
           "assigned endpoints become claims, once per container port");
    test_equal(&claims);
    claims_done(&claims);
    kvs_done(&labels);
    return tap_done();
}

#include <stdio.h>

#include "lb-template/dns.h"
#include "lb-template/dns_want.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

static const struct dns_rules rules = {"example.com", 30, true};

static struct dns_balancers at(const char *a, const char *b)
{
    struct dns_balancers l = {0};
    struct ipaddr address;

    if (a && !ipaddr_parse(a, &address))
        dns_balancers_add(&l, &address);
    if (b && !ipaddr_parse(b, &address))
        dns_balancers_add(&l, &address);
    return l;
}

/* "<name> <record>; <record>" lines, then the problems' subjects. */
static char *want(const struct dns_rules *r, const char *service, const char *vhost,
                  struct dns_balancers balancers)
{
    static uint16_t ports[] = {8081, 8082};
    struct lb_backend b = {.service_ports = ports, .n_service_ports = 2};
    struct dns_entries l = {0};
    struct problems problems = {0};
    struct sbuf out = SBUF_INIT;
    char name[256];

    sbuf_adds(&out, "");
    snprintf(name, sizeof name, "%s", service);
    b.service = name;
    if (vhost)
        strv_add(&b.vhosts, vhost);
    dns_want(r, &b, 1, &balancers, &l, &problems);
    for (size_t i = 0; i < l.n; i++) {
        CLEAN(free_str) char *records = strv_join(&l.v[i].records, "; ");
        sbuf_addf(&out, "%s %s\n", l.v[i].name, records);
    }
    for (size_t i = 0; i < problems.n; i++)
        sbuf_addf(&out, "! %s\n", problems.v[i].subject);
    dns_entries_done(&l);
    problems_done(&problems);
    strv_done(&b.vhosts);
    dns_balancers_done(&balancers);
    return sbuf_take(&out);
}

static void check(const char *service, const char *vhost, const char *wanted, const char *name)
{
    CLEAN(free_str) char *got = want(&rules, service, vhost, at("192.0.2.1", NULL));

    is_str(got, wanted, "%s", name);
}

#define WEB                                                                                        \
    "_web._tcp.example.com 30 IN SRV 0 0 8081 web.example.com.; "                                  \
    "30 IN SRV 0 0 8082 web.example.com.\n"

static void test_names(void)
{
    check("web", "shop.example.com",
          WEB "shop.example.com 30 IN A 192.0.2.1\nweb.example.com 30 IN A 192.0.2.1\n",
          "a host name, a service, and its ports");
    check("web", "web.example.com", WEB "web.example.com 30 IN A 192.0.2.1\n",
          "a host name that is the service's name");
    check("web", "Shop.Example.COM.",
          WEB "shop.example.com 30 IN A 192.0.2.1\nweb.example.com 30 IN A 192.0.2.1\n",
          "capitals and a final dot");
    check("web", "shop.example.org", WEB "web.example.com 30 IN A 192.0.2.1\n",
          "a host name of another zone is passed over");
    check("web", "notexample.com", WEB "web.example.com 30 IN A 192.0.2.1\n",
          "a zone ends at a dot");
    check("web", "example.com", WEB "web.example.com 30 IN A 192.0.2.1\n",
          "the zone itself is passed over");
}

static void test_odd_services(void)
{
    check("a.b", NULL, "! a.b\n", "a service name with a dot");
    check("under_score", NULL, "! under_score\n", "a service name with an underscore");
    check("-web", NULL, "! -web\n", "a service name that begins with a hyphen");
    check("a b", NULL, "! a b\n", "a service name with a blank");
    check("", NULL, "! \n", "no service name");
    check("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL,
          "! aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
          "a label of 63 bytes has no room for the underscore");
}

static void test_balancers(void)
{
    struct dns_rules hosts_only = {"example.com", 5, false};
    CLEAN(free_str)
    char *both = want(&hosts_only, "web", "a.example.com", at("2001:db8::1", "192.0.2.1"));
    CLEAN(free_str)
    char *twice = want(&hosts_only, "web", "a.example.com", at("192.0.2.1", "192.0.2.1"));
    CLEAN(free_str) char *none = want(&rules, "web", "a.example.com", at("0.0.0.0", NULL));

    is_str(both, "a.example.com 5 IN A 192.0.2.1; 5 IN AAAA 2001:db8::1\n", "both families");
    is_str(twice, "a.example.com 5 IN A 192.0.2.1\n", "an address that two share");
    is_str(none, "", "no load balancer, no records");
}

static void check_server(const char *text, const char *wanted)
{
    struct ipaddr address = {0};
    uint16_t port = 0;
    char buffer[IPADDR_STRLEN];
    int status = dns_server_parse(text, &address, &port, NULL);

    is_str(status ? "refused" : ipaddr_format_port(&address, port, buffer), wanted, "server %s",
           text);
}

static void test_servers(void)
{
    check_server("192.0.2.53", "192.0.2.53:53");
    check_server("192.0.2.53:5353", "192.0.2.53:5353");
    check_server("2001:db8::53", "[2001:db8::53]:53");
    check_server("[2001:db8::53]", "[2001:db8::53]:53");
    check_server("[2001:db8::53]:5353", "[2001:db8::53]:5353");
    check_server("ns.example.com", "refused");
    check_server("192.0.2.53:0", "refused");
    check_server("192.0.2.53:65536", "refused");
    check_server("192.0.2.53:", "refused");
    check_server("192.0.2.53:53x", "refused");
    check_server("[2001:db8::53", "refused");
    check_server("0.0.0.0", "refused");
    check_server("", "refused");
}

int main(void)
{
    test_names();
    test_odd_services();
    test_balancers();
    test_servers();
    return tap_done();
}

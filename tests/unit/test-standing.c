/* What the bindings, the health and the options of a container make of its instances. */
#include "lib/clean.h"
#include "tests/tap.h"
#include "tests/unit/endpoint-table.h"

static const struct endpoint_test families[] = {
    {"a host with both families: one instance with both",
     {{.port = 80, .host_port = 8}, {.port = 80, .host_port = 8, .host_addr = "::"}},
     "hostname:web-1:80 nginx 192.168.1.102:8 and 2001:db8::1\n"},
    {"bound to IPv4 alone",
     {{.port = 80, .host_port = 8}},
     "hostname:web-1:80 nginx 192.168.1.102:8\n"},
    {"bound to IPv6 alone",
     {{.port = 80, .host_port = 8, .host_addr = "::"}},
     "hostname:web-1:80 nginx 2001:db8::1:8\n"},
    {"another port over IPv6 is another instance, with brackets in its id",
     {{.port = 80, .host_port = 8}, {.port = 80, .host_port = 9, .host_addr = "::"}},
     "hostname:web-1:80 nginx 192.168.1.102:8\n"
     "hostname:web-1:80@[2001:db8::1]:9 nginx 2001:db8::1:9\n"},
    {"assigned to a container with both",
     {{.port = 80, .host_port = 8, .reach = REACH_ASSIGNED, .inside6 = "fd00::2"}},
     "hostname:web-1:80 nginx 192.168.1.102:8 and 2001:db8::1\n"},
    {"assigned to one with IPv6 alone",
     {{.port = 80, .host_port = 8, .reach = REACH_ASSIGNED, .inside = "", .inside6 = "fd00::2"}},
     "hostname:web-1:80 nginx 2001:db8::1:8\n"},
    {"direct",
     {{.port = 80, .reach = REACH_DIRECT, .inside6 = "2001:db8::2"}},
     "hostname:web-1:80 nginx 172.17.0.2:80 and 2001:db8::2\n"},
    {"direct, IPv6 alone",
     {{.port = 80, .reach = REACH_DIRECT, .inside = "", .inside6 = "2001:db8::2"}},
     "hostname:web-1:80 nginx 2001:db8::2:80\n"},
    {"the host's network",
     {{.port = 80, .host_port = 80, .reach = REACH_HOST}},
     "hostname:web-1:80 nginx 192.168.1.102:80 and 2001:db8::1\n"},
};

static const struct endpoint_test states[] = {
    {"paused",
     {{.port = 80, .host_port = 1, .paused = true}},
     "hostname:web-1:80 nginx 192.168.1.102:1 paused\n"},
    {"being stopped counts more than paused",
     {{.port = 80, .host_port = 1, .paused = true, .draining = true}},
     "hostname:web-1:80 nginx 192.168.1.102:1 draining\n"},
    {"healthy",
     {{.port = 80, .host_port = 1, .health = HEALTH_HEALTHY}},
     "hostname:web-1:80 nginx 192.168.1.102:1 1 check fed\n"},
    {"starting",
     {{.port = 80, .host_port = 1, .health = HEALTH_STARTING}},
     "hostname:web-1:80 nginx 192.168.1.102:1 starting 1 check fed\n"},
    {"unhealthy",
     {{.port = 80, .host_port = 1, .health = HEALTH_UNHEALTHY}},
     "hostname:web-1:80 nginx 192.168.1.102:1 critical 1 check fed\n"},
    {"starting, and registered when healthy",
     {{.port = 80,
       .host_port = 1,
       .health = HEALTH_STARTING,
       .labels = {"berth.register-when=healthy"}}},
     ""},
    {"healthy, and registered when healthy",
     {{.port = 80,
       .host_port = 1,
       .health = HEALTH_HEALTHY,
       .env = {"berth.register-when=healthy"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 1 check fed\n"},
    {"no health check, and registered when healthy",
     {{.port = 80, .host_port = 1, .labels = {"berth.register-when=healthy"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"a word that is neither",
     {{.port = 80,
       .host_port = 1,
       .health = HEALTH_STARTING,
       .labels = {"berth.register-when=Healthy"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 starting 1 check fed\n"
     "! container web-1: berth.register-when=\"Healthy\" is ignored; use healthy or started\n"},
};

static const struct endpoint_test healthy_only[] = {
    {"the configuration says when", {{.port = 80, .host_port = 1, .health = HEALTH_UNHEALTHY}}, ""},
    {"a label says otherwise",
     {{.port = 80,
       .host_port = 1,
       .health = HEALTH_UNHEALTHY,
       .labels = {"berth.register-when=started"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 critical 1 check fed\n"},
};

static const struct endpoint_test deregister_on_kill[] = {
    {"being stopped, where it goes at once", {{.port = 80, .host_port = 1, .draining = true}}, ""},
};

static const struct endpoint_test options[] = {
    {"weights",
     {{.port = 80,
       .host_port = 1,
       .labels = {"SERVICE_WEIGHT=7", "SERVICE_WEIGHT_WARNING=2", "SERVICE_81_WEIGHT=9"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 weight=7 weight_warning=2\n"},
    {"the longer key is the stronger one",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_WEIGHT=7", "SERVICE_80_WEIGHT_PASSING=8"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 weight=8\n"},
    {"1 is what nobody says",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_WEIGHT=1"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"no weight",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_WEIGHT=0", "SERVICE_WEIGHT_WARNING=heavy"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"
     "! container web-1: SERVICE_WEIGHT=\"0\" is ignored; use a weight from 1 to 65535\n"
     "! container web-1: SERVICE_WEIGHT_WARNING=\"heavy\" is ignored; use a weight from 1 to "
     "65535\n"},
    {"others may change the tags",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_ENABLE_TAG_OVERRIDE=True"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 override\n"},
    {"or may not",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_ENABLE_TAG_OVERRIDE=no"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"or nobody knows",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_ENABLE_TAG_OVERRIDE=perhaps"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"
     "! container web-1: SERVICE_ENABLE_TAG_OVERRIDE=\"perhaps\" is ignored; use true or false\n"},
};

static const struct endpoint_test ports_and_names[] = {
    {"SERVICE_PORTS chooses and names",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_PORTS=81:web,82/udp:dns,90"}},
      {.port = 81, .host_port = 2, .labels = {"SERVICE_PORTS=81:web,82/udp:dns,90"}},
      {.port = 82, .host_port = 3, .labels = {"SERVICE_PORTS=81:web,82/udp:dns,90"}},
      {.port = 90, .host_port = 4, .labels = {"SERVICE_PORTS=81:web,82/udp:dns,90"}}},
     "hostname:web-1:90 nginx-90 192.168.1.102:4\n"
     "hostname:web-1:81 web 192.168.1.102:2\n"},
    {"one that is left has no suffix",
     {{.port = 80, .host_port = 1, .env = {"SERVICE_PORTS=80"}},
      {.port = 81, .host_port = 2, .env = {"SERVICE_PORTS=80"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"a name for the port is stronger than the list, the list than a name for all",
     {{.port = 80,
       .host_port = 1,
       .labels = {"SERVICE_PORTS=80:x,81:y", "SERVICE_NAME=all", "SERVICE_80_NAME=mine"}},
      {.port = 81,
       .host_port = 2,
       .labels = {"SERVICE_PORTS=80:x,81:y", "SERVICE_NAME=all", "SERVICE_80_NAME=mine"}}},
     "hostname:web-1:80 mine 192.168.1.102:1\n"
     "hostname:web-1:81 y 192.168.1.102:2\n"},
    {"items that are none",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_PORTS=http,80,80:again,,81/sctp,0"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"
     "! container web-1: SERVICE_PORTS: \"http\" is ignored; use <port>[/tcp|/udp][:<name>]\n"
     "! container web-1: SERVICE_PORTS: \"80:again\" is ignored; name each port once, 256 at most\n"
     "! container web-1: SERVICE_PORTS: \"81/sctp\" is ignored; use <port>[/tcp|/udp][:<name>]\n"
     "! container web-1: SERVICE_PORTS: \"0\" is ignored; use <port>[/tcp|/udp][:<name>]\n"},
    {"several names for one port",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_80_NAME=shop,admin,shop"}}},
     "hostname:web-1:80+admin admin 192.168.1.102:1\n"
     "hostname:web-1:80 shop 192.168.1.102:1\n"},
    {"several names, several bindings",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_ID=x", "SERVICE_NAME=a,b"}},
      {.port = 80, .host_port = 2, .labels = {"SERVICE_ID=x", "SERVICE_NAME=a,b"}}},
     "x a 192.168.1.102:1\n"
     "x@192.168.1.102:2 a 192.168.1.102:2\n"
     "x+b b 192.168.1.102:1\n"
     "x+b@192.168.1.102:2 b 192.168.1.102:2\n"},
    {"names for all ports get the suffix",
     {{.port = 80, .host_port = 1, .env = {"SERVICE_NAME=a,b"}},
      {.port = 81, .host_port = 2, .env = {"SERVICE_NAME=a,b"}}},
     "hostname:web-1:80 a-80 192.168.1.102:1\n"
     "hostname:web-1:81 a-81 192.168.1.102:2\n"
     "hostname:web-1:80+b-80 b-80 192.168.1.102:1\n"
     "hostname:web-1:81+b-81 b-81 192.168.1.102:2\n"},
};

/* What berth does otherwise on purpose, as registrator does it. */
static const struct endpoint_test strictly[] = {
    {"reversed tags",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_TAGS=a,b,c"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 [c|b|a]\n"},
    {"a digest in the name",
     {{.image = "reg:5000/redis@sha256:0123", .port = 80, .host_port = 1}},
     "hostname:web-1:80 redis@sha256 192.168.1.102:1\n"},
    {"an image by its id",
     {{.image = "sha256:0123", .port = 80, .host_port = 1}},
     "hostname:web-1:80 sha256 192.168.1.102:1\n"},
    {"only the first binding",
     {{.port = 80, .host_port = 9}, {.port = 80, .host_port = 8}},
     "hostname:web-1:80 nginx 192.168.1.102:8\n"},
    {"checks in Meta",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_CHECK_TCP=yes"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 1 check check_tcp=yes\n"},
    {"a comma in a name is no list",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_NAME=a,b"}}},
     "hostname:web-1:80 a-b 192.168.1.102:1\n"
     "! container web-1: SERVICE_NAME=\"a,b\" is too long or has characters that cannot be "
     "registered; \"a-b\" is used instead\n"},
};

int main(void)
{
    struct registrator_config dual = {0};
    ipaddr_parse("2001:db8::1", &dual.host_addr6);
    endpoint_table_run(&dual, families, ARRAY_LEN(families));
    endpoint_table_run(NULL, states, ARRAY_LEN(states));
    endpoint_table_run(NULL, options, ARRAY_LEN(options));
    endpoint_table_run(NULL, ports_and_names, ARRAY_LEN(ports_and_names));
    endpoint_table_run(&(struct registrator_config){.healthy_only = true}, healthy_only,
                       ARRAY_LEN(healthy_only));
    endpoint_table_run(&(struct registrator_config){.deregister_on_kill = true}, deregister_on_kill,
                       ARRAY_LEN(deregister_on_kill));
    endpoint_table_run(&(struct registrator_config){.strict = true}, strictly, ARRAY_LEN(strictly));
    return tap_done();
}

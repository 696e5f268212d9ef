#include "registrator/metadata.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/endpoint-table.h"

/* registrator's own examples (docs/user/services.md). */
static const struct endpoint_test worked_examples[] = {
    {"redis",
     {{.name = "redis.0", .image = "progrium/redis", .port = 6379, .host_port = 10000}},
     "hostname:redis.0:6379 redis 192.168.1.102:10000\n"},
    {"redis with name, tags and region",
     {{.name = "redis.0",
       .image = "progrium/redis",
       .port = 6379,
       .host_port = 10000,
       .env = {"SERVICE_NAME=db", "SERVICE_TAGS=master,backups", "SERVICE_REGION=us2"}}},
     "hostname:redis.0:6379 db 192.168.1.102:10000 [master|backups] region=us2\n"},
    {"nginx with two ports",
     {{.name = "nginx.0", .port = 80, .host_port = 8000},
      {.name = "nginx.0", .port = 443, .host_port = 4443, .index = 1}},
     "hostname:nginx.0:443 nginx-443 192.168.1.102:4443\n"
     "hostname:nginx.0:80 nginx-80 192.168.1.102:8000\n"},
    {"nginx with names for its ports",
     {{.name = "nginx.0",
       .port = 80,
       .host_port = 8000,
       .env = {"SERVICE_443_NAME=https", "SERVICE_443_ID=https.12345", "SERVICE_443_SNI=enabled",
               "SERVICE_80_NAME=http", "SERVICE_TAGS=www"}},
      {.name = "nginx.0",
       .port = 443,
       .host_port = 4443,
       .env = {"SERVICE_443_NAME=https", "SERVICE_443_ID=https.12345", "SERVICE_443_SNI=enabled",
               "SERVICE_80_NAME=http", "SERVICE_TAGS=www"}}},
     "hostname:nginx.0:80 http 192.168.1.102:8000 [www]\n"
     "https.12345 https 192.168.1.102:4443 [www] sni=enabled\n"},
};

static const struct endpoint_test names_and_ids[] = {
    {"an image by digest",
     {{.image = "redis@sha256:0123", .port = 1, .host_port = 2}},
     "hostname:web-1:1 redis 192.168.1.102:2\n"},
    {"an image by its id: the container has the name",
     {{.image = "sha256:0123", .port = 1, .host_port = 2}},
     "hostname:web-1:1 web-1 192.168.1.102:2\n"},
    {"UDP has its id and its tag",
     {{.port = 53, .host_port = 53, .protocol = IPPROTO_UDP, .labels = {"SERVICE_TAGS=a"}}},
     "hostname:web-1:53:udp nginx 192.168.1.102:53 [a|udp]\n"},
    {"one port, TCP and UDP: a group of two",
     {{.port = 53, .host_port = 53}, {.port = 53, .host_port = 53, .protocol = IPPROTO_UDP}},
     "hostname:web-1:53 nginx-53 192.168.1.102:53\n"
     "hostname:web-1:53:udp nginx-53 192.168.1.102:53 [udp]\n"},
    {"SERVICE_ID replaces the whole id",
     {{.port = 53, .host_port = 53, .protocol = IPPROTO_UDP, .labels = {"SERVICE_ID=dns"}}},
     "dns nginx 192.168.1.102:53 [udp]\n"},
    {"a name for all ports gets the suffix, a name for one does not",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_NAME=a", "SERVICE_80_NAME=b"}},
      {.port = 81, .host_port = 2, .labels = {"SERVICE_NAME=a", "SERVICE_80_NAME=b"}}},
     "hostname:web-1:81 a-81 192.168.1.102:2\n"
     "hostname:web-1:80 b 192.168.1.102:1\n"},
    {"an empty name for a port: the default without suffix, as in registrator",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_NAME=a", "SERVICE_80_NAME="}},
      {.port = 81, .host_port = 2, .labels = {"SERVICE_NAME=a", "SERVICE_80_NAME="}}},
     "hostname:web-1:81 a-81 192.168.1.102:2\n"
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"an ignored port counts for the suffix, as in registrator",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_80_IGNORE=no"}},
      {.port = 81, .host_port = 2, .labels = {"SERVICE_80_IGNORE=no"}}},
     "hostname:web-1:81 nginx-81 192.168.1.102:2\n"},
    {"an assigned port counts",
     {{.port = 80, .host_port = 1}, {.port = 81, .reach = REACH_ASSIGNED, .host_port = 2}},
     "hostname:web-1:80 nginx-80 192.168.1.102:1\n"
     "hostname:web-1:81 nginx-81 192.168.1.102:2\n"},
    {"an unreachable port does not",
     {{.port = 80, .host_port = 1}, {.port = 81, .host_port = 2, .unreachable = true}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"a port that is still to be assigned counts: names do not change when it is",
     {{.port = 80, .host_port = 1}, {.port = 81, .reach = REACH_ASSIGNED}},
     "hostname:web-1:80 nginx-80 192.168.1.102:1\n"},
    {"SERVICE_IGNORE ignores, whatever it says",
     {{.port = 80, .host_port = 1, .env = {"SERVICE_IGNORE=false"}}},
     ""},
    {"an empty SERVICE_IGNORE does not",
     {{.port = 80, .host_port = 1, .env = {"SERVICE_IGNORE="}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"names and ids are mended",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_NAME=a b", "SERVICE_80_ID=x/y z"}}},
     "x-y-z a-b 192.168.1.102:1\n"
     "! container web-1: SERVICE_NAME=\"a b\" is too long or has characters that cannot be "
     "registered; \"a-b\" is used instead\n"
     "! container web-1: SERVICE_80_ID=\"x/y z\" is too long or has characters that cannot be "
     "registered; \"x-y-z\" is used instead\n"},
    {"an id belongs to the first container",
     {{.id = ID_1, .port = 80, .host_port = 1, .labels = {"SERVICE_ID=x"}},
      {.id = ID_2, .port = 80, .host_port = 2, .labels = {"SERVICE_ID=x"}}},
     "x nginx 192.168.1.102:1\n"
     "! service id x: port 80 of container 222222222222 is not registered because port 80 of "
     "container 111111111111 has this id; give each its own SERVICE_<port>_ID\n"},
    {"and in one container to the lowest port",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_ID=x"}},
      {.port = 81, .host_port = 2, .labels = {"SERVICE_ID=x"}},
      {.port = 82, .host_port = 3, .labels = {"SERVICE_ID=x"}}},
     "x nginx-80 192.168.1.102:1\n"
     "! service id x: port 81 of container 111111111111 is not registered because port 80 of "
     "container 111111111111 has this id; give each its own SERVICE_<port>_ID\n"
     "! service id x: port 82 of container 111111111111 is not registered because port 80 of "
     "container 111111111111 has this id; give each its own SERVICE_<port>_ID\n"},
};

static const struct endpoint_test addresses[] = {
    {"published on every address",
     {{.port = 80, .host_port = 1}},
     "hostname:web-1:80 nginx "
     "192.168.1.102:1\n"},
    {"published on one address",
     {{.port = 80, .host_port = 1, .host_addr = "10.0.0.9"}},
     "hostname:web-1:80 nginx 10.0.0.9:1\n"},
    {"published on every IPv6 address",
     {{.port = 80, .host_port = 1, .host_addr = "::"}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"},
    {"assigned",
     {{.port = 80, .host_port = 28001, .reach = REACH_ASSIGNED}},
     "hostname:web-1:80 nginx 192.168.1.102:28001\n"},
    {"not assigned yet", {{.port = 80, .reach = REACH_ASSIGNED}}, ""},
    {"the host's network",
     {{.port = 80, .host_port = 80, .reach = REACH_HOST}},
     "hostname:web-1:80 nginx 192.168.1.102:80\n"},
    {"direct", {{.port = 80, .reach = REACH_DIRECT}}, "hostname:web-1:80 nginx 172.17.0.2:80\n"},
    {"several bindings: each an instance, the lowest address with the plain id",
     {{.port = 80, .host_port = 3, .host_addr = "10.0.0.9"},
      {.port = 80, .host_port = 2},
      {.port = 80, .host_port = 1, .host_addr = "::"}},
     "hostname:web-1:80 nginx 192.168.1.102:2\n"
     "hostname:web-1:80@10.0.0.9:3 nginx 10.0.0.9:3\n"},
    {"several host ports: the lowest with the plain id",
     {{.port = 80, .host_port = 9}, {.port = 80, .host_port = 8}},
     "hostname:web-1:80 nginx 192.168.1.102:8\n"
     "hostname:web-1:80@192.168.1.102:9 nginx 192.168.1.102:9\n"},
    {"assigned to one with IPv6 alone, on a host without it",
     {{.port = 80, .host_port = 8, .reach = REACH_ASSIGNED, .inside = "", .inside6 = "fd00::2"}},
     ""},
    {"both families of one host port are one instance",
     {{.port = 80, .host_port = 8}, {.port = 80, .host_port = 8, .host_addr = "::"}},
     "hostname:web-1:80 nginx 192.168.1.102:8\n"},
    {"a binding of an IPv6 address alone",
     {{.port = 80, .host_port = 8, .host_addr = "2001:db8::9"}},
     "hostname:web-1:80 nginx 2001:db8::9:8\n"},
    {"a draining container",
     {{.port = 80, .host_port = 1, .draining = true}},
     "hostname:web-1:80 nginx 192.168.1.102:1 draining\n"},
};

#define HEALTHY_ONLY                                                                               \
    {                                                                                              \
        .healthy_only = true                                                                       \
    }
#define STRICT                                                                                     \
    {                                                                                              \
        .strict = true                                                                             \
    }

static const struct endpoint_test balancer[] = {
    {"HAPROXY labels",
     {{.port = 80,
       .host_port = 1,
       .labels = {"HAPROXY_0_PORT=8080", "HAPROXY_0_VHOST=A.example, b.example,a.example",
                  "HAPROXY_0_MODE=http", "HAPROXY_1_PORT=9"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 lb-mode=http service-port=8080 "
     "vhost=a.example,b.example\n"},
    {"are about the port with their index",
     {{.port = 80, .host_port = 1, .index = 1, .labels = {"HAPROXY_0_PORT=8", "HAPROXY_1_PORT=9"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 service-port=9\n"},
    {"a label wins over the environment",
     {{.port = 80, .host_port = 1, .env = {"HAPROXY_0_PORT=8"}, .labels = {"HAPROXY_0_PORT=9"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 service-port=9\n"},
    {"SERVICE_80_SERVICE_PORT wins over HAPROXY_0_PORT",
     {{.port = 80,
       .host_port = 1,
       .env = {"SERVICE_80_SERVICE_PORT=7"},
       .labels = {"HAPROXY_0_PORT=9", "SERVICE_SERVICE_PORT=8"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 service-port=7\n"},
    {"what makes no sense is reported",
     {{.port = 80,
       .host_port = 1,
       .labels = {"SERVICE_SERVICE_PORT=http", "HAPROXY_0_PORT=65536",
                  "HAPROXY_0_VHOST=*.a.example,a b,good,..", "HAPROXY_0_MODE=HTTP"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 vhost=good\n"
     "! container web-1: SERVICE_SERVICE_PORT=\"http\" is ignored; use a port from 1 to 65535\n"
     "! container web-1: HAPROXY_0_PORT=\"65536\" is ignored; use a port from 1 to 65535\n"
     "! container web-1: HAPROXY_0_VHOST=\"*.a.example\" is ignored; wildcards are not supported, "
     "list the host names\n"
     "! container web-1: HAPROXY_0_VHOST=\"a b\" is ignored; use host names of letters, digits, "
     "'.', '-' and '_'\n"
     "! container web-1: HAPROXY_0_VHOST=\"..\" is ignored; use host names of letters, digits, "
     "'.', '-' and '_'\n"
     "! container web-1: HAPROXY_0_MODE=\"HTTP\" is ignored; use http or tcp\n"},
    {"how it wants to be balanced",
     {{.port = 80,
       .host_port = 1,
       .env = {"HAPROXY_0_STICKY=false"},
       .labels = {"HAPROXY_0_BALANCE=source", "HAPROXY_0_STICKY=true",
                  "HAPROXY_0_CHECK_PATH=/a%20b?x=1", "HAPROXY_0_ACCEPT_PROXY=true",
                  "HAPROXY_0_SEND_PROXY=true", "HAPROXY_1_SEND_PROXY=v1"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 lb-accept-proxy=true lb-balance=source "
     "lb-check-path=/a%20b?x=1 lb-send-proxy=v2 lb-sticky=true\n"},
    {"not every way is one",
     {{.port = 80,
       .host_port = 1,
       .labels = {"HAPROXY_0_BALANCE=static-rr", "HAPROXY_0_STICKY=1", "HAPROXY_0_CHECK_PATH=a b",
                  "HAPROXY_0_ACCEPT_PROXY=v2", "HAPROXY_0_SEND_PROXY=v3"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"
     "! container web-1: HAPROXY_0_BALANCE=\"static-rr\" is ignored; use roundrobin, leastconn, "
     "random, first, source or uri\n"
     "! container web-1: HAPROXY_0_STICKY=\"1\" is ignored; use true or false\n"
     "! container web-1: HAPROXY_0_CHECK_PATH=\"a b\" is ignored; use a path of at most 255 bytes "
     "that begins with / and needs no quoting\n"
     "! container web-1: HAPROXY_0_ACCEPT_PROXY=\"v2\" is ignored; use true or false\n"
     "! container web-1: HAPROXY_0_SEND_PROXY=\"v3\" is ignored; use v1, v2, true or false\n"},
    {"a bad SERVICE_PORT leaves the other one in force",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_SERVICE_PORT=0", "HAPROXY_0_PORT=9"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 service-port=9\n"
     "! container web-1: SERVICE_SERVICE_PORT=\"0\" is ignored; use a port from 1 to 65535\n"},
};

static const struct endpoint_test attributes[] = {
    {"in lower case, without checks and what is read elsewhere",
     {{.port = 80,
       .host_port = 1,
       .labels = {"SERVICE_Region=eu", "SERVICE_CHECK_HTTP=/", "SERVICE_80_CHECK_INTERVAL=1s",
                  "SERVICE_81_X=1", "SERVICE_EMPTY=", "SERVICE_WEIGHT=3"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 1 check weight=3 empty= region=eu\n"},
    {"none that Consul would refuse",
     {{.port = 80,
       .host_port = 1,
       .labels = {"SERVICE_FOO.BAR=1", "SERVICE_CONSUL-X=1", "SERVICE_NL=a\nb",
                  "SERVICE_BYTES=\xff", "SERVICE_=x", "SERVICE_OK=gr\xc3\xbc\xc3\x9f"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 ok=gr\xc3\xbc\xc3\x9f\n"
     "! container web-1: SERVICE_=\"x\" is left out of the registered metadata: its key may have "
     "only letters, digits, '-' and '_'\n"
     "! container web-1: SERVICE_BYTES=\"\\xff\" is left out of the registered metadata: its value "
     "has control characters or is no UTF-8\n"
     "! container web-1: SERVICE_CONSUL-X=\"1\" is left out of the registered metadata: keys that "
     "begin with consul- are Consul's own\n"
     "! container web-1: SERVICE_FOO.BAR=\"1\" is left out of the registered metadata: its key may "
     "have only letters, digits, '-' and '_'\n"
     "! container web-1: SERVICE_NL=\"a\\x0ab\" is left out of the registered metadata: its value "
     "has control characters or is no UTF-8\n"},
    {"none that berth writes itself",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_BERTH-NODE=other", "SERVICE_VHOST=evil"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1\n"
     "! container web-1: SERVICE_BERTH-NODE is left out of the registered metadata: 'berth-node' "
     "there is berth's own; choose another name\n"
     "! container web-1: SERVICE_VHOST is left out of the registered metadata: 'vhost' there is "
     "berth's own; choose another name\n"},
    {"tags that no registry takes are reported",
     {{.port = 80, .host_port = 1, .labels = {"SERVICE_TAGS=a,b\tc,\xff,d"}}},
     "hostname:web-1:80 nginx 192.168.1.102:1 [a|d]\n"
     "! container web-1: SERVICE_TAGS: the tag \"b\\x09c\" is left out; use at most 64 tags of at "
     "most 512 bytes of UTF-8\n"
     "! container web-1: SERVICE_TAGS: the tag \"\\xff\" is left out; use at most 64 tags of at "
     "most 512 bytes of UTF-8\n"},
};

/* registrator's test vectors (bridge/util_test.go), in declared order. */
static void test_tags(void)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"foobar", "<foobar>"},
        {"foo,bar", "<foo><bar>"},
        {"foo\\,bar", "<foo,bar>"},
        {"foo,bar\\,baz", "<foo><bar,baz>"},
        {"\\,foobar\\,", "<,foobar,>"},
        {",,,,foo,,,bar,,,", "<foo><bar>"},
        {",,,,", ""},
        {",,\\,,", "<,>"},
        {"a\\b,c\\", "<a\\b><c\\>"},
        {" a, b ", "< a>< b >"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct strv tags = {0};
        CLEAN(sbuf) struct sbuf got = SBUF_INIT;

        metadata_split_tags(cases[i][0], &tags);
        for (size_t k = 0; k < tags.n; k++)
            sbuf_addf(&got, "<%s>", tags.v[k]);
        is_str(sbuf_str(&got), cases[i][1], "tags \"%s\"", cases[i][0]);
        strv_done(&tags);
    }
}

/* Everything at once and much too much of it: an instance comes out that any registry takes. */
static void test_limits(void)
{
    struct registrator_config config = {.node = "hostname", .host_addr = ipaddr_any4()};
    struct kvs env = {0}, labels = {0};
    struct row row = {.port = 80, .host_port = 1};
    struct endpoint e = endpoint_of_row(&row, &env, &labels);
    struct instances l = {0};
    struct problems problems = {0};
    CLEAN(sbuf) struct sbuf tags = SBUF_INIT, value = SBUF_INIT;

    for (int i = 0; i < 100; i++) {
        CLEAN(free_str) char *key = xasprintf("SERVICE_KEY_%02d", i);

        kvs_add(&labels, key, "v");
        sbuf_addf(&tags, "t%d,", i);
    }
    for (int i = 0; i < 513; i++)
        sbuf_addch(&value, 'x');
    kvs_add(&labels, "SERVICE_TAGS", sbuf_str(&tags));
    kvs_add(&labels, "SERVICE_A", sbuf_str(&value));
    kvs_add(&labels, "SERVICE_B", sbuf_str(&value) + 1);
    CLEAN(free_str) char *long_key = xasprintf("SERVICE_A%.128s", sbuf_str(&value));
    kvs_add(&labels, long_key, "v");
    kvs_add(&labels, "SERVICE_NAME", sbuf_str(&value));
    instances_from_endpoints(&config, &e, 1, &l, &problems);

    is_int((long long)l.v[0].meta.n, 64, "64 pairs");
    is_int((long long)l.v[0].tags.n, 64, "64 tags");
    is_int((long long)strlen(l.v[0].service), 128, "a name of 128 bytes");
    is_str(kvs_get(&l.v[0].meta, META_NODE), "hostname", "berth's own pairs among them");
    is_str(kvs_get(&l.v[0].meta, "a"), NULL, "513 bytes are too many");
    is_str(kvs_get(&l.v[0].meta, "b"), sbuf_str(&value) + 1, "512 are not");
    is_int((long long)problems.n, 1 + 1 + 1 + 36 + 100 - (64 - 6 - 1), "and all is reported");
    instances_done(&l);
    problems_done(&problems);
    kvs_done(&labels);
}

/* Those of the service, those of the template, "udp"; turned round each where registrator does it.
 */
static void test_tags_of_the_template(void)
{
    static const char *const wanted[] = {"own a,template b,template c,udp",
                                         "own b,own a,template c,template b,udp"};
    struct kvs env = {0}, labels = {0};
    struct row row = {.port = 53, .host_port = 1, .protocol = IPPROTO_UDP};
    struct endpoint e = endpoint_of_row(&row, &env, &labels);
    struct strv tags = {0};

    strv_add(&tags, "template b");
    strv_add(&tags, "\xff");
    strv_add(&tags, "template c");
    e.tags = &tags;
    for (int strict = 0; strict < 2; strict++) {
        struct registrator_config config = {
            .node = "hostname", .host_addr = ipaddr_any4(), .strict = strict};
        struct instances l = {0};
        struct problems problems = {0};

        kvs_set(&labels, "SERVICE_TAGS", strict ? "own a,own b" : "own a");
        instances_from_endpoints(&config, &e, 1, &l, &problems);
        CLEAN(free_str) char *got = strv_join(&l.v[0].tags, ",");
        is_str(got, wanted[strict], "strict: %d", strict);
        is_str(problems.n ? problems.v[0].text : "",
               "the template of the tags: the tag \"\\xff\" is left out; use at most 64 tags of at "
               "most 512 bytes of UTF-8",
               "what cannot be registered is reported");
        instances_done(&l);
        problems_done(&problems);
    }
    strv_done(&tags);
    kvs_done(&labels);
}

/* Every member, once. */
static void test_whole(void)
{
    struct registrator_config config = {.node = "hostname", .host_addr = ipaddr_any4()};
    struct kvs env = {0}, labels = {0};
    struct row row = {.port = 53, .host_port = 1053, .protocol = IPPROTO_UDP};
    struct endpoint e = endpoint_of_row(&row, &env, &labels);
    struct instances l = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    instances_from_endpoints(&config, &e, 1, &l, NULL);
    const struct instance *i = &l.v[0];
    sbuf_addf(&got, "%s %s %s:%u %s:%u\n", i->node, i->service, i->address, i->port,
              i->container_address, i->container_port);
    for (size_t k = 0; k < i->meta.n; k++)
        sbuf_addf(&got, "%s=%s\n", i->meta.v[k].key, i->meta.v[k].value);
    is_str(sbuf_str(&got),
           "hostname nginx 0.0.0.0:1053 172.17.0.2:53\n"
           "berth-node=hostname\n"
           "container-id=" ID_1 "\n"
           "container-port=53\n"
           "host-port=1053\n"
           "network=bridge\n"
           "protocol=udp\n",
           "the whole instance");
    instances_done(&l);
}

int main(void)
{
    test_tags();
    endpoint_table_run(NULL, worked_examples, ARRAY_LEN(worked_examples));
    endpoint_table_run(NULL, names_and_ids, ARRAY_LEN(names_and_ids));
    endpoint_table_run(NULL, addresses, ARRAY_LEN(addresses));
    endpoint_table_run(NULL, balancer, ARRAY_LEN(balancer));
    endpoint_table_run(NULL, attributes, ARRAY_LEN(attributes));
    test_limits();
    test_tags_of_the_template();
    test_whole();
    return tap_done();
}

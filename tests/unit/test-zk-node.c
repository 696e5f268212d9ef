/* A service in ZooKeeper as registrator writes it. */
#include "registrator/zk_node.h"

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct instance make(const char *address)
{
    return (struct instance){.id = xstrdup("h:www:80"),
                             .service = xstrdup("www"),
                             .node = xstrdup("h"),
                             .address = xstrdup(address),
                             .port = 49153,
                             .container_port = 80};
}

static void test_bare(void)
{
    struct instance i = make("192.168.1.123");
    CLEAN(free_str) char *path = zk_node_path("services", &i);
    CLEAN(free_str) char *top = zk_node_path("", &i);
    CLEAN(free_str) char *data = zk_node_data(&i);

    is_str(path, "/services/www/192.168.1.123:49153", "the path below a base");
    is_str(top, "/www/192.168.1.123:49153", "and without one");
    is_str(data,
           "{\"Name\":\"www\",\"IP\":\"192.168.1.123\",\"PublicPort\":49153,\"PrivatePort\":80,"
           "\"ContainerID\":\"\",\"Tags\":[],\"Attrs\":{}}",
           "the data, its members in order");
    instance_done(&i);
}

static void test_full(void)
{
    struct instance i = make("2001:db8::1");

    strv_add(&i.tags, "b");
    strv_add(&i.tags, "a\"");
    kvs_add(&i.meta, META_NODE, "h");
    kvs_add(&i.meta, META_CONTAINER_ID,
            "9124853ff0d1111111111111111111111111111111111111111111111111111111");
    kvs_add(&i.meta, META_CONTAINER_PORT, "80");
    kvs_add(&i.meta, "region", "us2");
    CLEAN(free_str) char *path = zk_node_path("a/b", &i);
    CLEAN(free_str) char *data = zk_node_data(&i);
    is_str(path, "/a/b/www/2001:db8::1:49153", "an IPv6 address, as registrator has it");
    is_str(data,
           "{\"Name\":\"www\",\"IP\":\"2001:db8::1\",\"PublicPort\":49153,\"PrivatePort\":80,"
           "\"ContainerID\":\"9124853ff0d1\",\"Tags\":[\"b\",\"a\\\"\"],"
           "\"Attrs\":{\"region\":\"us2\"}}",
           "tags and attributes; berth's own pairs are no attributes");
    instance_done(&i);
}

int main(void)
{
    test_bare();
    test_full();
    return tap_done();
}

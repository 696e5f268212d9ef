/* Addresses of registries: berth's notation and registrator's URIs. */
#include "registrator/address.h"

#include "lib/xmalloc.h"
#include "tests/tap.h"

static const char *or_none(const char *s)
{
    return s ? s : "-";
}

static void test_addresses(void)
{
    static const char *const kinds[] = {"local", "consul", "kv", "zookeeper"};
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"local", "local url=- socket=- hosts=- prefix="},
        {"locale", "it must be local, or a registry's address"},
        {"http://10.0.0.1:8500", "consul url=http://10.0.0.1:8500 socket=- hosts=- prefix="},
        {"https://c.example:8501", "consul url=https://c.example:8501 socket=- hosts=- prefix="},
        {"unix:///run/consul.sock",
         "consul url=http://consul socket=/run/consul.sock hosts=- prefix="},
        {"consul://", "consul url=http://127.0.0.1:8500 socket=- hosts=- prefix="},
        {"consul:///", "consul url=http://127.0.0.1:8500 socket=- hosts=- prefix="},
        {"consul://c:8500/ignored", "consul url=http://c:8500 socket=- hosts=- prefix="},
        {"consul://[::1]:8500", "consul url=http://[::1]:8500 socket=- hosts=- prefix="},
        {"consul-tls://c:8501", "consul url=https://c:8501 socket=- hosts=- prefix="},
        {"consul-unix:///a/b.sock", "consul url=http://consul socket=/a/b.sock hosts=- prefix="},
        {"consulkv://c:8500/services", "kv url=http://c:8500 socket=- hosts=- prefix=services"},
        {"consulkv:///a/b/", "kv url=http://127.0.0.1:8500 socket=- hosts=- prefix=a/b"},
        {"consulkv-unix:///a.sock:/p/q", "kv url=http://consul socket=/a.sock hosts=- prefix=p/q"},
        {"consulkv://c:8500",
         "say the path below which services are to be written, as in /services"},
        {"consulkv://c:8500//", "say the path below which services are to be written, as in "
                                "/services"},
        {"consulkv://c/a/../b", "the path 'a/../b' is too long, or has an empty, '.' or '..' part"},
        {"consul-unix://a.sock", "the path of a unix socket begins with a slash: "
                                 "unix:///run/consul.sock"},
        {"consul://a b", "'a b' is no host:port"},
        {"etcd://h/p", "etcd:// and skydns2:// are not served: they need etcd's API version 2, "
                       "which etcd has given up; use consul://, consulkv:// or zookeeper://"},
        {"skydns2://h/d", "etcd:// and skydns2:// are not served: they need etcd's API version 2, "
                          "which etcd has given up; use consul://, consulkv:// or zookeeper://"},
#ifndef HAVE_ZOOKEEPER
        {"zookeeper://h/p", "this berth was built without ZooKeeper: install libzookeeper-st-dev "
                            "and build it again"},
#endif
        {"redis://h", "it must be local, http://, https://, unix://, consul://, consul-unix://, "
                      "consul-tls://, consulkv://, consulkv-unix:// or zookeeper://"},
        {"", "it must be local, http://, https://, unix://, consul://, consul-unix://, "
             "consul-tls://, consulkv://, consulkv-unix:// or zookeeper://"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct address a = {0};
        CLEAN(err) struct err *err = NULL;
        CLEAN(free_str)
        char *got =
            address_parse(rows[i].text, &a, &err)
                ? xstrdup(err_msg(err))
                : xasprintf("%s url=%s socket=%s hosts=%s prefix=%s", kinds[a.kind], or_none(a.url),
                            or_none(a.unix_socket), or_none(a.hosts), or_none(a.prefix));
        is_str(got, rows[i].wanted, "%s", rows[i].text);
        address_done(&a);
    }
}

static void test_hosts(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"http://10.0.0.1:8500", "10.0.0.1"},
        {"consul://c:8500", NULL},
#ifdef HAVE_ZOOKEEPER
        {"zookeeper://10.0.0.2:2181,x:1/y", "10.0.0.2"},
#endif
        {"unix:///run/c.sock", NULL},
        {"local", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct address a = {0};
        address_parse(rows[i].text, &a, NULL);
        CLEAN(free_str) char *host = address_host(&a);
        is_str(host, rows[i].wanted, "the host of %s", rows[i].text);
        address_done(&a);
    }
}

int main(void)
{
    test_addresses();
    test_hosts();
    return tap_done();
}

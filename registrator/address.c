#include "registrator/address.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/url.h"

#define UNIX_URL                                                                                   \
    "http://consul"    /* over a unix socket the host is of no use, but there must be one */
#define PREFIX_MAX 256 /* bytes */

static int read_local(const char *rest, struct address *ret, struct err **err);
static int read_http(const char *rest, struct address *ret, struct err **err);
static int read_https(const char *rest, struct address *ret, struct err **err);
static int read_unix(const char *rest, struct address *ret, struct err **err);
static int read_kv(const char *rest, struct address *ret, struct err **err);
static int read_kv_unix(const char *rest, struct address *ret, struct err **err);
static int read_zookeeper(const char *rest, struct address *ret, struct err **err);
static int refuse_etcd(const char *rest, struct address *ret, struct err **err);
static int read_consul(const char *scheme, const char *rest, struct address *ret, struct err **err);
static int read_prefix(const char *path, struct address *ret, struct err **err);

static const struct {
    const char *scheme;
    enum address_kind kind;
    int (*read)(const char *rest, struct address *ret, struct err **err);
} schemes[] = {
    {"http://", ADDRESS_CONSUL, read_http},
    {"https://", ADDRESS_CONSUL, read_https},
    {"unix://", ADDRESS_CONSUL, read_unix},
    {"consul://", ADDRESS_CONSUL, read_http},
    {"consul-tls://", ADDRESS_CONSUL, read_https},
    {"consul-unix://", ADDRESS_CONSUL, read_unix},
    {"consulkv://", ADDRESS_CONSUL_KV, read_kv},
    {"consulkv-unix://", ADDRESS_CONSUL_KV, read_kv_unix},
    {"zookeeper://", ADDRESS_ZOOKEEPER, read_zookeeper},
    {"etcd://", ADDRESS_LOCAL, refuse_etcd},
    {"skydns2://", ADDRESS_LOCAL, refuse_etcd},
    {"local", ADDRESS_LOCAL, read_local},
};

int address_parse(const char *text, struct address *ret, struct err **err)
{
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        size_t len = strlen(schemes[i].scheme);
        struct address a = {.kind = schemes[i].kind};

        if (strncmp(text, schemes[i].scheme, len))
            continue;
        if (schemes[i].read(text + len, &a, err)) {
            address_done(&a);
            return -1;
        }
        if (!a.prefix)
            a.prefix = xstrdup("");
        *ret = a;
        return 0;
    }
    return err_set(err, "it must be local, http://, https://, unix://, consul://, consul-unix://, "
                        "consul-tls://, consulkv://, consulkv-unix:// or zookeeper://");
}

void address_done(struct address *a)
{
    free(a->url);
    free(a->unix_socket);
    free(a->hosts);
    free(a->prefix);
    *a = (struct address){0};
}

char *address_host(const struct address *a)
{
    const char *host = a->hosts ? a->hosts : a->url ? strstr(a->url, "://") : NULL;

    if (!host || a->unix_socket)
        return NULL;
    host += a->hosts ? 0 : 3;
    size_t len = strcspn(host, ":/,");
    return len && strspn(host, "0123456789.") == len ? xstrndup(host, len) : NULL;
}

static int read_local(const char *rest, struct address *ret, struct err **err)
{
    (void)ret;
    return *rest ? err_set(err, "it must be local, or a registry's address") : 0;
}

/* As in registrator, a host that is not said is this one, and a path is passed over. */
static int read_http(const char *rest, struct address *ret, struct err **err)
{
    return read_consul("http", rest, ret, err);
}

static int read_https(const char *rest, struct address *ret, struct err **err)
{
    return read_consul("https", rest, ret, err);
}

static int read_unix(const char *rest, struct address *ret, struct err **err)
{
    if (*rest != '/' || !rest[1])
        return err_set(err,
                       "the path of a unix socket begins with a slash: unix:///run/consul.sock");
    ret->unix_socket = xstrdup(rest);
    ret->url = xstrdup(UNIX_URL);
    return 0;
}

static int read_kv(const char *rest, struct address *ret, struct err **err)
{
    return read_consul("http", rest, ret, err) || read_prefix(strchr(rest, '/'), ret, err) ? -1 : 0;
}

/* The path of the socket ends at the first colon, as in registrator. */
static int read_kv_unix(const char *rest, struct address *ret, struct err **err)
{
    size_t len = strcspn(rest, ":");
    CLEAN(free_str) char *path = xstrndup(rest, len);

    if (read_unix(path, ret, err))
        return -1;
    return read_prefix(rest[len] ? rest + len + 1 : NULL, ret, err);
}

static int read_zookeeper(const char *rest, struct address *ret, struct err **err)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789.-_:[],";
    size_t len = strcspn(rest, "/");

#ifndef HAVE_ZOOKEEPER
    return err_set(err, "this berth was built without ZooKeeper: install libzookeeper-st-dev and "
                        "build it again");
#endif
    if (!len || strspn(rest, characters) != len)
        return err_set(err, "it must be zookeeper://host:port/path");
    ret->hosts = xstrndup(rest, len);
    if (!rest[len] || !rest[len + 1])
        return 0;
    return read_prefix(rest + len, ret, err);
}

static int refuse_etcd(const char *rest, struct address *ret, struct err **err)
{
    (void)rest;
    (void)ret;
    return err_set(err, "etcd:// and skydns2:// are not served: they need etcd's API version 2, "
                        "which etcd has given up; use consul://, consulkv:// or zookeeper://");
}

static int read_consul(const char *scheme, const char *rest, struct address *ret, struct err **err)
{
    size_t len = strcspn(rest, "/");
    CLEAN(free_str) char *host = len ? xstrndup(rest, len) : xstrdup(ADDRESS_CONSUL_DEFAULT);

    ret->url = xasprintf("%s://%s", scheme, host);
    return url_is_base(ret->url) ? 0 : err_set(err, "'%s' is no host:port", host);
}

/* 'path' as "/a/b", or NULL. One that is empty would make every key of the store ours to look at.
 */
static int read_prefix(const char *path, struct address *ret, struct err **err)
{
    path = path ? path + strspn(path, "/") : "";
    size_t len = strlen(path);

    while (len && path[len - 1] == '/')
        len--;
    if (!len)
        return err_set(err, "say the path below which services are to be written, as in /services");
    ret->prefix = xstrndup(path, len);
    if (len > PREFIX_MAX || !url_is_addressable(ret->prefix))
        return err_set(err, "the path '%s' is too long, or has an empty, '.' or '..' part",
                       ret->prefix);
    return 0;
}

#include "agent/docker_host.h"

#include <stdbool.h>
#include <string.h>

#include "lib/xmalloc.h"

#define PORT_PLAIN "2375"
#define PORT_TLS "2376"
#define UNIX_BASE                                                                                  \
    "http://docker" /* the host is of no use over a unix socket, but there must be one */

static const char *after(const char *text, const char *prefix);
static int read_tcp(const char *host, bool tls, struct http_server *ret, struct err **err);
static void read_certs(const char *cert_path, struct http_tls *ret);

int docker_host_parse(const char *text, const char *cert_path, struct http_server *ret,
                      struct err **err)
{
    const char *path = *text == '/' ? text : after(text, "unix://");
    const char *host;

    if (path && *path == '/') {
        *ret = (struct http_server){.base = xstrdup(UNIX_BASE), .unix_socket = xstrdup(path)};
        return 0;
    }
    if ((host = after(text, "tcp://"))) {
        if (read_tcp(host, *cert_path, ret, err))
            return -1;
    } else if ((host = after(text, "http://"))) {
        return read_tcp(host, false, ret, err);
    } else if ((host = after(text, "https://"))) {
        if (read_tcp(host, true, ret, err))
            return -1;
    } else {
        return err_set(err, "it must be an absolute path, unix:///path or tcp://host:port");
    }
    if (*cert_path)
        read_certs(cert_path, &ret->tls);
    return 0;
}

/* What follows 'prefix' in 'text', or NULL. */
static const char *after(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(text, prefix, len) ? NULL : text + len;
}

/* A slash at the end is what people copy from elsewhere. */
static int read_tcp(const char *host, bool tls, struct http_server *ret, struct err **err)
{
    size_t len = strcspn(host, "/");
    const char *bracket = *host == '[' ? memchr(host, ']', len) : host;
    bool has_port = bracket && memchr(bracket, ':', (size_t)(host + len - bracket));

    if (!len || *host == ':' || !bracket || (host[len] && host[len + 1]) ||
        strcspn(host, "@?# ") < len)
        return err_set(err, "it must be tcp://host:port, without a path");
    *ret = (struct http_server){.base = xasprintf("http%s://%.*s%s%s", tls ? "s" : "", (int)len,
                                                  host, has_port ? "" : ":",
                                                  has_port ? ""
                                                  : tls    ? PORT_TLS
                                                           : PORT_PLAIN)};
    return 0;
}

static void read_certs(const char *cert_path, struct http_tls *ret)
{
    ret->ca_file = xasprintf("%s/ca.pem", cert_path);
    ret->cert_file = xasprintf("%s/cert.pem", cert_path);
    ret->key_file = xasprintf("%s/key.pem", cert_path);
}

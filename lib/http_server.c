#include "lib/http_server.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

static char *copy(const char *s);

void http_tls_copy(struct http_tls *dst, const struct http_tls *src)
{
    *dst = (struct http_tls){
        .ca_file = copy(src->ca_file),
        .cert_file = copy(src->cert_file),
        .key_file = copy(src->key_file),
        .insecure = src->insecure,
    };
}

void http_server_copy(struct http_server *dst, const struct http_server *src)
{
    *dst = (struct http_server){.base = copy(src->base), .unix_socket = copy(src->unix_socket)};
    http_tls_copy(&dst->tls, &src->tls);
}

void http_server_done(struct http_server *s)
{
    free(s->base);
    free(s->unix_socket);
    free(s->tls.ca_file);
    free(s->tls.cert_file);
    free(s->tls.key_file);
    *s = (struct http_server){0};
}

static char *copy(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

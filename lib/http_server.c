#include "lib/http_server.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

static char *copy(const char *s);

void http_server_copy(struct http_server *dst, const struct http_server *src)
{
    *dst = (struct http_server){.base = copy(src->base), .unix_socket = copy(src->unix_socket)};
    http_tls_copy(&dst->tls, &src->tls);
}

void http_server_done(struct http_server *s)
{
    free(s->base);
    free(s->unix_socket);
    http_tls_done(&s->tls);
    *s = (struct http_server){0};
}

static char *copy(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

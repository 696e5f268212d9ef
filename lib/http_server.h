/* Where a HTTP server is, and how it is spoken to: over TCP, TLS or a unix socket.
 *
 * A value that its owner copies and frees; who talks to the server hands the three parts to
 * lib/http.h. */
#ifndef LIB_HTTP_SERVER_H
#define LIB_HTTP_SERVER_H

#include "lib/http_tls.h"

struct http_server {
    char *base;        /* what a path is appended to: "http://127.0.0.1:8500", "http://docker" */
    char *unix_socket; /* its path; NULL: TCP */
    struct http_tls tls;
};

/* 'dst' is empty. */
void http_server_copy(struct http_server *dst, const struct http_server *src);
void http_server_done(struct http_server *s);

#endif

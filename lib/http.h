/* HTTP requests beside the loop: libcurl's multi interface on libev.
 *
 * Serves the Docker socket, Consul and berth's own commands. Connections are kept and reused.
 * Proxies in the environment are ignored: everything berth talks to is near. Redirects are not
 * followed. */
#ifndef LIB_HTTP_H
#define LIB_HTTP_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct http;         /* the client */
struct http_request; /* one request in flight */
struct http_tls;     /* lib/http_tls.h */

struct http_answer {
    const struct err *err; /* the transfer failed: there is no status; NULL: it did not */
    long status;           /* HTTP status */
    const char *body;      /* NUL-ended, "" for a stream; valid in the call */
    size_t len;
    const char *header; /* value of 'want_header', or NULL */
};

struct http_call {
    const char *method;         /* NULL: GET */
    const char *url;            /* copied */
    const char *unix_socket;    /* connect here instead of the URL's host; NULL: TCP */
    const struct http_tls *tls; /* for https://; NULL: the system's list, and no certificate */
    const char *user;           /* "name:password" for basic authentication; NULL: none */
    const char *body;           /* copied; NULL: none */
    size_t body_len;            /* bytes of 'body' */
    const char *const *headers; /* "Name: value" lines ended by NULL, or NULL */
    const char *want_header;    /* name of an answer's header to keep, or NULL; a literal */
    size_t max_body;            /* the transfer fails when the answer has more bytes; 0: 1 MiB */
    double timeout;             /* seconds for all of it; 0: no limit (streams, long polls) */

    /* Called for each piece of a 2xx answer's body, which is then not collected. May be NULL. It
     * must not start or cancel a request. */
    void (*on_data)(void *arg, const char *data, size_t len);

    /* Called once, at the end, unless the request is cancelled. A new request may be made and any
     * other one cancelled from here. */
    void (*on_done)(void *arg, const struct http_answer *answer);
    void *arg;
};

struct http *http_new(struct ev_loop *loop);

/* Cancels everything that is in flight and frees the client. */
void http_free(struct http *h);

/* Starts a request. Never fails at once: what goes wrong is told to 'on_done', later. The result
 * is valid until 'on_done' is called or the request is cancelled. */
struct http_request *http_start(struct http *h, const struct http_call *call);

/* Ends a request without calling back. 'r' may be NULL. Not from its own callbacks. */
void http_cancel(struct http_request *r);

/* True for 200..299 without a transfer error. */
int http_answer_ok(const struct http_answer *answer);

/* Sets 'err' from an answer that is not http_answer_ok(): the transfer error, or the status with
 * the beginning of the body, made printable. Always returns -1. */
int http_answer_err(const struct http_answer *answer, const char *what, struct err **err);

#endif

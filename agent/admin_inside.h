/* What admin.c and admin_stream.c share: the server, a request, a stream. Nobody else looks here.
 *
 * libmicrohttpd owns connections and calls back from MHD_run() alone; a request lives from its
 * first line to on_completed(), a stream as long as its request. */
#ifndef AGENT_ADMIN_INSIDE_H
#define AGENT_ADMIN_INSIDE_H

#include <microhttpd.h>

#include "agent/admin.h"
#include "agent/admin_connection.h"
#include "lib/sbuf.h"

#define ADMIN_HEADERS_MAX 8

struct admin {
    struct ev_loop *loop;
    struct MHD_Daemon *daemon;
    struct admin_config config;
    char *socket;               /* its path; NULL: TCP */
    struct admin_request *open; /* linked */
    struct admin_connections connections;
    unsigned n_streams;
    size_t owed; /* bytes of answers that are not taken yet */
    ev_io io;
    ev_timer timer;
};

struct admin_header {
    const char *name; /* a literal */
    char *value;      /* owned */
};

struct admin_request {
    struct admin *admin;
    struct admin_request *next;
    struct MHD_Connection *connection;
    const struct admin_path *path;
    bool is_bad;      /* its URL has a NUL byte */
    bool has_begun;   /* its headers have been looked at */
    bool is_head;     /* only the headers of an answer are asked for */
    bool handed_over; /* the handler has been called */
    bool suspended;   /* waiting for the handler's answer, or for more of the stream */
    bool replied;
    size_t body_len; /* bytes of its body; they are dropped */
    unsigned status;
    const char *content_type;
    char *body;        /* of the answer, until libmicrohttpd has it */
    const void *fixed; /* a body that is there for ever, instead; NULL: none */
    size_t fixed_len;
    size_t owed;
    struct admin_header headers[ADMIN_HEADERS_MAX];
    unsigned n_headers;
    struct admin_stream *stream; /* NULL: the answer is a text */
};

/* Lets libmicrohttpd go on with 'r'. */
void admin_request_resume(struct admin_request *r);

/* The connection of 'c', as admin_connection.h keeps it. */
struct admin_connection *admin_connection_of(struct MHD_Connection *c);

/* Hands the stream of 'r' to libmicrohttpd. The caller destroys the response. NULL: no memory. */
struct MHD_Response *admin_stream_response(struct admin_request *r);

/* The end of the stream of 'r': calls back and frees it. */
void admin_stream_done(struct admin_request *r);

#endif

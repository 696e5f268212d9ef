/* The admin HTTP server: libmicrohttpd's epoll descriptor inside our loop, no thread.
 *
 * It listens at an address, on a loopback one by default, or on a unix socket. A table says which
 * paths there are; admin_guard.h says who may ask there. What is answered is the business of the
 * path's handler, which may do so later, or piece by piece. Whoever asks is held to limits, which
 * doc/design/0019-admin-api.md lists. */
#ifndef AGENT_ADMIN_H
#define AGENT_ADMIN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/ipaddr.h"

#define ADMIN_BODY_MAX ((size_t)64 * 1024) /* bytes of a request's body */
#define ADMIN_STREAMS_MAX 16               /* of one server */

struct admin;
struct admin_guard;
struct admin_request;
struct admin_stream;

/* Called for a request that may be answered, when all of it has come. The handler calls
 * admin_reply() for 'r' exactly once, at once or later, or admin_stream_open() at once. */
typedef void (*admin_handler)(void *arg, const char *path, struct admin_request *r);

enum admin_path_is {
    ADMIN_READ = 1,    /* GET and HEAD */
    ADMIN_WRITE = 2,   /* POST: it changes something */
    ADMIN_BENEATH = 4, /* the path is a beginning that ends in '/': all below it */
    ADMIN_OPEN = 8,    /* says nothing that needs a token */
};

/* A path that there is. */
struct admin_path {
    const char *path;
    unsigned is; /* enum admin_path_is, added up */
    admin_handler answer;
};

struct admin_config {
    const char *address; /* "127.0.0.1:7707" */
    const char *socket;  /* path of a unix socket, instead of an address; NULL: none */
    bool strangers;      /* they may not be trusted: a few connections from each address, which may
                            be one that this host gets later, as a bridge's is */
    const struct admin_path *paths;  /* borrowed */
    size_t n_paths;                  /* of them */
    const struct admin_guard *guard; /* borrowed; NULL: whoever comes may ask */
    void *arg;                       /* of the handlers */
};

/* Listens where 'config' says, and answers from the loop. Returns NULL where the socket or its
 * directory cannot be had. */
struct admin *admin_new(struct ev_loop *loop, const struct admin_config *config, struct err **err);

/* Closes everything; handlers that owe a reply must not give it any more. */
void admin_free(struct admin *a);

/* The 'arg' of the configuration. */
void *admin_request_arg(const struct admin_request *r);

/* Who asks: the address that the question comes from. Returns 0, or -1. */
int admin_request_peer(const struct admin_request *r, struct ipaddr *ret);

/* The value of 'key' in the query behind the path, or NULL. Valid until the reply. */
const char *admin_request_query(const struct admin_request *r, const char *key);

/* The value of the request's header 'name', or NULL. Valid until the reply. */
const char *admin_request_header(const struct admin_request *r, const char *name);

/* Has the answer that follows say the header 'name', a literal, with 'value', which is copied. At
 * most eight. Without a Cache-Control nothing keeps the answer. */
void admin_reply_header(struct admin_request *r, const char *name, const char *value);

/* Answers 'r'. 'body' is taken over. */
void admin_reply(struct admin_request *r, unsigned status, const char *content_type, char *body);

/* The same with 'len' bytes that are there for ever. */
void admin_reply_fixed(struct admin_request *r, unsigned status, const char *content_type,
                       const void *body, size_t len);

/* Answers 'r' with status 200 and a body that comes piece by piece. 'on_closed' is called once,
 * when the reader is gone or is cut off, from within the loop, or from admin_free(); the stream is
 * not valid any more then. Returns NULL where 'r' has got another answer: there are
 * ADMIN_STREAMS_MAX already, or only the headers are asked for. */
struct admin_stream *admin_stream_open(struct admin_request *r, const char *content_type,
                                       void (*on_closed)(void *arg, struct admin_stream *s),
                                       void *arg);

/* Sends the next 'len' bytes, as soon as the reader takes them. A reader that is 256 KiB behind is
 * cut off, later. */
void admin_stream_send(struct admin_stream *s, const char *data, size_t len);

#endif

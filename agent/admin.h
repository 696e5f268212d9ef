/* The admin HTTP server: libmicrohttpd's epoll descriptor inside our loop, no thread.
 *
 * It listens on a loopback address by default and only reads. What is answered is the business of
 * the handler, which may do so later. */
#ifndef AGENT_ADMIN_H
#define AGENT_ADMIN_H

#include <ev.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/ipaddr.h"

struct admin;
struct admin_request;

/* Called for each GET. The handler calls admin_reply() for 'r' exactly once, at once or later. */
typedef void (*admin_handler)(void *arg, const char *path, struct admin_request *r);

/* Listens on 'address', "127.0.0.1:7707". */
struct admin *admin_new(struct ev_loop *loop, const char *address, admin_handler handler, void *arg,
                        struct err **err);

/* The same for those who may not be trusted: a few connections from each address, and 'address' may
 * be one that this host gets later, as a bridge's is. */
struct admin *admin_new_open(struct ev_loop *loop, const char *address, admin_handler handler,
                             void *arg, struct err **err);

/* Closes everything; handlers that owe a reply must not give it any more. */
void admin_free(struct admin *a);

/* The 'arg' that admin_new() was given. */
void *admin_request_arg(const struct admin_request *r);

/* Who asks: the address that the question comes from. Returns 0, or -1. */
int admin_request_peer(const struct admin_request *r, struct ipaddr *ret);

/* The value of 'key' in the query behind the path, or NULL. Valid until the reply. */
const char *admin_request_query(const struct admin_request *r, const char *key);

/* Answers 'r'. 'body' is taken over. */
void admin_reply(struct admin_request *r, unsigned status, const char *content_type, char *body);

#endif

/* Which services may have changed, for a catalog that has more of them than connections.
 *
 * Four things are watched, whatever the number of services: the journals of the berths that
 * register (registrator/consul_news.h), the critical checks, those in warning, and the index of the
 * list of services, which moves with every registration. A move that no answer explains was a
 * stranger's: then all services are to be read, at most every 30 s. Now and then they are anyway.
 */
#ifndef REGISTRATOR_CONSUL_HINTS_H
#define REGISTRATOR_CONSUL_HINTS_H

#include <stdint.h>

#include "lib/err.h"
#include "registrator/consul_client.h"

struct consul_hints;

struct consul_hints_user {
    void (*on_service)(void *arg, const char *name); /* this one; it may be unknown */
    void (*on_node)(void *arg, const char *node);    /* those with an instance there */
    void (*on_all)(void *arg);
    void (*on_error)(void *arg, const struct err *err);
    void *arg;
};

/* 'c' is borrowed, 'user' is copied. */
struct consul_hints *consul_hints_new(struct consul_client *c,
                                      const struct consul_hints_user *user);
void consul_hints_free(struct consul_hints *h);

/* The list of services has moved to 'index', with the same names in it. */
void consul_hints_moved(struct consul_hints *h, uint64_t index);

/* A service was read; its own index is 'index'. */
void consul_hints_explained(struct consul_hints *h, uint64_t index);

/* Consul may have lost its state: indexes that were told mean nothing any more. */
void consul_hints_forget(struct consul_hints *h);

#endif

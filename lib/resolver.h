/* The door to c-ares: one name -> its addresses. Nothing waits but the loop. */
#ifndef LIB_RESOLVER_H
#define LIB_RESOLVER_H

#include <ev.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/ipaddr.h"

struct resolver;
struct resolver_question; /* one question under way */

/* Reads /etc/resolv.conf. Fails where c-ares cannot begin. */
struct resolver *resolver_new(struct ev_loop *loop, struct err **err);

/* Every question has ended or been cancelled. */
void resolver_free(struct resolver *r);

/* Asks for all addresses of 'name' in /etc/hosts, then DNS. 'on_done' is called once, later: with
 * 'n' addresses of both families that hold for 'age' seconds, or with 'err', which the caller of
 * 'on_done' owns. The question is gone by then. */
struct resolver_question *resolver_ask(struct resolver *r, const char *name,
                                       void (*on_done)(void *arg, const struct ipaddr *v, size_t n,
                                                       double age, const struct err *err),
                                       void *arg);

/* Forgets the question without calling back; NULL is fine. */
void resolver_forget(struct resolver_question *q);

#endif

/* The door to c-ares: one name -> its addresses. Nothing waits but the loop. */
#ifndef REGISTRATOR_VMRESOLVE_H
#define REGISTRATOR_VMRESOLVE_H

#include <ev.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/ipaddr.h"

struct vm_resolver;
struct vm_resolution; /* one question under way */

struct vm_resolver *vm_resolver_new(struct ev_loop *loop, struct err **err);

/* Every question has ended or been cancelled. */
void vm_resolver_free(struct vm_resolver *r);

/* Asks for all addresses of 'name' in /etc/hosts, then DNS. 'on_done' is called once, later: with
 * 'n' addresses of both families that hold for 'age' seconds, or with 'err', which the caller of
 * 'on_done' owns. The question is gone by then. */
struct vm_resolution *vm_resolve(struct vm_resolver *r, const char *name,
                                 void (*on_done)(void *arg, const struct ipaddr *v, size_t n,
                                                 double age, const struct err *err),
                                 void *arg);

/* Forgets the question without calling back; NULL is fine. */
void vm_resolution_cancel(struct vm_resolution *q);

#endif

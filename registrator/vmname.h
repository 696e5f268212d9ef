/* Host names of machines -> addresses, beside the loop (c-ares): /etc/hosts, then DNS.
 *
 * A name is asked for again when its time to live is over, at least VM_NAME_AGE_MIN seconds and at
 * most VM_NAME_AGE_MAX later. A name that cannot be resolved keeps the addresses it had. Where
 * berth is built without c-ares, every name is one that cannot be resolved. */
#ifndef REGISTRATOR_VMNAME_H
#define REGISTRATOR_VMNAME_H

#include <ev.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/ipaddr.h"
#include "lib/problem.h"
#include "lib/strv.h"

#define VM_NAME_AGE_MIN 10.
#define VM_NAME_AGE_MAX 300.
#define VM_NAME_ADDRESSES_MAX 64 /* of one name; the rest is left out */

struct vm_names;

/* 'on_change' is called, from the loop, when addresses or problems may have changed. */
struct vm_names *vm_names_new(struct ev_loop *loop, void (*on_change)(void *arg), void *arg,
                              struct err **err);
void vm_names_free(struct vm_names *l);

/* These names are resolved from now on, and no others. */
void vm_names_want(struct vm_names *l, const struct strv *names);

/* The addresses of 'name', IPv4 where it has any, sorted; '*ret_n' is 0 while there are none. Valid
 * until the loop runs again. */
const struct ipaddr *vm_names_find(const struct vm_names *l, const char *name, size_t *ret_n);

/* Why the last try to resolve 'name' failed, or NULL. */
const char *vm_names_error(const struct vm_names *l, const char *name);

#endif

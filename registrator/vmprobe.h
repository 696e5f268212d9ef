/* One check of one machine: a TCP connection, or one GET. Nothing waits but the loop. */
#ifndef REGISTRATOR_VMPROBE_H
#define REGISTRATOR_VMPROBE_H

#include <ev.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/ipaddr.h"
#include "registrator/vmservice.h"

struct vm_probe;

/* Checks 'address' at 'port' as 'check' says, which is not VM_CHECK_NONE. 'on_done' is called once,
 * later; 'err' is NULL for a good result and belongs to the caller of 'on_done'. The probe is gone
 * by then. 'http' is borrowed. */
struct vm_probe *vm_probe_start(struct ev_loop *loop, struct http *http,
                                const struct vm_check *check, const struct ipaddr *address,
                                uint16_t port, void (*on_done)(void *arg, const struct err *err),
                                void *arg);

/* Forgets 'p' without calling back; NULL is fine. */
void vm_probe_cancel(struct vm_probe *p);

#endif

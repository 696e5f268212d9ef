/* Checks declared machines again and again: which is due, at most VM_PROBES_MAX at once, what came
 * of it (vmhealth.h).
 *
 * A machine that stays among the targets with the same check keeps its state. */
#ifndef REGISTRATOR_VMWATCH_H
#define REGISTRATOR_VMWATCH_H

#include <ev.h>
#include <stddef.h>

#include "lib/http.h"
#include "registrator/vmnode.h"

#define VM_PROBES_MAX 32

struct vm_watch;

/* 'on_change' is called, from the loop, when a state has changed. 'http' is borrowed. */
struct vm_watch *vm_watch_new(struct ev_loop *loop, struct http *http, void (*on_change)(void *arg),
                              void *arg);
void vm_watch_free(struct vm_watch *w);

/* These 'n' targets are checked from now on, and no others. Fills in their states and reasons,
 * which are valid until the loop runs again. What a target points to is copied. */
void vm_watch_want(struct vm_watch *w, struct vm_target *v, size_t n);

#endif

/* Tells when one of some processes ends: the kernel says so, nobody has to ask.
 *
 * Where it cannot (before Linux 5.3) nothing is told. */
#ifndef LB_TEMPLATE_EXITS_H
#define LB_TEMPLATE_EXITS_H

#include <ev.h>
#include <stddef.h>
#include <sys/types.h>

struct exits;

/* 'on_exit' is called, from the loop, once for each that ends. */
struct exits *exits_new(struct ev_loop *loop, void (*on_exit)(void *arg), void *arg);
void exits_free(struct exits *e);

/* Watches 'pid' as the process number 'at' from now on, instead of the one before; 0: none. Of one
 * that has ended already it is told at once. */
void exits_watch(struct exits *e, size_t at, pid_t pid);

#endif

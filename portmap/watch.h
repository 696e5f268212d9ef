/* Word from the kernel that something may want repair.
 *
 * Two netlink sockets listen, to nf_tables and to rtnetlink. What other programs do to our tables
 * or to the chains that have our rule, and bridge ports that are new, are told to the owner; other
 * business is read and forgotten. Telling is cheap to bear: many changes are told once, and at most
 * a few times a second. Where notifications were lost, that is told, too. */
#ifndef PORTMAP_WATCH_H
#define PORTMAP_WATCH_H

#include <ev.h>
#include <stdint.h>

#include "lib/err.h"

#define WATCH_PAUSE 0.25 /* seconds between two calls of 'on_change' at the least */

struct watch;

/* Listens from now on. 'on_change' is called with 'arg' from the loop. 'own_port' gives the netlink
 * port from which berth itself changes rulesets at present: that is no news. */
struct watch *watch_new(struct ev_loop *loop, void (*on_change)(void *arg),
                        uint32_t (*own_port)(void *arg), void *arg, struct err **err);

void watch_free(struct watch *w);

#endif

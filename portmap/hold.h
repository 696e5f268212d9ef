/* Host ports that nobody else can take while they lead to a container.
 *
 * A port is held by bound sockets that do not listen, at its address or on every one of the host.
 * Of SCTP ports a kernel without such sockets needs none: nobody can open them. Binding is also
 * the test whether the port is free: one step, no race. Without it a program could open the port,
 * start without an error, and get no traffic, since the kernel's map comes first.
 *
 * A TCP port that is held but not mapped yet refuses connections; a UDP port drops datagrams. */
#ifndef PORTMAP_HOLD_H
#define PORTMAP_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portmap/mapping.h"
#include "portmap/quarantine.h"

struct holds;

struct holds *holds_new(void);

/* Lets every port go. */
void holds_free(struct holds *h);

/* Holds the host port of 'm' at its host address: on every IPv4 and IPv6 address, or at one.
 * Returns 0, also where it is held already; EADDRINUSE where another program has it, or we hold it
 * at an address that excludes this one; or the errno of another failure. */
int holds_take(struct holds *h, const struct mapping *m);

/* Lets every port go that neither is held for one of the 'n' mappings at 'v', which are sorted by
 * key, nor rests. */
void holds_keep_only(struct holds *h, const struct mapping *v, size_t n,
                     const struct quarantine *resting);

/* How many ports are held; of them at one address and at every one. */
size_t holds_count(const struct holds *h);

/* Can this kernel open SCTP sockets? Where not, SCTP ports are not held, and need not be. */
bool hold_knows_sctp(void);

#endif

/* Host ports that nobody else can take while they lead to a container.
 *
 * A port is held by bound sockets that do not listen, at its address or on every one of the host.
 * Of SCTP ports a kernel without such sockets needs none: nobody can open them. Binding is also
 * the test whether the port is free: one step, no race. Without it a program could open the port,
 * start without an error, and get no traffic, since the kernel's map comes first.
 *
 * With a service manager that keeps descriptors the ports stay held while the agent restarts.
 *
 * A TCP port that is held but not mapped yet refuses connections; a UDP port drops datagrams. */
#ifndef PORTMAP_HOLD_H
#define PORTMAP_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/fdstore.h"
#include "lib/passed.h"
#include "portmap/mapping.h"
#include "portmap/quarantine.h"

struct holds;

/* The service manager keeps a copy of each socket in 'store', which is borrowed and may be NULL. */
struct holds *holds_new(struct fdstore *store);

/* Takes over the sockets that the service manager has kept since an earlier run, of those that it
 * passed. They are held until a pass finds that nobody needs them. Returns how many. */
size_t holds_adopt(struct holds *h, struct passed_list *passed);

/* Lets every port go; what the service manager keeps stays held. */
void holds_free(struct holds *h);

/* Holds the host port of 'm' at its host address: on every IPv4 and IPv6 address, or at one.
 * Returns 0, also where it is held already; EADDRINUSE where another program has it, or we hold it
 * at an address that excludes this one; or the errno of another failure. */
int holds_take(struct holds *h, const struct mapping *m);

/* Holds a port that rests: where it is held already, or at every address. As holds_take(). */
int holds_rest(struct holds *h, uint8_t protocol, uint16_t port);

/* Lets every port go that neither is held for one of the 'n' mappings at 'v', which are sorted by
 * key, nor rests. */
void holds_keep_only(struct holds *h, const struct mapping *v, size_t n,
                     const struct quarantine *resting);

/* How many ports are held; of them at one address and at every one. */
size_t holds_count(const struct holds *h);

/* Can this kernel open SCTP sockets? Where not, SCTP ports are not held, and need not be. */
bool hold_knows_sctp(void);

/* Each mapping takes a descriptor: lets this process have as many as the hard limit says. */
void hold_raise_limit(void);

#endif

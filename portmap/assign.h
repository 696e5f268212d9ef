/* Which host port each container port gets.
 *
 * Pure: claims and the kernel's leases go in, the wanted mappings and the problems come out. The
 * sockets that hold ports are behind the 'hold' callback. A container port that has a lease keeps
 * it; a new one gets the port that its container's name had last, or else the next one of the pool
 * after the one assigned last: so ports rest long, and are given to strangers last. */
#ifndef PORTMAP_ASSIGN_H
#define PORTMAP_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/portset.h"
#include "lib/problem.h"
#include "portmap/claim.h"
#include "portmap/mapping.h"
#include "portmap/refusal.h"

struct assign_rules {
    const struct portset *pool; /* host ports for new mappings */

    /* Is the instance behind a lease that nobody claims still registered? Then it stays. */
    bool (*in_use)(void *arg, const struct mapping *m);

    /* Makes sure that no other program can take the host port of 'm' at its host address. Returns 0
     * (also where it is held already), EADDRINUSE where another program has it, or the errno of
     * another failure. */
    int (*hold)(void *arg, const struct mapping *m);
    bool rest; /* a lease that ends in this pass leaves a port that nobody gets yet */

    /* Who has a port that 'hold' refused? The name of a program, or NULL; valid until the next
     * call. NULL: nobody knows. */
    const char *(*holder)(void *arg, uint8_t protocol, uint16_t host_port);

    /* Does the port rest? Then only who asks for it by number gets it. NULL: none does. */
    bool (*resting)(void *arg, uint8_t protocol, uint16_t host_port);
    /* The host port that the same container had last; it gets it again where it is free, rest or
     * not. 0: none. NULL: nothing is remembered. */
    uint16_t (*remembered)(void *arg, const struct claim *claim);

    /* Is the port remembered? Then it goes to others only where there is no port but such. */
    bool (*kept)(void *arg, uint8_t protocol, uint16_t host_port);
    void *arg; /* for all */
};

struct assignment {
    struct mapping *v; /* wanted mappings, sorted by key; owned */
    size_t n;
    size_t cap;
    struct refusals refused; /* claims that are not served */
};

void assignment_done(struct assignment *plan);

/* Makes '*plan' (empty) from 'claims' and the 'n' leases, whose keys are unique. Of several leases
 * for one container port the first counts. '*last' is the port assigned last, and is moved on; 0
 * starts behind the highest lease. A claim that asks for one port is served before those that take
 * any, gets that one or none, and gives up a lease of another one. A claim that cannot be served is
 * refused, which is also a problem, and the others go on. */
void assign_make(struct assignment *plan, const struct assign_rules *rules,
                 const struct claims *claims, const struct mapping *leases, size_t n,
                 uint16_t *last, struct problems *problems);

#endif

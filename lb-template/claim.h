/* Who may have a host name or a service port that several services ask for.
 *
 * Marathon's apps come first, the lowest id before the others; then the lowest service name wins.
 * The others do without that one name or port and are reported. Pure. */
#ifndef LB_TEMPLATE_CLAIM_H
#define LB_TEMPLATE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/problem.h"

/* One wish of one service. */
struct claim {
    const char *vhost; /* borrowed; NULL: it is the port */
    uint16_t port;
    const char *service; /* borrowed */
    const char *app;     /* Marathon's id of it; borrowed; NULL: none */
    bool yields; /* to every other service's, without a word: its own has gone from the catalog */
    bool lost;   /* somebody else has it */
};

/* Sets 'lost' in the 'n' claims 'v', whose order stays. */
void claims_settle(struct claim *v, size_t n, struct problems *problems);

#endif

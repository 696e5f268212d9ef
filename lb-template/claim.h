/* Who may have a host name or a service port that several services ask for.
 *
 * The lowest service name wins; the others lose that one name or port and are reported. Pure. */
#ifndef LB_TEMPLATE_CLAIM_H
#define LB_TEMPLATE_CLAIM_H

#include "lb-template/route.h"
#include "lib/problem.h"

/* Takes away from the routes 'l' what another route with a lower service name has. */
void claims_settle(struct routes *l, struct problems *problems);

#endif

/* Which endpoints are registered, and under which address: -internal, -ip, -useIpFromLabel and
 * -explicit of registrator.
 *
 * Endpoints are changed in place on their way to the registrator; the kernel's part of the program
 * sees them as they are. Pure. */
#ifndef AGENT_SELECTION_H
#define AGENT_SELECTION_H

#include "agent/derive.h"
#include "lib/strv.h"

struct selection {
    bool published_only;       /* an exposed port that is not published is none of ours */
    bool internal;             /* the container's own address and port */
    bool explicit_only;        /* what says no SERVICE_NAME is left out */
    struct ipaddr ip;          /* for every host port; no address: what it is bound to */
    const char *ip_from_label; /* the label that says it, stronger than 'ip'; "": none */
};

/* Changes 'e', the endpoints of 'inv'. To 'notes', where it is not NULL, it adds what registrator
 * says of what it leaves out ("ignored: <id> no published ports"), sorted. */
void selection_apply(const struct selection *s, const struct inventory *inv, struct endpoints *e,
                     struct strv *notes);

#endif

/* What Docker answers about one container, on its way into the inventory.
 *
 * A document that is byte for byte the one before says nothing new: a listing of everything costs
 * no reading, and makes nobody derive anything anew. Values only, nothing is asked here. */
#ifndef AGENT_DOCKER_ACCEPT_H
#define AGENT_DOCKER_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/inventory.h"
#include "lib/http.h"

struct tmpl;

struct docker_accept {
    const char *keep_label;  /* a label that is kept beside those of ours; "": none */
    const struct tmpl *tags; /* the template of their tags, see tags.h; NULL: none */
    bool watch_failed;       /* containers that ended with a failure are told apart */
    uint64_t revision;       /* of the document that was read last */
};

/* Takes 'answer', which has a status, about the container 'id' into 'inv'. A document that cannot
 * be used, or an error of Docker's, quarantines the container. Returns whether 'inv' says anything
 * else afterwards. */
bool docker_accept(struct docker_accept *a, struct inventory *inv, const char *id,
                   const struct http_answer *answer);

#endif

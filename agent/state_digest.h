/* Has the state document other content than before? Pure. */
#ifndef AGENT_STATE_DIGEST_H
#define AGENT_STATE_DIGEST_H

#include <jansson.h>
#include <stdint.h>

/* A number that differs where 'doc' does. What passes by itself does not count: ages, which are the
 * document's only fractions, and the counts "passes" and "errors". */
uint64_t state_digest(json_t *doc);

#endif

/* What a container says about one of its ports, and which of its words counts. Pure.
 *
 * The reading is registrator/attrs.h's; here every word is kept, with what it beats, for `berth
 * explain`. */
#ifndef AGENT_SAID_H
#define AGENT_SAID_H

#include <jansson.h>
#include <stdint.h>

#include "lib/kv.h"

/* Appends to the array 'ret' an object for each thing that 'env' and 'labels' say about 'port', the
 * n-th ('index') of the container's, sorted by "key":
 *     "key"    "name" for SERVICE_NAME, "HAPROXY_0_VHOST" and "berth.80.x" as they are
 *     "value"  of the word that counts; an empty one counts as not said
 *     "from"   the word that counts: "label SERVICE_80_NAME"
 *     "over"   the weaker words, from strong to weak: "variable SERVICE_NAME" */
void said_add(json_t *ret, const struct kvs *env, const struct kvs *labels, uint16_t port,
              unsigned index);

#endif

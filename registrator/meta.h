/* The Meta of an instance: what berth says about it, what its labels tell the load balancer, and
 * the attributes that its owner chose.
 *
 * Consul refuses a whole registration for one pair beyond its limits, so such a pair is left out
 * and reported, and the rest is registered. Pure. */
#ifndef REGISTRATOR_META_H
#define REGISTRATOR_META_H

#include "lib/kv.h"
#include "registrator/probe.h"
#include "registrator/source.h"

#define META_PAIRS_MAX 64
#define META_KEY_MAX 128   /* bytes of [A-Za-z0-9_-] */
#define META_VALUE_MAX 512 /* bytes of UTF-8 without control characters */

/* Makes the Meta of 's', with the digest of 'probes' (NULL: there are none), in the empty 'meta',
 * sorted by key. */
void meta_from_source(const struct source *s, const struct probes *probes, struct kvs *meta);

/* Is 'key' one that berth writes itself? */
bool meta_is_own(const char *key);

/* Adds a pair, or reports it as the doing of 'label' where no registry would take it. */
void meta_add(struct kvs *meta, const struct source *s, const char *label, const char *key,
              const char *value);

#endif

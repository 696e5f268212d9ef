/* What labels and environment say about one port of a container: SERVICE_* and HAPROXY_<n>_*.
 *
 * The reading is registrator's (bridge/util.go, serviceMetaData). High to low:
 *     label SERVICE_80_X, environment SERVICE_80_X, label SERVICE_X, environment SERVICE_X
 * A key counts in lower case; the port in it has no protocol. An empty value counts as not said,
 * but SERVICE_80_X= still hides SERVICE_X. Pure. */
#ifndef REGISTRATOR_ATTRS_H
#define REGISTRATOR_ATTRS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/kv.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

struct attrs {
    uint16_t port;         /* the container port that they are about */
    struct kvs v;          /* "name", "tags", "region" ...: the part after SERVICE_[<port>_] */
    struct strv from_port; /* keys that were said for this port */
};

/* Reads what 'env' and 'labels' say about 'port' into '*ret', sorted by key. */
void attrs_read(struct attrs *ret, const struct kvs *env, const struct kvs *labels, uint16_t port);
void attrs_done(struct attrs *a);

/* The value of 'key' (lower case), or NULL where it is absent or empty. Owned by 'a'. */
const char *attrs_get(const struct attrs *a, const char *key);

/* Was 'key' said for this port, as SERVICE_<port>_<key>? */
bool attrs_from_port(const struct attrs *a, const char *key);

/* Appends the label's name as a person knows it: "SERVICE_80_NAME". */
void attrs_add_label(struct sbuf *b, const struct attrs *a, const char *key);

/* The value of HAPROXY_<index>_<name>, label before environment, or NULL where it is absent or
 * empty. Owned by 'labels' or 'env'. */
const char *attrs_haproxy(const struct kvs *env, const struct kvs *labels, unsigned index,
                          const char *name);

#endif

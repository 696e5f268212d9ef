/* Addresses of this host's containers that nobody else can dial, and what leads there. Pure.
 *
 * A provider in a bridged container that registers itself says such an address. Every host has the
 * same ones: a URL is taken for a local container's where address and port are, and where it is not
 * older than the container. */
#ifndef REGISTRATOR_DUBBO_LOCAL_H
#define REGISTRATOR_DUBBO_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ipaddr.h"
#include "registrator/dubbo_url.h"

struct dubbo_local {
    struct ipaddr addr; /* the container's own */
    uint16_t port;      /* in the container; 0: the address alone is known */
    char *container;    /* CONTAINER_ID_SHORT digits */
    char *name;         /* of the container */
    double started;     /* seconds since the epoch; 0: unknown */
    char *host;         /* what others dial; NULL: nothing leads there */
    uint16_t host_port;
    bool serves; /* it runs, is healthy, and is not told to stop */
};

struct dubbo_locals {
    struct dubbo_local *v;
    size_t n;
    size_t cap;
};

enum dubbo_verdict {
    DUBBO_VERDICT_FINE,        /* no local container's */
    DUBBO_VERDICT_OLDER,       /* the address is one's, but it was registered before that started */
    DUBBO_VERDICT_NO_WAY,      /* a local container's, and no host port leads there */
    DUBBO_VERDICT_UNREACHABLE, /* a local container's, whose host port should be in the URL */
};

/* Appends a zeroed one with that container, whose id and name are copied. Valid until the next. */
struct dubbo_local *dubbo_locals_add(struct dubbo_locals *l, const char *container_id,
                                     const char *name);
void dubbo_locals_done(struct dubbo_locals *l);

/* Is 'host' in the same network as one of them, as far as its first 16 bits tell? */
bool dubbo_locals_near(const struct dubbo_locals *l, const char *host);

/* Whose is 'url'? Where it is a local container's, '*ret' says which. */
enum dubbo_verdict dubbo_locals_judge(const struct dubbo_locals *l, const struct dubbo_url *url,
                                      const struct dubbo_local **ret);

/* The one that a mirror's mark, "<container>:<port>", names; NULL: it is gone. */
const struct dubbo_local *dubbo_locals_of_mirror(const struct dubbo_locals *l, const char *mark);

/* Makes the mirror of 'url', a local container's, in the empty 'ret': the same provider where
 * others reach it, with the marks of 'node'. */
void dubbo_local_mirror(const struct dubbo_local *l, const struct dubbo_url *url, const char *node,
                        struct dubbo_url *ret);

#endif

/* What a container asks of its host port: one number, one address of the host. Pure.
 *
 *     berth.<port>.host-port=28005    label or environment variable; the label wins
 *     berth.<port>.host-ip=10.0.0.1
 *
 * Who asks for one port gets that one or none. */
#ifndef PORTMAP_ASKED_H
#define PORTMAP_ASKED_H

#include <stdint.h>

#include "lib/ipaddr.h"
#include "lib/kv.h"

struct asked {
    uint16_t port;      /* 0: any of the pool */
    struct ipaddr addr; /* no address: every one of the host */
    char *refusal;      /* why neither can be had, as the end of a sentence; NULL: they are good */
};

/* Fills '*ret' with what 'labels' and 'env', either of which may be NULL, say for the container's
 * port 'port'; an empty value says nothing. The caller frees the refusal. */
void asked_read(const struct kvs *labels, const struct kvs *env, uint16_t port, struct asked *ret);

#endif

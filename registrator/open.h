/* Opens the registry that an address names. */
#ifndef REGISTRATOR_OPEN_H
#define REGISTRATOR_OPEN_H

#include <ev.h>

#include "lib/err.h"
#include "registrator/address.h"
#include "registrator/consul_client.h"
#include "registrator/registry.h"

struct registry_options {
    const char *node;            /* our name */
    const char *state_dir;       /* where a registry may keep what lets it go on after a restart */
    struct consul_access consul; /* but for 'url' and 'unix_socket', which the address says */
    const char *catalog_file;    /* keeps the last good catalog; NULL: none */
    bool adopt;                  /* a registrator's leftovers count as ours */
};

/* 'http' is borrowed, everything else copied. Fails on what the registry cannot be reached with,
 * not on one that does not answer. 'loop' is the default loop. */
struct registry *registry_open(struct ev_loop *loop, struct http *http,
                               const struct address *address,
                               const struct registry_options *options, struct err **err);

#endif

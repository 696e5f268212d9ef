/* What `berth doctor` wants to know of Docker: documents of its API in, values out. Pure. */
#ifndef AGENT_DOCKER_VIEW_H
#define AGENT_DOCKER_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/endpoint.h"
#include "lib/strv.h"

/* A running container. */
struct docker_view_container {
    char id[CONTAINER_ID_LEN + 1];
    char *name;        /* without the leading slash; NULL: Docker does not say. Owned */
    struct strv addrs; /* its addresses, of both families */
};

struct docker_view {
    char *firewall;       /* "iptables", "nftables"; NULL: it does not say (before Docker 29) */
    struct strv isolated; /* bridge networks whose containers may not talk to each other */
    bool ipv6;            /* a network has IPv6 */
    struct docker_view_container *v; /* sorted by id; owned */
    size_t n;
    size_t cap;
};

void docker_view_done(struct docker_view *view);

/* Adds what /info, /networks or /containers/json say. Odd members are left out. */
void docker_view_add_info(struct docker_view *view, const json_t *doc);
void docker_view_add_networks(struct docker_view *view, const json_t *doc);
void docker_view_add_containers(struct docker_view *view, const json_t *doc);

/* The running container 'id', or NULL. */
const struct docker_view_container *docker_view_find(const struct docker_view *view,
                                                     const char *id);

#endif

/* A provider node in ZooKeeper that is, or shall be, berth's. Pure.
 *
 * Two marks in the URL say whose it is. A container's has DUBBO_MARK_NODE, our name: nobody else
 * writes it. A machine's has DUBBO_MARK_FILE, the file of services.d/: every berth with that file
 * writes the same node, and the first one keeps it. A mirror has DUBBO_MARK_MIRROR beside our name:
 * "<container>:<port>". */
#ifndef REGISTRATOR_DUBBO_NODE_H
#define REGISTRATOR_DUBBO_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registrator/dubbo_said.h"
#include "registrator/dubbo_url.h"

#define DUBBO_MARK_NODE "berth.node"
#define DUBBO_MARK_FILE "berth.file"
#define DUBBO_MARK_MIRROR "berth.mirror"

struct dubbo_node {
    char *key;   /* "<interface>/providers/<name>": its path below Dubbo's root */
    char *title; /* for people: "com.acme.Greeting:1.0 at 192.0.2.10:28001" */
    uint16_t port;
    bool shared;    /* a machine's */
    uint32_t trace; /* of the container's run, see lib/trace.h; 0: unknown */
};

struct dubbo_nodes {
    struct dubbo_node *v;
    size_t n;
    size_t cap;
};

/* What a provider's URL says beside the labels. */
struct dubbo_place {
    const char *host;
    uint16_t port;
    double started;         /* seconds since the epoch; 0: unknown. A restarted berth says the same
                               again: it is a part of the node's name, and warms consumers up */
    const char *mark;       /* DUBBO_MARK_NODE or _FILE; NULL: none */
    const char *mark_value; /* our name, or the file's */
    uint32_t trace;         /* of the container's run; 0: unknown */
};

/* Makes the URL of one of the services of 'said' in the empty 'ret': the parameters are sorted as
 * Dubbo's own, since some consumers lose the first one, which is anyhost. */
void dubbo_place_url(const struct dubbo_place *p, const struct dubbo_said *said,
                     const struct dubbo_service *service, struct dubbo_url *ret);

/* Appends a node for each service of 'said'. */
void dubbo_nodes_add_said(struct dubbo_nodes *l, const struct dubbo_place *p,
                          const struct dubbo_said *said);

/* Appends the node of 'url', which lies below 'interface'. */
void dubbo_nodes_add(struct dubbo_nodes *l, const char *interface, const struct dubbo_url *url);

/* Sorts by key, and drops doubles. */
void dubbo_nodes_sort(struct dubbo_nodes *l);
void dubbo_nodes_done(struct dubbo_nodes *l);

/* "<interface>/providers/<name>"; the caller frees it. */
char *dubbo_node_key(const char *interface, const char *name);

#endif

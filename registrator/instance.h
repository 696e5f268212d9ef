/* One running copy of a service, as a registry lists it.
 *
 * The same value is what registrator/ wants registered and what lb-template/ reads from the
 * catalog. Pure. Arrays that are called a catalog are sorted by instance_cmp(). */
#ifndef REGISTRATOR_INSTANCE_H
#define REGISTRATOR_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/kv.h"
#include "lib/strv.h"
#include "registrator/probe.h"

/* Meta keys that berth writes. The first one is its mark: an instance is ours when it names our
 * node. Values are decimal or names, as the comment says. */
#define META_NODE "berth-node"
#define META_PROBES "berth-checks"           /* probes_digest(); absent where there are none */
#define META_CONTAINER_ID "container-id"     /* CONTAINER_ID_LEN digits */
#define META_TRACE "berth-trace"             /* of the container's run, see lib/trace.h */
#define META_CONTAINER_PORT "container-port" /* decimal */
#define META_HOST_PORT "host-port"           /* decimal; absent where there is none */
#define META_SERVICE_PORT "service-port"     /* decimal; the port that the load balancer opens */
#define META_PROTOCOL "protocol"             /* "tcp" or "udp" */
#define META_NETWORK "network"               /* name of the Docker network */
#define META_VHOST "vhost"                   /* comma list of host names */
#define META_MARATHON_APP "marathon-app"     /* its id: "/shop/greet" */
#define META_MESOS_TASK "mesos-task"         /* the task's id */
#define META_MODE "lb-mode"                  /* "http" or "tcp", where a label says it */
#define META_BALANCE "lb-balance"            /* "leastconn", "source" ...; HAProxy's name */
#define META_STICKY "lb-sticky"              /* "true": a client stays with its server */
#define META_CHECK_PATH "lb-check-path"      /* of HAProxy's health checks, from "/" on */
#define META_ACCEPT_PROXY "lb-accept-proxy"  /* "true": the service port expects PROXY protocol */
#define META_SEND_PROXY "lb-send-proxy"      /* "v1" or "v2": the instance expects it */
#define META_BALANCER "berth-lb"             /* a load balancer's own: "*", or what it exposes */

enum instance_state {
    INSTANCE_PASSING,  /* takes traffic */
    INSTANCE_WARNING,  /* takes traffic; a check is not content */
    INSTANCE_DRAINING, /* finishes what it has, takes nothing new */
    INSTANCE_PAUSED,   /* `docker pause`: answers nobody for now */
    INSTANCE_STARTING, /* Docker's health check has no result yet */
    INSTANCE_CRITICAL, /* registered, but a check says that it does not work */
};

struct instance {
    char *id;                /* unique within its registry and node: "host:container:port[:udp]" */
    char *service;           /* the service's name */
    char *node;              /* the node that registered it */
    char *address;           /* what others dial: an IP address or, for foreign ones, a host name */
    char *address6;          /* the same over IPv6, beside an IPv4 'address'; NULL: none */
    uint16_t port;           /* what others dial */
    char *container_address; /* the container's own end; NULL: unknown */
    uint16_t container_port; /* 0: unknown */
    struct strv tags;        /* in declared order */
    struct kvs meta;         /* sorted by key */
    unsigned weight;         /* share of the traffic; 0: not said, which counts as 1 */
    unsigned weight_warning; /* the same as INSTANCE_WARNING */
    bool tag_override;       /* others may change the tags in the registry */
    struct probes probes;    /* wanted ones; a registry does not tell them, but META_PROBES does */
    bool fed;                /* berth tells the registry what Docker's health check says */
    enum instance_state state;
};

struct instances {
    struct instance *v;
    size_t n;
    size_t cap;
    char *texts; /* of a packed list, see registrator/packing.h; NULL: each text is on its own */
};

/* By service, then node, then id. */
int instance_cmp(const void *a, const void *b);

/* Same value throughout? The probes are compared by META_PROBES. */
int instance_equal(const void *a, const void *b);

/* Is 'actual', which a registry has, all that 'wanted' asks for? Equal but for the tags, where both
 * leave them to others. */
int instance_satisfied(const void *wanted, const void *actual);

/* Is it one to send traffic to? */
static inline bool instance_takes_traffic(const struct instance *i)
{
    return i->state == INSTANCE_PASSING || i->state == INSTANCE_WARNING;
}

void instance_copy(struct instance *dst, const struct instance *src);
void instance_done(struct instance *i);

/* Appends a zeroed instance and returns it; valid until the next one is added. */
struct instance *instances_add(struct instances *l);
void instances_sort(struct instances *l);

/* Same instances in the same order? */
bool instances_equal(const struct instances *a, const struct instances *b);
void instances_copy(struct instances *dst, const struct instances *src);

/* Appends to 'ret' copies of all of 'now', and of those of 'before' that 'now' has not. All sorted
 * by instance_cmp(); 'ret' is empty. */
void instances_join(const struct instances *now, const struct instances *before,
                    struct instances *ret);

/* Appends to 'ret' copies of those of 'all' that are not in 'some', by key. Both are sorted. */
void instances_without(const struct instances *all, const struct instances *some,
                       struct instances *ret);
void instances_done(struct instances *l);

/* "passing", "warning", "draining", "paused", "starting", "critical". */
const char *instance_state_name(enum instance_state state);

/* Does an instance in that state have connections: new ones, or those that it finishes? */
bool instance_state_serves(enum instance_state state);

/* Share of the traffic in its state, 0 where it takes nothing new. */
unsigned instance_weight(const struct instance *i);

#endif

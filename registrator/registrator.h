/* Endpoints become service instances in a registry, and stay what they should be there.
 *
 * agent/agent.c tells this room which endpoints there are, with their host ports resolved; the room
 * reads SERVICE_* and HAPROXY_* from labels and environment as registrator and marathon-lb do
 * (registrator/metadata.h), and keeps one registry in step. Only instances with our mark are ever
 * changed or deleted, only differences are written, and nothing is deleted before the first
 * registrator_want(). */
#ifndef REGISTRATOR_REGISTRATOR_H
#define REGISTRATOR_REGISTRATOR_H

#include <ev.h>
#include <stdbool.h>

#include "lib/endpoint.h"
#include "lib/err.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "lib/sync.h"
#include "registrator/instance.h"
#include "registrator/registry.h"

struct registrator;

struct registrator_config {
    const char *node;         /* our name: ID prefix and META_NODE */
    struct ipaddr host_addr;  /* what others dial for ports bound to every address */
    struct ipaddr host_addr6; /* the same over IPv6; no address: none */
    bool strict;              /* as registrator did it, where berth differs on purpose */
    bool healthy_only; /* register while Docker's health check passes, unless a label differs */
    bool adopt;        /* deregister what registrator left of containers that are gone */
    bool deregister_on_kill; /* what is being stopped goes at once and not into maintenance */
    bool dubbo;              /* register Dubbo's services, too: Consul is their registry */
    double resync;           /* seconds between listings that nobody asked for */
    const char *tags;        /* comma list that every service gets; NULL or "": none */
    const char *app_name;    /* how a Marathon task's service is called after its app, see
                                lib/marathon_env.h; NULL: apps do not count */
};

/* What becomes of our instances when berth is stopped. */
enum registrator_leave {
    REGISTRATOR_KEEP,
    REGISTRATOR_DEREGISTER,
    REGISTRATOR_MAINTENANCE, /* they stay, and take no traffic */
};

/* 'registry' is borrowed and outlives the registrator. 'on_change' is called, from the loop, when
 * what registrator_holds() answers, the states or the problems may have changed. */
struct registrator *registrator_new(struct ev_loop *loop, const struct registrator_config *config,
                                    struct registry *registry, void (*on_change)(void *arg),
                                    void *arg);

/* Another configuration from now on, but for 'node' and the addresses. What it makes of endpoints
 * shows at the next registrator_want(). */
void registrator_set_config(struct registrator *r, const struct registrator_config *config);

/* Leaves what is registered as it is. The registry may still owe answers to 'r': it is freed before
 * the loop runs again. */
void registrator_free(struct registrator *r);

/* The names of all containers that run, registered or not: what registrator left of them is never
 * cleaned up. Said before registrator_want(); 'names' is taken over and empty afterwards. */
void registrator_running(struct registrator *r, struct strv *names);

/* What is wanted from now on: one instance for each endpoint of 'v' that has an address to dial.
 * 'v' is sorted by endpoint_cmp(), complete, and copied. */
void registrator_want(struct registrator *r, const struct endpoint *v, size_t n);

/* Containers whose instances are left alone though nobody wants them any more: those that have
 * ended with a failure, for -deregister=on-success. 'ids' is sorted and copied. */
void registrator_keep(struct registrator *r, const struct strv *ids);

/* From now on, 'how' decides what is wanted, whatever registrator_want() says. 'on_done' is called
 * once, from the loop, when the registry has it. */
void registrator_leave(struct registrator *r, enum registrator_leave how,
                       void (*on_done)(void *arg), void *arg);

/* Is an instance of that container port still registered, as far as we know? True for all before
 * the first listing. */
bool registrator_holds(const struct registrator *r, const char *container_id, uint8_t protocol,
                       uint16_t container_port);

/* What is wanted, sorted by instance_cmp(). */
const struct instances *registrator_wanted(const struct registrator *r);

/* Is the instance with that id registered as wanted? */
bool registrator_is_registered(const struct registrator *r, const char *id);

/* Has what is registered listed now, as every 'resync' seconds. */
void registrator_resync(struct registrator *r);

const struct problems *registrator_problems(const struct registrator *r);
const struct sync *registrator_sync(const struct registrator *r);

#endif

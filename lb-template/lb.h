/* Rendering -> HAProxy: brings the running HAProxy in step with what a renderer says.
 *
 * The renderer is the built-in one, to which agent/agent.c hands each new catalog, or the caller's
 * own (rendering.h). The room parses the rendered text, compares with what HAProxy is running, and
 * uses the runtime API where only servers, weights or map entries differ; else it validates
 * (`haproxy -c`), swaps the file atomically and reloads. What HAProxy refuses is reported and the
 * last good configuration stays.
 *
 * Where it manages HAProxy, it starts it as a daemon in master-worker mode; HAProxy outlives
 * the agent and is found again by its sockets. */
#ifndef LB_TEMPLATE_LB_H
#define LB_TEMPLATE_LB_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "lb-template/rendering.h"
#include "lib/err.h"
#include "lib/portset.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "lib/sync.h"
#include "registrator/catalog.h"

struct lb;

struct lb_config {
    const char *haproxy;  /* path of the program */
    const char *dir;      /* absolute; haproxy.cfg, hosts.map, sockets and pid file lie here */
    const char *file;     /* name of haproxy.cfg in it; NULL: that one */
    const char *bind;     /* address that frontends bind to: "*", "127.0.0.1", "::" */
    unsigned http_port;   /* of the HTTP frontend with the host map; 0: none */
    unsigned https_port;  /* the same with TLS; 0: none */
    const char *certs;    /* directory of certificates with keys, where there is 'https_port' */
    unsigned stats_port;  /* of HAProxy's own statistics page on 127.0.0.1; 0: none */
    struct portset pool;  /* host ports that portmap assigns: no service port may be among them;
                             empty: no portmap on this machine */
    const char *select;   /* which instances are served, see select.h; "" or NULL: all */
    const char *wait;     /* quiescence "MIN[:MAX]", see quiet.h; "0" or NULL: none */
    const char *template; /* of haproxy.cfg, in the operator's words; "" or NULL: berth's own */
    bool manage;          /* start HAProxy where it does not run */
    const char *sockets;  /* comma list of the statistics sockets of HAProxys that others start; ""
                             or NULL: the one in 'dir' */
    const char *reload; /* path of a program and its arguments that reloads them, as the words of a
                           line of haproxy.cfg; "" or NULL: the master socket in 'dir' */
    double reload_timeout;     /* seconds for it; 0: 30 */
    double resync;             /* seconds between reads of HAProxy's state that nobody asked for */
    struct renderer *renderer; /* borrowed; NULL: the built-in one, fed by lb_on_catalog() */
};

/* One server of a backend, as HAProxy has it. */
struct lb_server {
    char *name;        /* in HAProxy */
    char *instance_id; /* of the instance it was rendered from; NULL: not in the catalog any more */
    char *node;        /* the node that registered it; NULL as 'instance_id' */
    char *address;
    uint16_t port;
    unsigned weight;
    const char *state; /* "up", "down", "drain", "maint" */
};

struct lb_backend {
    char *name;    /* in HAProxy */
    char *service; /* in the catalog; where that is not known, the backend's name */
    char *mode;    /* "http" or "tcp"; "": not known */
    struct strv vhosts;
    uint16_t *service_ports; /* sorted */
    size_t n_service_ports;
    struct lb_server *servers; /* sorted by name */
    size_t n_servers;
};

struct lb_backends {
    struct lb_backend *v; /* sorted by name */
    size_t n;
};

struct lb_counters {
    uint64_t reloads;
    uint64_t reload_failures;
    uint64_t runtime_commands;
    uint64_t runtime_failures;
};

/* 'on_change' is called, from the loop, when the backends, their states or the problems may have
 * changed. */
struct lb *lb_new(struct ev_loop *loop, const struct lb_config *config,
                  void (*on_change)(void *arg), void *arg, struct err **err);

/* Another configuration from now on, but for 'dir', 'file', 'sockets', 'manage' and 'renderer'. A
 * pass brings HAProxy in step with it. Fails, with nothing changed, where lb_new() would, and where
 * HAProxy could not open a port that is new or read certificates that are. */
int lb_set_config(struct lb *lb, const struct lb_config *config, struct err **err);

/* Leaves HAProxy running. */
void lb_free(struct lb *lb);

/* What the renderer renders may have changed: a pass will ask it. HAProxy is not touched before it
 * has rendered something. Cheap. */
void lb_kick(struct lb *lb);

/* For the built-in renderer: the catalog from now on, which may have changed in place. It is
 * borrowed until the next call or lb_free(). */
void lb_on_catalog(struct lb *lb, const struct catalog *catalog);

/* Reads the servers' states from HAProxy again and then calls 'done', at once or later; also where
 * HAProxy does not answer (the last known states stay). Several may wait. */
void lb_refresh(struct lb *lb, void (*done)(void *arg), void *arg);

/* The backends as last rendered and read back. '*ret' is zeroed, and the caller's:
 * lb_backends_done(). Of several HAProxys it is the first one that answers. */
void lb_backends(const struct lb *lb, struct lb_backends *ret);

/* The same without servers: what there is, under which names and ports. */
void lb_offer(const struct lb *lb, struct lb_backends *ret);

/* Another number than before where lb_offer() may say something else; 0: it always may. */
uint64_t lb_offer_stamp(const struct lb *lb);

void lb_backends_done(struct lb_backends *l);

/* How many there are, as rendered. Cheap. */
void lb_count(const struct lb *lb, size_t *ret_backends, size_t *ret_servers);

/* How many services are left out because HAProxy refuses what they bring. */
size_t lb_banned(const struct lb *lb);

/* Did HAProxy run when it was asked last? */
bool lb_is_running(const struct lb *lb);

const struct lb_counters *lb_counters(const struct lb *lb);
const struct problems *lb_problems(const struct lb *lb);
const struct sync *lb_sync(const struct lb *lb);

#endif

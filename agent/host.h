/* The host as `berth doctor` finds it: values that were read before, for checks to judge. Pure.
 *
 * host_read.h reads the files, portmap's survey the packet filters, docker_view.h Docker. What
 * could not be read is known as such: a check that lacks it says so. */
#ifndef AGENT_HOST_H
#define AGENT_HOST_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/docker_view.h"
#include "agent/procfs.h"
#include "lib/kv.h"
#include "lib/portset.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "portmap/survey.h"

struct host_link {
    char name[IFNAMSIZ];
    char master[IFNAMSIZ];  /* the bridge that it is a port of, or "" */
    long long index;        /* the kernel's number; 0: unknown */
    long long master_index; /* of the bridge that it is a port of, or 0 */
    char *mac;              /* owned; NULL: unknown */
    long long mtu;          /* bytes; 0: unknown */
    long long mac_type;     /* HOST_MAC_*, or another number */
    bool is_bridge;
    bool uplink; /* a gateway or the default route is behind it */
    bool ipv6;   /* has an address of global scope */
};

#define HOST_MAC_SET 3 /* somebody has set the address of the interface */

enum host_role {
    HOST_AGENT, /* berth agent */
    HOST_DOCKERD,
    HOST_DOCKER_PROXY,
    HOST_FIREWALLD,
    HOST_HAPROXY,
    HOST_MESOS, /* mesos-agent, mesos-slave */
};

struct host_process {
    enum host_role role;
    int pid;
    struct strv args;
    char *resources; /* of a Mesos agent, from its arguments or environment; NULL: not said */
    int parent;      /* of HAProxy: the pid of its parent; 0: unknown */
    uint16_t *ports; /* of HAProxy: TCP ports that it listens at, in any order; owned */
    size_t n_ports, cap_ports;
    bool ports_lost; /* they cannot be read */
};

struct host {
    struct portset pool; /* what berth is configured to do */
    uint32_t mark;

    struct kvs files;        /* path below the root -> content without blanks at its end */
    struct kvs lost;         /* path -> why it cannot be read, although it is there */
    struct host_link *links; /* sorted by name; owned */
    size_t n_links;
    char *links_lost; /* why 'links' says only names, or NULL */
    struct host_process *processes;
    size_t n_processes;
    char *processes_lost; /* why some may be missing, or NULL */
    struct procfs_listeners listeners;
    struct procfs_drops drops[2]; /* at two moments */
    bool drops_known;
    bool table_full;          /* the kernel's log says that the connection table was full */
    char *kernel_log_lost;    /* why it cannot be read, or NULL */
    unsigned long open_files; /* hard limit of the agent, or of this process where none runs */
    bool open_files_known;
    bool net_admin; /* the same process has CAP_NET_ADMIN */
    bool net_admin_known;

    bool dubbo;                     /* a ZooKeeper is configured for Dubbo */
    struct problems dubbo_problems; /* as the agent tells them */
    bool dns;                       /* names are kept in a DNS zone */
    char *dns_name;                 /* one that the agent has written; NULL: none */
    struct strv dns_live;           /* where it should lead: the load balancers that live */
    struct strv dns_found;          /* where it leads by this host's resolver */
    char *dns_lost;                 /* why it leads nowhere, or NULL */
    char *agent_lost;               /* why the agent tells nothing, or NULL */

    struct survey survey;
    char *survey_lost; /* why there is none, or NULL */
    struct docker_view docker;
    char *docker_lost; /* why there is none, or NULL */
};

void host_done(struct host *h);

/* The content of 'path', as in "proc/sys/net/ipv4/ip_forward"; NULL where it is not there. */
const char *host_file(const struct host *h, const char *path);

/* Why 'path' cannot be read; NULL where it was, or is not there. */
const char *host_lost(const struct host *h, const char *path);

/* Reads 'path' as a whole number. Returns -1 where it is none, or not there. */
int host_number(const struct host *h, const char *path, long long *ret);

/* The same of proc/sys/net/ipv4/conf/<link>/<key>. */
int host_link_number(const struct host *h, const char *link, const char *key, long long *ret);

/* The interface 'name', or NULL. */
struct host_link *host_find_link(const struct host *h, const char *name);

/* How many processes have that role, and the first of them (NULL: none). */
size_t host_count(const struct host *h, enum host_role role);
const struct host_process *host_process(const struct host *h, enum host_role role);

/* Has a container network IPv6? */
bool host_needs_ipv6(const struct host *h);

/* The value of --<name>=VALUE or --<name> VALUE among the process's arguments, or NULL; "" for an
 * option without one. */
const char *host_process_option(const struct host_process *p, const char *name);

#endif

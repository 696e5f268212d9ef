/* What every service registry can do: list, put, delete, watch.
 *
 * Implementations: registrator/local.c (in this process), consul.c, consul_kv.c, zookeeper.c;
 * registrator/open.h chooses. lb-template/ reads the catalog here, with catalog.h and instance.h.
 *
 * All calls return at once; results come from the loop. One list, and any number of puts and
 * deletes, may be under way. After registry_free() nothing is called back. */
#ifndef REGISTRATOR_REGISTRY_H
#define REGISTRATOR_REGISTRY_H

#include "lib/err.h"
#include "registrator/catalog.h"
#include "registrator/instance.h"

struct registry;
struct consul_access; /* registrator/consul_client.h */

/* How a registry's catalog is followed, for people. */
struct catalog_watch {
    const char *scheme; /* "watched": each service by a query of its own; "journal": those beyond
                           what there are connections for, when something tells that they changed */
    size_t services;    /* in the registry */
    size_t watched;     /* of them, by a query of their own */
    double seen;        /* when it was known last to be as the registry has it, in seconds since
                           the epoch; 0: never */
};

struct registry_ops {
    const char *name; /* "local", "consul", "consulkv", "zookeeper" */

    /* Lists the instances that carry our mark (META_NODE equals our node). On failure 'list' is
     * NULL and 'err' says why; both belong to the caller of 'done'. */
    void (*list)(struct registry *r,
                 void (*done)(void *arg, const struct instances *list, const struct err *err),
                 void *arg);

    /* Registers 'i' as it is, state and probes included; 'i' is not kept. 'actual' is what is
     * registered under this id now, or NULL: it tells what need not be written. */
    void (*put)(struct registry *r, const struct instance *i, const struct instance *actual,
                void (*done)(void *arg, const struct err *err), void *arg);

    /* Deregisters what is registered as 'actual', which is not kept; an id that is not there is no
     * error. */
    void (*del)(struct registry *r, const struct instance *actual,
                void (*done)(void *arg, const struct err *err), void *arg);

    /* Calls 'on_lost' whenever what list() answered may no longer be so: somebody else changed our
     * instances, or the connection broke. May be NULL: it never happens. */
    void (*watch_own)(struct registry *r, void (*on_lost)(void *arg), void *arg);

    /* Calls 'on_catalog' with every instance of every service, foreign ones included, now and after
     * each change. It is the same catalog each time: the registry keeps it up to date in place, it
     * can be read whenever the loop has called the reader, and lasts until registry_free(). 'err'
     * says that it cannot be kept up to date: 'catalog' is NULL, and the last one stays as it is.
     * One watcher per registry. NULL: there is no catalog to read. */
    void (*watch_catalog)(struct registry *r,
                          void (*on_catalog)(void *arg, const struct catalog *catalog,
                                             const struct err *err),
                          void *arg);

    /* Says how watch_catalog() goes, where it was called. The op may be NULL: it happens here. */
    void (*catalog_watch)(struct registry *r, struct catalog_watch *ret);

    /* Tells again what Docker's health checks say of the fed ones of 'list', which is not kept.
     * What fails shows in the next list. May be NULL: the registry needs no news. */
    void (*feed)(struct registry *r, const struct instances *list);

    /* What the last list found beside ours where ours are registered: id, service, address and port
     * of each; 'node' is the mark of another berth, or "". NULL before the first list, owned by the
     * registry. The op may be NULL: nobody else registers there. */
    const struct instances *(*others)(struct registry *r);

    /* Speaks to the registry with these credentials from now on; what is under way ends with the
     * old ones. 'access' is good by consul_access_check(), and not kept. May be NULL: it needs
     * none, or is told of them when it is opened. */
    void (*set_access)(struct registry *r, const struct consul_access *access);

    void (*free)(struct registry *r);
};

/* The first member of every implementation's own struct. */
struct registry {
    const struct registry_ops *ops;
};

/* The registry in this process: what is put is in the catalog at once. Its results come from
 * libev's default loop. Every instance in it is ours. */
struct registry *local_registry_new(void);

#endif

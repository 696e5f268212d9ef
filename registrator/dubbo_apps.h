/* Dubbo 3's application-level registrations, as far as they concern us: applications that have an
 * instance in /services and offer an interface that berth has providers of.
 *
 * A 3.x consumer that finds one ignores every URL of the interface, ours too (Dubbo's migration
 * rule, DefaultMigrationAddressComparator). Nothing is written there. */
#ifndef REGISTRATOR_DUBBO_APPS_H
#define REGISTRATOR_DUBBO_APPS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/problem.h"
#include "registrator/zk_session.h"

struct dubbo_app {
    char *interface;
    char *name;
    char *instance; /* one of its instances: "<address>:<port>" */
};

struct dubbo_apps_op;

struct dubbo_apps {
    struct dubbo_app *v;
    size_t n;

    /* private */
    struct ev_loop *loop;
    struct zk_session *session;
    char *mapping, *services; /* paths */
    bool (*concerns)(void *arg, const char *interface);
    void (*on_change)(void *arg);
    void *arg;
    struct dubbo_app *next; /* what the look under way has found */
    size_t n_next;
    size_t cap_next;
    struct dubbo_apps_op *ops; /* under way */
    bool stale;
    ev_timer timer;
};

/* 'root' is Dubbo's, "/chroot/dubbo"; it is copied. 'concerns' says which interfaces count.
 * 'on_change' is called, maybe from inside the library, when a look has ended. */
void dubbo_apps_init(struct dubbo_apps *a, struct ev_loop *loop, struct zk_session *session,
                     const char *root, bool (*concerns)(void *arg, const char *interface),
                     void (*on_change)(void *arg), void *arg);

/* The session must be free before: it calls back no more. */
void dubbo_apps_done(struct dubbo_apps *a);

/* Something may be different: looks soon, and never more often than once a second. */
void dubbo_apps_look(struct dubbo_apps *a);

/* ZooKeeper says that 'path' has changed: looks where it is one of those here. */
void dubbo_apps_event(struct dubbo_apps *a, const char *path);

/* Adds what a person should know. */
void dubbo_apps_report(const struct dubbo_apps *a, struct problems *problems);

#endif

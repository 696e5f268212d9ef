/* Dubbo's directory in ZooKeeper as far as it concerns us: for each interface, the providers that
 * carry one of berth's marks, and those whose address may be a local container's.
 *
 * Lists <root> and <root>/<interface>/providers, watches them, and lists again what has changed, at
 * an interface's pace. Foreign names are counted and thrown away: a directory may have very many.
 */
#ifndef REGISTRATOR_DUBBO_DIR_H
#define REGISTRATOR_DUBBO_DIR_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/problem.h"
#include "registrator/dubbo_local.h"
#include "registrator/dubbo_url.h"
#include "registrator/zk_session.h"

#define DUBBO_INTERFACES_MAX 8192

struct dubbo_child {
    char *name; /* of the node */
    struct dubbo_url url;
    bool ours;    /* it has our name in it */
    bool machine; /* it is of a file in services.d/ */
};

struct dubbo_interface {
    char *name;
    struct dubbo_child *v; /* sorted by name */
    size_t n;
    size_t total;     /* providers in all */
    size_t malformed; /* of them, no URL */
    char *example;    /* one of these; NULL: none */
    bool listed;      /* has been, in this session */
    uint64_t turn;    /* of the directory, when it was listed */
    /* private */
    struct dubbo_dir *dir;
    bool listing, stale;
    double next;    /* ev time before which it is not listed again */
    unsigned sweep; /* the listing of the root that last had it */
    bool kept;      /* it stays though the root does not have it */
};

struct dubbo_dir {
    struct dubbo_interface **v; /* sorted by name; each owned */
    size_t n;
    size_t cap;
    bool listed;      /* the root has been, in this session */
    bool has_mapping; /* Dubbo 3 says there which applications offer which interface */
    bool overfull;    /* the root has more than DUBBO_INTERFACES_MAX */
    uint64_t turn;    /* counts listings: what was written in the turn of one may not be in it */
    char *error;      /* why something could not be listed; NULL: nothing */

    /* private */
    struct ev_loop *loop;
    struct zk_session *session;
    char *root;
    char *node;
    const struct dubbo_locals *locals;
    void (*on_change)(void *arg);
    void *arg;
    size_t in_flight;
    unsigned sweep;
    bool listing, stale;
    ev_timer timer;
};

/* 'root' is "/chroot/dubbo", 'node' our name; both are copied. 'locals' is borrowed and may change,
 * see dubbo_dir_renew(). 'on_change' is called, maybe from inside the library, after a listing. */
void dubbo_dir_init(struct dubbo_dir *d, struct ev_loop *loop, struct zk_session *session,
                    const char *root, const char *node, const struct dubbo_locals *locals,
                    void (*on_change)(void *arg), void *arg);

/* The session must be free before: it calls back no more. */
void dubbo_dir_done(struct dubbo_dir *d);

/* Everything is to be listed anew: the session is up again, or 'locals' has another network. */
void dubbo_dir_renew(struct dubbo_dir *d);

/* ZooKeeper says that 'path' has changed. Returns whether it is a part of the directory. */
bool dubbo_dir_event(struct dubbo_dir *d, const char *path);

/* The interface is one of ours: it is listed from now on, whether the root has it or not. */
void dubbo_dir_keep(struct dubbo_dir *d, const char *interface);

/* The interface, or NULL. */
struct dubbo_interface *dubbo_dir_find(const struct dubbo_dir *d, const char *interface);

/* Has 'interface' the node 'name', as far as it is listed? */
bool dubbo_interface_has(const struct dubbo_interface *i, const char *name);

/* Has everything been listed once in this session? */
bool dubbo_dir_is_complete(const struct dubbo_dir *d);

#endif

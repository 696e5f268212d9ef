/* Hands a catalog to the load balancer: once a turn of the loop, and with care.
 *
 * Nothing is handed over before the catalog is complete. For a while after an interruption nothing
 * is believed to be gone (doc/design/0005-catalog.md). The last good catalog is kept in a file, and
 * handed over at the start where the registry is away. */
#ifndef REGISTRATOR_DELIVERY_H
#define REGISTRATOR_DELIVERY_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "registrator/catalog.h"

struct delivery_user {
    /* Appends all instances that are known, sorted. They are only lent. */
    void (*collect)(void *arg, struct instances *ret);
    /* Has everything been told once? */
    bool (*is_complete)(void *arg);
    void *arg;
};

struct delivery {
    /* private */
    struct ev_loop *loop;
    const struct delivery_user *user;
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err);
    void *arg;
    char *file;          /* of the last good catalog; NULL: none */
    struct err *err;     /* to be handed over; NULL: none */
    struct catalog last; /* what was handed over last; at the start, what the file has */
    double seen;         /* when the registry told 'last', seconds since the epoch; 0: never */
    bool delivered;      /* a complete catalog has been handed over */
    bool from_file;      /* 'last' comes from the file, and is to be handed over */
    bool changed;        /* there is something to collect */
    double doubt_until;  /* ev time; before it, what 'last' has and the registry has not stays */
    ev_timer turn;       /* hands over */
    ev_timer doubt;      /* hands over again when the doubt is over */
    ev_timer save;       /* writes the file */
};

/* Reads 'file', which is copied and may be NULL. 'user' is borrowed. 'on_catalog' may free the
 * delivery. */
void delivery_init(
    struct delivery *d, struct ev_loop *loop, const struct delivery_user *user, const char *file,
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err), void *arg);
void delivery_done(struct delivery *d);

/* The catalog may have become complete or different. */
void delivery_change(struct delivery *d);

/* The registry cannot be read: hands 'err' over, and the file's catalog where there is no other. */
void delivery_fail(struct delivery *d, const struct err *err);

/* Something is odd, but the catalog is good: hands 'err' over and nothing else. */
void delivery_tell(struct delivery *d, const struct err *err);

/* From now on, and for some seconds, nothing is believed to be gone. */
void delivery_doubt(struct delivery *d);
bool delivery_is_doubted(const struct delivery *d);

#endif

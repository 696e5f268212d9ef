/* A registry's catalog on its way to the reader: told a turn of the loop, and with care.
 *
 * The registry sets what it hears, a service at a time; the catalog changes in place. The reader is
 * told of nothing before the catalog is complete. For a while after an interruption nothing is
 * believed to be gone (doc/design/0005-catalog.md). The last good catalog is kept in a file: it is
 * what there is at the start, and what the reader gets where the registry is away. */
#ifndef REGISTRATOR_DELIVERY_H
#define REGISTRATOR_DELIVERY_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "registrator/catalog.h"
#include "registrator/catalog_saver.h"

struct delivery_user {
    /* Has everything been set once? */
    bool (*is_complete)(void *arg);
    /* Has the registry such a service? Asked once, when everything has been set. */
    bool (*has)(void *arg, const char *service);
    void *arg;
};

struct delivery {
    /* readable */
    struct catalog catalog; /* what the reader sees */
    double seen;            /* when the registry told it, seconds since the epoch; 0: never */
    bool complete;          /* the registry has told all of it; else it is what the file has, and
                               what the registry has told since */

    /* private */
    struct ev_loop *loop;
    const struct delivery_user *user;
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err);
    void *arg;
    struct catalog ghosts; /* what is in 'catalog' for the doubt's sake alone */
    bool ghosts_told;      /* the log has */
    struct err *err;       /* to be handed over; NULL: none */
    bool handed_over;      /* the reader has the catalog */
    bool from_file;        /* it is to get what the file has */
    bool changed;          /* it is to be told of a change */
    double doubt_until;    /* ev time; before it, what the registry does not have any more stays */
    ev_timer turn;         /* hands over */
    ev_timer doubt;        /* ends the doubt */
    struct catalog_saver saver;
};

/* Reads 'file', which is copied and may be NULL. 'user' is borrowed. 'on_catalog' may free the
 * delivery. */
void delivery_init(
    struct delivery *d, struct ev_loop *loop, const struct delivery_user *user, const char *file,
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err), void *arg);
void delivery_done(struct delivery *d);

/* The registry has 'now', which is moved and sorted, as the instances of 'service'. */
void delivery_set(struct delivery *d, const char *service, struct instances *now);

/* How many instances of 'service', of the '*ret_had' that the registry had, are not in 'now'? */
size_t delivery_count_lost(const struct delivery *d, const char *service,
                           const struct instances *now, size_t *ret_had);

/* Everything may have been set by now. */
void delivery_progress(struct delivery *d);

/* The registry cannot be read: hands 'err' over, and the file's catalog where there is no other. */
void delivery_fail(struct delivery *d, const struct err *err);

/* From now on, and for some seconds, nothing is believed to be gone. */
void delivery_doubt(struct delivery *d);
bool delivery_is_doubted(const struct delivery *d);

#endif

/* Keeps the file of the last good catalog (registrator/catalog_file.h) up to date.
 *
 * Changes come in groups, and a large catalog that changes all the time is not to be written all
 * the time: the file follows within seconds, and more of them the larger the catalog is. It is
 * written a slice at a time; the loop runs in between. */
#ifndef REGISTRATOR_CATALOG_SAVER_H
#define REGISTRATOR_CATALOG_SAVER_H

#include <ev.h>
#include <stdbool.h>

#include "registrator/catalog.h"
#include "registrator/catalog_file.h"

struct catalog_saver {
    /* private */
    struct ev_loop *loop;
    char *path;                    /* NULL: there is no file */
    const struct catalog *catalog; /* borrowed */
    double seen;
    bool changed;                 /* since the file was begun last */
    struct catalog_file *writing; /* NULL: it is not being written */
    ev_timer timer;               /* to the beginning, or to the next slice */
};

/* 'path' is copied; NULL: nothing is kept. 'catalog' is borrowed until catalog_saver_done(). */
void catalog_saver_init(struct catalog_saver *s, struct ev_loop *loop, const char *path,
                        const struct catalog *catalog);

/* What has not been written is not. */
void catalog_saver_done(struct catalog_saver *s);

/* The catalog has changed, or has been seen again, at 'seen' (seconds since the epoch). */
void catalog_saver_change(struct catalog_saver *s, double seen);

#endif

/* What a registry has of ours, as far as we know, and the way to make it what it should be.
 *
 * The registry is listed at first, after a failure and whenever mirror_lose() says so; in between
 * the mirror is kept by what it writes itself, so that a new instance costs one write. Its
 * owners are registrator.c and announcer.c. */
#ifndef REGISTRATOR_MIRROR_H
#define REGISTRATOR_MIRROR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/strv.h"
#include "registrator/instance.h"
#include "registrator/registry.h"

struct mirror_op;

struct mirror {
    /* readable */
    struct instances actual; /* roster: the last listing and what was written since */
    struct instances unsure; /* roster: written, but not known to be registered */
    bool listed;             /* 'actual' is known */

    /* private */
    struct registry *registry;
    const struct instances *wanted;
    void (*on_listed)(void *arg);
    void (*on_change)(void *arg);
    void (*on_end)(void *arg, struct err *err);
    void *arg;
    bool stale;         /* 'actual' must be listed anew */
    bool listing;       /* a list is under way */
    bool bloated;       /* the texts of a list have just been freed */
    bool doubted;       /* something has failed since the last list: 'actual' may be wrong */
    bool applying;      /* works off 'queue' */
    struct strv passed; /* ids of the writes that overlap the list under way */
    struct strv queue;  /* ids to look at, puts before deletes */
    size_t queue_at;    /* so many of them are done */
    struct strv failed; /* ids that have failed since mirror_sync() */
    struct mirror_op *ops;
    size_t n_ops;
    struct err *err; /* the first failure since mirror_sync() */
};

/* 'registry' and the roster 'wanted' are borrowed; 'wanted' may change at any time. 'on_listed' is
 * called after each listing, before anything is written: it may change 'wanted', and add to
 * 'actual' what is to be deregistered. 'on_change' is called after each change of what is readable,
 * 'on_end' at the end of mirror_sync(), with the first failure, which it takes over, or NULL. */
void mirror_init(struct mirror *m, struct registry *registry, const struct instances *wanted,
                 void (*on_listed)(void *arg), void (*on_change)(void *arg),
                 void (*on_end)(void *arg, struct err *err), void *arg);

/* The registry must not call back any more. */
void mirror_done(struct mirror *m);

/* What is known may not be so any more: the next mirror_sync() lists. */
void mirror_lose(struct mirror *m);

/* Lists where that is needed, then writes what differs from what is wanted. One at a time. */
void mirror_sync(struct mirror *m);

/* What is wanted has changed: where mirror_sync() is at work already, it takes that up at once and
 * not after its slowest write, nor after a list, where it knows what there was before. */
void mirror_replan(struct mirror *m);

#endif

/* Marathon's apps, kept as they are now: read, watched, and read again where something has changed.
 *
 * Level-triggered: an event of the stream, an attachment, the timer and an error lead to the same
 * pass, which reads what is stale, one answer at a time. An event is worth a moment's wait, so that
 * a burst costs one read. What was read last stays while Marathon is away, answers nonsense, or
 * says at once that most apps are gone (that is asked twice). Nothing here changes Marathon. */
#ifndef LIB_MARATHON_CLIENT_H
#define LIB_MARATHON_CLIENT_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/marathon_api.h"
#include "lib/marathon_app.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "lib/sync.h"

struct marathon;
struct marathon_stream; /* lib/marathon_stream.h */

struct marathon_config {
    struct marathon_access access;
    double resync;  /* seconds between reads that nothing asked for */
    double silence; /* seconds without a byte after which an event stream is given up */
    bool all;       /* follow every app; else those of marathon_follow() */
};

struct marathon_user {
    /* An app is another one now, or gone; NULL: any of them may be. */
    void (*on_change)(void *arg, const char *id);
    void *arg;
};

/* 'http' is borrowed. Nothing is asked before marathon_start(). */
struct marathon *marathon_new(struct ev_loop *loop, struct http *http,
                              const struct marathon_config *config,
                              const struct marathon_user *user, struct err **err);
void marathon_free(struct marathon *m);
void marathon_start(struct marathon *m);

/* Other times than those of marathon_new(), in seconds, from now on. */
void marathon_set_times(struct marathon *m, double resync, double silence);

/* Reads everything again, as after an attachment. */
void marathon_refresh(struct marathon *m);

/* The apps that are read, where not all are: 'ids' is sorted and copied. Others are forgotten. */
void marathon_follow(struct marathon *m, const struct strv *ids);

/* What was read last; lent until the loop runs again. */
const struct marathon_apps *marathon_apps(const struct marathon *m);

/* Has everything that is followed been read once? */
bool marathon_is_complete(const struct marathon *m);

/* Apps and tasks that were left out. */
const struct problems *marathon_problems(const struct marathon *m);

const struct sync *marathon_sync(const struct marathon *m);
const struct marathon_stream *marathon_events(const struct marathon *m);

/* For requests beside those of the client: the same nodes and credentials. */
struct marathon_api *marathon_api(struct marathon *m);

/* "/v2/apps//shop/greet?embed=..."; the caller frees it. */
char *marathon_app_path(const char *id);

#endif

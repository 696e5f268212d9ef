/* Marathon's event stream as bytes: server-sent events in, ids of apps out. Pure.
 *
 * Marathon neither repeats an event nor keeps their order, so an event says no more than which app
 * to read again. One that is too long, or says nothing that is understood, means: read them all. */
#ifndef LIB_MARATHON_EVENT_H
#define LIB_MARATHON_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/sbuf.h"
#include "lib/strv.h"

#define MARATHON_EVENT_MAX                                                                         \
    (1024 * 1024) /* bytes of one line; the rest of a longer one is dropped */

/* The query that asks for what matters, and for deployments without their whole definitions:
 * "?plan-format=light&event_type=..." */
extern const char marathon_event_query[];

struct marathon_feed {
    struct sbuf line; /* what has come of the next line */
    char event[64];   /* the name of the event that is being read; "": none yet */
    bool cut;         /* the line is too long */
};

void marathon_feed_done(struct marathon_feed *f);

/* Forgets what has come of an event. */
void marathon_feed_clear(struct marathon_feed *f);

/* Takes the next 'len' bytes. Appends to 'ret_apps' the apps that have to be read again; returns
 * whether all have to be. */
bool marathon_feed_take(struct marathon_feed *f, const char *data, size_t len,
                        struct strv *ret_apps);

/* The same for one event, 'name' with the JSON 'data' of 'len' bytes. */
bool marathon_event_read(const char *name, const char *data, size_t len, struct strv *ret_apps);

#endif

/* Server-sent events as bytes: what has come in, events out. Pure.
 *
 * Of the fields, those that berth's own agent sends: "event" and "data". A line that is longer than
 * SSE_LINE_MAX spoils its event, which is not handed out. */
#ifndef AGENT_SSE_H
#define AGENT_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/sbuf.h"

#define SSE_LINE_MAX (64 * 1024) /* bytes; also of all data of one event */
#define SSE_NAME_MAX 32          /* bytes of an event's name, with the NUL */

struct sse {
    struct sbuf line;        /* what has come of the next line */
    struct sbuf data;        /* of the event that is being read */
    char name[SSE_NAME_MAX]; /* the same; "": none yet */
    bool cut;                /* the line is too long */
    bool spoilt;             /* a part of the event is missing */
};

/* Called for each event: its name and its data, NUL-ended. */
typedef void (*sse_handler)(void *arg, const char *name, const char *data, size_t len);

/* Takes the next 'len' bytes. */
void sse_take(struct sse *s, const char *bytes, size_t len, sse_handler handler, void *arg);

/* Forgets what has come of an event: for another connection, and at the end. */
void sse_done(struct sse *s);

#endif

/* An open event stream of Marathon: attached, watched over, attached again.
 *
 * A node that is not the leader sends us to it once. Every attachment, and every attempt that
 * fails, says that all apps have to be read: there may be no event for what has changed meanwhile.
 * When nothing comes for a while, not even a heart beat, the stream is given up. */
#ifndef LIB_MARATHON_STREAM_H
#define LIB_MARATHON_STREAM_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/marathon_api.h"

struct marathon_stream;

struct marathon_stream_handlers {
    /* These apps have to be read again; NULL: all of them. It must not start or cancel a request.
     */
    void (*on_stale)(void *arg, const struct strv *apps);
    void *arg;
};

/* 'api' is borrowed, and shared with who reads the apps: the node that is asked is the same.
 * 'silence' is seconds without a byte. Nothing happens before marathon_stream_open(). */
struct marathon_stream *marathon_stream_new(struct ev_loop *loop, struct marathon_api *api,
                                            double silence,
                                            const struct marathon_stream_handlers *handlers);
void marathon_stream_free(struct marathon_stream *s);

void marathon_stream_open(struct marathon_stream *s);

/* Seconds without a byte, from the next byte on. */
void marathon_stream_set_silence(struct marathon_stream *s, double silence);

/* Has a byte come on the stream that is open? */
bool marathon_stream_is_attached(const struct marathon_stream *s);

/* Attachments so far. */
uint64_t marathon_stream_attachments(const struct marathon_stream *s);

/* Why there is none, or NULL. */
const char *marathon_stream_why(const struct marathon_stream *s);

#endif

/* Docker's event stream: bytes -> lines -> events.
 *
 * Knows nothing of containers. When the stream ends, for whatever reason, it says so once and stays
 * closed until it is opened again. */
#ifndef AGENT_DOCKER_STREAM_H
#define AGENT_DOCKER_STREAM_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/docker_event.h"
#include "lib/http.h"
#include "lib/http_server.h"

#define DOCKER_EVENT_MAX (256 * 1024) /* bytes of one event's line; a longer one is skipped */

struct docker_stream;

struct docker_stream_handlers {
    /* Called for each event. It must not start or cancel a request. */
    void (*on_event)(void *arg, const struct docker_event *event);
    /* The stream ended; 'why' is never empty. */
    void (*on_lost)(void *arg, const char *why);
    void *arg;
};

/* 'http' and 'server', which is Docker, are borrowed. */
struct docker_stream *docker_stream_new(struct http *http, const struct http_server *server,
                                        const struct docker_stream_handlers *handlers);
void docker_stream_free(struct docker_stream *s);

/* Opens the stream under the API version 'version' ("1.41"). Docker first repeats what it remembers
 * since 'since', seconds since the epoch by its own clock. */
void docker_stream_open(struct docker_stream *s, const char *version, double since);

bool docker_stream_is_open(const struct docker_stream *s);

/* Events read so far. */
uint64_t docker_stream_count(const struct docker_stream *s);

#endif

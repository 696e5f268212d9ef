#include "agent/docker_stream.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

/* {"type":["container","network"],"event":[...]}, percent-encoded: without it every health check
 * and exec of the host would wake us. */
#define FILTERS                                                                                    \
    "%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%2C%22event%22%3A%5B%22start%22%2C"      \
    "%22kill%22%2C%22die%22%2C%22destroy%22%2C%22rename%22%2C%22update%22%2C%22pause%22%2C"        \
    "%22unpause%22%2C%22health_status%22%2C%22connect%22%2C%22disconnect%22%5D%7D"

struct docker_stream {
    struct http *http;
    const struct http_server *server;
    struct docker_stream_handlers handlers;
    struct http_request *request; /* NULL: closed */
    struct sbuf line;             /* what has come of the next line */
    bool skipping;                /* the rest of a line that is too long */
    uint64_t count;
};

static void on_data(void *arg, const char *data, size_t len);
static void on_done(void *arg, const struct http_answer *answer);
static void end_of_line(struct docker_stream *s);

struct docker_stream *docker_stream_new(struct http *http, const struct http_server *server,
                                        const struct docker_stream_handlers *handlers)
{
    struct docker_stream *s = xcalloc(1, sizeof *s);

    s->http = http;
    s->server = server;
    s->handlers = *handlers;
    return s;
}

void docker_stream_free(struct docker_stream *s)
{
    if (!s)
        return;
    http_cancel(s->request);
    sbuf_done(&s->line);
    free(s);
}

void docker_stream_open(struct docker_stream *s, const char *version, double since)
{
    CLEAN(free_str)
    char *url = xasprintf("%s/v%s/events?since=%.9f&filters=%s", s->server->base, version,
                          since > 0. ? since : 0., FILTERS);

    sbuf_clear(&s->line);
    s->skipping = false;
    s->request = http_start(s->http, &(struct http_call){.url = url,
                                                         .unix_socket = s->server->unix_socket,
                                                         .tls = &s->server->tls,
                                                         .on_data = on_data,
                                                         .on_done = on_done,
                                                         .arg = s});
}

bool docker_stream_is_open(const struct docker_stream *s)
{
    return s->request != NULL;
}

uint64_t docker_stream_count(const struct docker_stream *s)
{
    return s->count;
}

static void on_data(void *arg, const char *data, size_t len)
{
    struct docker_stream *s = arg;

    while (len) {
        const char *newline = memchr(data, '\n', len);
        size_t piece = newline ? (size_t)(newline - data) : len;

        if (s->line.len + piece > DOCKER_EVENT_MAX)
            s->skipping = true;
        if (!s->skipping)
            sbuf_add(&s->line, data, piece);
        if (newline)
            end_of_line(s);
        piece += newline != NULL;
        data += piece;
        len -= piece;
    }
}

static void end_of_line(struct docker_stream *s)
{
    CLEAN(err) struct err *err = NULL;
    struct docker_event event;

    if (s->skipping)
        log_warn("docker", "event skipped: its line has more than %d bytes", DOCKER_EVENT_MAX);
    else if (s->line.len && docker_event_parse(s->line.data, s->line.len, &event, &err))
        log_warn("docker", "event skipped: %s", err_msg(err));
    else if (s->line.len) {
        s->count++;
        s->handlers.on_event(s->handlers.arg, &event);
    }
    s->skipping = false;
    sbuf_clear(&s->line);
}

static void on_done(void *arg, const struct http_answer *answer)
{
    struct docker_stream *s = arg;
    CLEAN(err) struct err *err = NULL;

    s->request = NULL;
    if (http_answer_ok(answer))
        err_set(&err, "Docker closed the event stream");
    else
        http_answer_err(answer, "event stream", &err);
    s->handlers.on_lost(s->handlers.arg, err_msg(err));
}

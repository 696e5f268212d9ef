#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/admin_inside.h"
#include "lib/xmalloc.h"

#define PENDING_MAX ((size_t)256 * 1024) /* bytes that a reader may be behind */
#define BLOCK ((size_t)4 * 1024)         /* bytes that are handed over at once */

struct admin_stream {
    struct admin_request *request;
    struct sbuf pending;
    bool cut;
    ev_io reader; /* says that it is gone, which libmicrohttpd does not look at */
    void (*on_closed)(void *arg, struct admin_stream *s);
    void *arg;
};

static void on_reader(struct ev_loop *loop, ev_io *w, int events);
static void cut_off(struct admin_stream *s);
static ssize_t read_some(void *cls, uint64_t pos, char *buf, size_t max);

struct admin_stream *admin_stream_open(struct admin_request *r, const char *content_type,
                                       void (*on_closed)(void *arg, struct admin_stream *s),
                                       void *arg)
{
    struct admin *a = r->admin;

    if (r->is_head) {
        admin_reply(r, 200, content_type, xstrdup(""));
        return NULL;
    }
    if (a->n_streams == ADMIN_STREAMS_MAX) {
        admin_reply(r, 503, "text/plain",
                    xasprintf("%d streams are open already; close one\n", ADMIN_STREAMS_MAX));
        return NULL;
    }
    struct admin_stream *s = xcalloc(1, sizeof *s);
    s->request = r;
    s->on_closed = on_closed;
    s->arg = arg;
    a->n_streams++;
    ev_io_init(&s->reader, on_reader, admin_connection_of(r->connection)->fd, EV_READ);
    s->reader.data = s;
    ev_io_start(a->loop, &s->reader);
    r->stream = s;
    r->replied = true;
    r->status = 200;
    r->content_type = content_type;
    return s;
}

void admin_stream_send(struct admin_stream *s, const char *data, size_t len)
{
    if (s->cut)
        return;
    if (s->pending.len + len > PENDING_MAX) {
        cut_off(s);
        return;
    }
    sbuf_add(&s->pending, data, len);
    admin_request_resume(s->request);
}

struct MHD_Response *admin_stream_response(struct admin_request *r)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_some, r->stream, NULL);
}

void admin_stream_done(struct admin_request *r)
{
    struct admin_stream *s = TAKE_PTR(r->stream);

    if (!s)
        return;
    ev_io_stop(r->admin->loop, &s->reader);
    r->admin->n_streams--;
    s->on_closed(s->arg, s);
    sbuf_done(&s->pending);
    free(s);
}

/* A reader of a stream has nothing more to say: what comes is its end. */
static void on_reader(struct ev_loop *loop, ev_io *w, int events)
{
    struct admin_stream *s = w->data;
    char byte;

    (void)events;
    if (recv(w->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    ev_io_stop(loop, w);
    cut_off(s);
}

static void cut_off(struct admin_stream *s)
{
    s->cut = true;
    admin_connection_cut(&s->request->admin->connections,
                         admin_connection_of(s->request->connection));
    admin_request_resume(s->request);
}

/* libmicrohttpd asks for at most 'max' bytes when the socket takes more. */
static ssize_t read_some(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct admin_stream *s = cls;
    size_t len = s->pending.len < max ? s->pending.len : max;

    (void)pos;
    if (s->cut)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!len) {
        s->request->suspended = true;
        MHD_suspend_connection(s->request->connection);
        return 0;
    }
    memcpy(buf, s->pending.data, len);
    sbuf_drop(&s->pending, len);
    return (ssize_t)len;
}

#include "agent/live.h"

#include <stdlib.h>
#include <string.h>

#include "agent/changes.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define STATE_EVERY 0.5   /* seconds between two "state" at least */
#define CHANGES_EVERY 0.1 /* seconds between two batches of "change" */
#define CHANGES_BATCH 100 /* facts; far below what a stream may be behind */
#define ALIVE_EVERY 15.   /* seconds */
#define HELLO "retry: 2000\n\n"
#define ALIVE ": alive\n\n"

struct reader {
    struct live *live;
    struct reader *next;
    struct admin_stream *stream;
    uint64_t seen; /* the last fact that it was sent */
};

struct live {
    struct ev_loop *loop;
    struct log_ring *ring;
    uint64_t (*digest)(void *arg);
    void *arg;
    struct reader *readers;
    bool dirty;     /* the state may have changed since */
    uint64_t known; /* its digest, as last told */
    uint64_t stamp;
    ev_timer state;   /* to the next look at what is dirty */
    ev_timer changes; /* to the next batch */
    ev_timer alive;
};

static void on_fact(void *arg);
static void on_state(struct ev_loop *loop, ev_timer *w, int events);
static void on_changes(struct ev_loop *loop, ev_timer *w, int events);
static void on_alive(struct ev_loop *loop, ev_timer *w, int events);
static void start_timer(struct live *l, ev_timer *timer, double delay);
static bool look(struct live *l);
static void send_state(struct reader *e);
static bool send_changes(struct reader *e);
static void send_text(struct reader *e, const char *text);
static void on_closed(void *arg, struct admin_stream *s);

struct live *live_new(struct ev_loop *loop, struct log_ring *ring, uint64_t (*digest)(void *arg),
                      void *arg)
{
    struct live *l = xcalloc(1, sizeof *l);

    l->loop = loop;
    l->ring = ring;
    l->digest = digest;
    l->arg = arg;
    l->dirty = true;
    l->stamp = (uint64_t)(ev_now(loop) * 1000.); /* greater than any of the agent before */
    ev_timer_init(&l->state, on_state, 0., 0.);
    ev_timer_init(&l->changes, on_changes, 0., 0.);
    ev_timer_init(&l->alive, on_alive, ALIVE_EVERY, ALIVE_EVERY);
    l->state.data = l->changes.data = l->alive.data = l;
    log_ring_listen(ring, on_fact, l);
    return l;
}

void live_free(struct live *l)
{
    if (!l)
        return;
    log_ring_listen(l->ring, NULL, NULL);
    ev_timer_stop(l->loop, &l->state);
    ev_timer_stop(l->loop, &l->changes);
    ev_timer_stop(l->loop, &l->alive);
    free(l);
}

void live_touch(struct live *l)
{
    l->dirty = true;
    if (l->readers)
        start_timer(l, &l->state, 0.);
}

size_t live_readers(const struct live *l)
{
    size_t n = 0;

    for (const struct reader *e = l->readers; e; e = e->next)
        n++;
    return n;
}

void live_answer(struct live *l, struct admin_request *r)
{
    struct reader *e = xcalloc(1, sizeof *e);

    e->stream = admin_stream_open(r, "text/event-stream", on_closed, e);
    if (!e->stream) {
        free(e);
        return;
    }
    if (look(l))
        for (struct reader *other = l->readers; other; other = other->next)
            send_state(other);
    e->live = l;
    e->seen = log_ring_newest(l->ring);
    e->next = l->readers;
    l->readers = e;
    send_text(e, HELLO);
    send_state(e);
    if (!ev_is_active(&l->alive))
        ev_timer_start(l->loop, &l->alive);
}

/* Whatever is worth a line in the log may show in the state, too: a room's failure does. */
static void on_fact(void *arg)
{
    struct live *l = arg;

    live_touch(l);
    if (l->readers)
        start_timer(l, &l->changes, 0.);
}

static void on_state(struct ev_loop *loop, ev_timer *w, int events)
{
    struct live *l = w->data;

    (void)loop;
    (void)events;
    if (!l->dirty)
        return;
    if (look(l))
        for (struct reader *e = l->readers; e; e = e->next)
            send_state(e);
    start_timer(l, &l->state, STATE_EVERY);
}

static void on_changes(struct ev_loop *loop, ev_timer *w, int events)
{
    struct live *l = w->data;
    bool more = false;

    (void)loop;
    (void)events;
    for (struct reader *e = l->readers; e; e = e->next)
        more |= send_changes(e);
    if (more)
        start_timer(l, &l->changes, CHANGES_EVERY);
}

static void on_alive(struct ev_loop *loop, ev_timer *w, int events)
{
    const struct live *l = w->data;

    (void)loop;
    (void)events;
    for (struct reader *e = l->readers; e; e = e->next)
        send_text(e, ALIVE);
}

/* One that runs already comes soon enough. */
static void start_timer(struct live *l, ev_timer *timer, double delay)
{
    if (ev_is_active(timer))
        return;
    ev_timer_set(timer, delay, 0.);
    ev_timer_start(l->loop, timer);
}

/* Is the state another one than was last told? */
static bool look(struct live *l)
{
    if (!l->dirty)
        return false;
    l->dirty = false;
    uint64_t digest = l->digest(l->arg);
    if (digest == l->known)
        return false;
    l->known = digest;
    l->stamp++;
    return true;
}

static void send_state(struct reader *e)
{
    CLEAN(free_str)
    char *text =
        xasprintf("event: state\ndata: {\"stamp\":%llu}\n\n", (unsigned long long)e->live->stamp);

    send_text(e, text);
}

/* Are there more than were sent? */
static bool send_changes(struct reader *e)
{
    const struct log_ring_fact *f = log_ring_after(e->live->ring, e->seen);

    for (int i = 0; f && i < CHANGES_BATCH; i++, f = log_ring_after(e->live->ring, f->n)) {
        json_t *doc = changes_fact_json(f);
        char *data = json_dumps(doc, JSON_COMPACT);
        CLEAN(free_str) char *text = xasprintf("event: change\ndata: %s\n\n", data);

        send_text(e, text);
        e->seen = f->n;
        free(data);
        json_decref(doc);
    }
    return f;
}

static void send_text(struct reader *e, const char *text)
{
    admin_stream_send(e->stream, text, strlen(text));
}

static void on_closed(void *arg, struct admin_stream *s)
{
    struct reader *e = arg, **at = &e->live->readers;

    (void)s;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    if (!e->live->readers)
        ev_timer_stop(e->live->loop, &e->live->alive);
    free(e);
}

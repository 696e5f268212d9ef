#include "lib/sync.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"

#define DELAY_MIN 0.25      /* seconds to the first retry */
#define DELAY_MAX 30.0      /* seconds between retries at the most */
#define KICK_IN_BACKOFF 1.0 /* seconds between passes that kicks cause while backing off */

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events);
static void schedule(struct sync *s, double delay);
static void failed(struct sync *s, const struct err *err);
static void succeeded(struct sync *s);

void sync_init(struct sync *s, struct ev_loop *loop, const char *name, void (*pass)(void *owner),
               void *owner, double resync)
{
    *s = (struct sync){.name = name, .loop = loop, .pass = pass, .owner = owner, .resync = resync};
    ev_timer_init(&s->timer, on_timer, 0., 0.);
    /* A pass that is due goes before whatever else has come: it is what everybody waits for. */
    ev_set_priority(&s->timer, EV_MAXPRI);
    s->timer.data = s;
}

void sync_done(struct sync *s)
{
    if (s->loop)
        ev_timer_stop(s->loop, &s->timer);
    free(s->last_error);
    s->last_error = NULL;
}

void sync_kick(struct sync *s)
{
    if (s->running) {
        s->dirty = true;
        return;
    }
    double delay = 0.;
    if (s->last_error) {
        double since = ev_now(s->loop) - s->started;
        /* Less than nothing: the clock was set back. */
        delay = since >= 0. && since < KICK_IN_BACKOFF ? KICK_IN_BACKOFF - since : 0.;
    }
    if (ev_is_active(&s->timer) && ev_timer_remaining(s->loop, &s->timer) <= delay)
        return;
    schedule(s, delay);
}

/* What waits for a retry, or is due sooner, waits no longer than before. */
void sync_set_resync(struct sync *s, double resync)
{
    bool shorter = resync > 0. && (s->resync <= 0. || resync < s->resync);

    s->resync = resync;
    if (shorter && !s->running && s->last_ok > 0. && !s->last_error &&
        (!ev_is_active(&s->timer) || ev_timer_remaining(s->loop, &s->timer) > resync))
        schedule(s, resync);
}

void sync_finish(struct sync *s, struct err *err)
{
    s->running = false;
    s->passes++;
    if (err)
        failed(s, err);
    else
        succeeded(s);
    err_free(err);
    if (s->dirty) {
        s->dirty = false;
        sync_kick(s);
    }
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct sync *s = timer->data;

    (void)events;
    s->running = true;
    s->dirty = false;
    s->started = ev_now(loop);
    s->pass(s->owner);
}

static void schedule(struct sync *s, double delay)
{
    ev_timer_stop(s->loop, &s->timer);
    ev_timer_set(&s->timer, delay, 0.);
    ev_timer_start(s->loop, &s->timer);
}

static void failed(struct sync *s, const struct err *err)
{
    s->errors++;
    if (!s->last_error || strcmp(s->last_error, err_msg(err))) {
        s->delay = s->last_error ? s->delay : DELAY_MIN;
        log_warn(s->name, "%s; berth keeps trying", err_msg(err));
        free(s->last_error);
        s->last_error = xstrdup(err_msg(err));
    } else {
        log_debug(s->name, "still: %s", err_msg(err));
    }
    schedule(s, s->delay);
    s->delay = s->delay * 2. > DELAY_MAX ? DELAY_MAX : s->delay * 2.;
}

static void succeeded(struct sync *s)
{
    if (s->last_error) {
        log_info(s->name, "works again after: %s", s->last_error);
        free(s->last_error);
        s->last_error = NULL;
    }
    s->last_ok = ev_now(s->loop);
    if (s->resync > 0.)
        schedule(s, s->resync);
}

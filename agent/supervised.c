#include "agent/supervised.h"

#include "lib/log.h"
#include "lib/notify.h"

#define AREA "agent"

#define AGAIN 1. /* seconds to the next try, where a manager is behind */

static void keep_saying(struct supervised *s, struct ev_loop *loop);
static int say(const char *state, bool quietly);
static void on_alive(struct ev_loop *loop, ev_timer *w, int events);

void supervised_start(struct supervised *s, struct ev_loop *loop)
{
    ev_timer_init(&s->alive, on_alive, 0., 0.);
    s->alive.data = s;
    s->ready = !say("READY=1", false);
    keep_saying(s, loop);
}

void supervised_stop(struct supervised *s, struct ev_loop *loop)
{
    ev_timer_stop(loop, &s->alive);
    say("STOPPING=1", false);
}

/* A manager that does not hear READY=1 ends us after a while. */
static void keep_saying(struct supervised *s, struct ev_loop *loop)
{
    double within = notify_watchdog();

    s->alive.repeat = s->ready ? within / 2. : AGAIN;
    if (s->alive.repeat > 0.)
        ev_timer_again(loop, &s->alive);
    else
        ev_timer_stop(loop, &s->alive);
}

static int say(const char *state, bool quietly)
{
    CLEAN(err) struct err *err = NULL;

    if (!notify_send(state, &err))
        return 0;
    if (!quietly)
        log_warn(AREA, "the service manager is not told %s: %s", state, err_msg(err));
    return -1;
}

static void on_alive(struct ev_loop *loop, ev_timer *w, int events)
{
    struct supervised *s = w->data;

    (void)events;
    if (s->ready) {
        say("WATCHDOG=1", false);
        return;
    }
    s->ready = !say("READY=1", true);
    if (s->ready)
        keep_saying(s, loop);
}

#include "agent/supervised.h"

#include "lib/log.h"
#include "lib/notify.h"

#define AREA "agent"

static void say(const char *state);
static void on_alive(struct ev_loop *loop, ev_timer *w, int events);

void supervised_start(struct supervised *s, struct ev_loop *loop)
{
    double within = notify_watchdog();

    ev_timer_init(&s->alive, on_alive, within / 2., within / 2.);
    if (within > 0.)
        ev_timer_start(loop, &s->alive);
    say("READY=1");
}

void supervised_stop(struct supervised *s, struct ev_loop *loop)
{
    ev_timer_stop(loop, &s->alive);
    say("STOPPING=1");
}

static void say(const char *state)
{
    CLEAN(err) struct err *err = NULL;

    if (notify_send(state, &err))
        log_warn(AREA, "the service manager is not told %s: %s", state, err_msg(err));
}

static void on_alive(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)w;
    (void)events;
    say("WATCHDOG=1");
}

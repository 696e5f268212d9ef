#include "agent/serve.h"

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/agent_config.h"
#include "agent/agent_dubbo.h"
#include "agent/config_reload.h"
#include "agent/supervised.h"
#include "lib/log.h"

#define AREA "agent"
#define LEAVE_MAX 10. /* seconds that the registry may take for on_exit */

struct serving {
    struct ev_loop *loop;
    const struct serve_ping *ping;
    struct agent *agent;
    struct config_reload *reload;
    bool started; /* the registry has answered the ping */
    bool leaving;
    unsigned to_leave; /* registries that still have something of ours */
    long attempt;
    int status;
    ev_signal term, interrupt, hup;
    ev_timer timer; /* to the next ping; to the end of our patience */
    struct supervised supervised;
};

static void on_signal(struct ev_loop *loop, ev_signal *w, int events);
static void on_hup(struct ev_loop *loop, ev_signal *w, int events);
static void on_left(void *arg);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void start(struct serving *s);
static void ping(struct serving *s);
static void on_pong(void *arg, const struct instances *list, const struct err *err);

int serve(const struct config *config, struct config_source *source,
          const struct serve_ping *ping_config)
{
    struct serving s = {.ping = ping_config, .status = EXIT_SUCCESS};
    CLEAN(err) struct err *err = NULL;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that must not grow is an error like a full disk */
    agent_set_log(config);
    s.loop = ev_default_loop(EVFLAG_AUTO);
    s.agent = agent_new(s.loop, config, &err);
    if (!s.agent) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        ev_loop_destroy(s.loop);
        return EXIT_FAILURE;
    }
    s.agent->reload = s.reload = config_reload_new(s.agent, source);
    ev_signal_init(&s.term, on_signal, SIGTERM);
    ev_signal_init(&s.interrupt, on_signal, SIGINT);
    ev_timer_init(&s.timer, on_timer, 0., 0.);
    ev_signal_init(&s.hup, on_hup, SIGHUP);
    s.term.data = s.interrupt.data = s.hup.data = s.timer.data = &s;
    ev_signal_start(s.loop, &s.term);
    ev_signal_start(s.loop, &s.interrupt);
    ev_signal_start(s.loop, &s.hup);
    if (ping_config)
        ping(&s);
    else
        start(&s);
    supervised_start(&s.supervised, s.loop);
    ev_run(s.loop, 0);
    supervised_stop(&s.supervised, s.loop);
    ev_signal_stop(s.loop, &s.term);
    ev_signal_stop(s.loop, &s.interrupt);
    ev_signal_stop(s.loop, &s.hup);
    ev_timer_stop(s.loop, &s.timer);
    agent_free(s.agent);
    config_reload_free(s.reload);
    ev_loop_destroy(s.loop);
    return s.status;
}

static enum registrator_leave leave_mode(const char *on_exit)
{
    if (!strcmp(on_exit, "deregister"))
        return REGISTRATOR_DEREGISTER;
    return strcmp(on_exit, "maintenance") ? REGISTRATOR_KEEP : REGISTRATOR_MAINTENANCE;
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
    struct serving *s = w->data;
    enum registrator_leave how = leave_mode(s->agent->config->on_exit);

    (void)events;
    if (s->leaving || !s->started || !s->agent->registrator || how == REGISTRATOR_KEEP) {
        log_info(AREA, "stopping signal=%d; containers, host ports, %sHAProxy stay", w->signum,
                 s->leaving ? "" : "registrations and ");
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    log_info(AREA, "stopping signal=%d; on-exit=%s first", w->signum, s->agent->config->on_exit);
    s->leaving = true;
    ev_timer_set(&s->timer, LEAVE_MAX, 0.);
    ev_timer_start(loop, &s->timer);
    s->to_leave = 2;
    agent_dubbo_leave(s->agent, on_left, s);
    registrator_leave(s->agent->registrator, how, on_left, s);
}

/* Whoever closes a terminal, or reloads a unit, must not end it. */
static void on_hup(struct ev_loop *loop, ev_signal *w, int events)
{
    const struct serving *s = w->data;
    struct config_change change = {0};

    (void)loop;
    (void)events;
    config_reload(s->reload, &change);
    config_change_done(&change);
}

static void on_left(void *arg)
{
    struct serving *s = arg;

    if (--s->to_leave)
        return;
    log_info(AREA, "on-exit=%s done", s->agent->config->on_exit);
    ev_break(s->loop, EVBREAK_ALL);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct serving *s = w->data;

    (void)events;
    if (!s->leaving) {
        ping(s);
        return;
    }
    const struct sync *dubbo = agent_dubbo_sync(s->agent);
    const char *why = registrator_sync(s->agent->registrator)->last_error;

    why = !why && dubbo ? dubbo->last_error : why;
    log_err(AREA, "on-exit=%s is not done after %g s: %s", s->agent->config->on_exit, LEAVE_MAX,
            why ? why : "the registry is slow");
    s->status = EXIT_FAILURE;
    ev_break(loop, EVBREAK_ALL);
}

static void start(struct serving *s)
{
    s->started = true;
    agent_start(s->agent);
}

/* Listing what is ours asks for all that will be needed: the way, the token, the answer. */
static void ping(struct serving *s)
{
    log_info("registrator", "Connecting to backend (%ld/%ld)", s->attempt, s->ping->attempts);
    s->agent->registry->ops->list(s->agent->registry, on_pong, s);
}

static void on_pong(void *arg, const struct instances *list, const struct err *err)
{
    struct serving *s = arg;

    (void)list;
    if (!err) {
        start(s);
        return;
    }
    if (s->attempt == s->ping->attempts) {
        log_err("registrator", "the registry does not answer: %s", err_msg(err));
        s->status = EXIT_FAILURE;
        ev_break(s->loop, EVBREAK_ALL);
        return;
    }
    log_warn("registrator", "the registry does not answer yet: %s", err_msg(err));
    s->attempt++;
    ev_timer_set(&s->timer, s->ping->interval, 0.);
    ev_timer_start(s->loop, &s->timer);
}

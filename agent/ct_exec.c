#include "agent/ct_exec.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>

#include "agent/ct_child.h"
#include "lib/xmalloc.h"

extern char **environ;

struct ct_exec_mode {
    struct ev_loop *loop;
    const struct ct_exec *config;
    void (*on_end)(void *arg, int status, const struct err *err);
    void *arg;
    struct ct_child *child; /* NULL: none runs */
    bool restarting;        /* its end is the beginning of the next one */
    bool stopping;
    bool late;      /* it ran longer than it may */
    ev_timer splay; /* to what the child is told */
    ev_timer limit; /* to its end, where it may not run for ever */
};

static void on_splay(struct ev_loop *loop, ev_timer *t, int events);
static void on_limit(struct ev_loop *loop, ev_timer *t, int events);
static void on_exit_child(void *arg, int status);
static void start(struct ct_exec_mode *m);

struct ct_exec_mode *ct_exec_mode_new(struct ev_loop *loop, const struct ct_exec *config,
                                      void (*on_end)(void *arg, int status, const struct err *err),
                                      void *arg)
{
    struct ct_exec_mode *m = xcalloc(1, sizeof *m);

    *m = (struct ct_exec_mode){.loop = loop, .config = config, .on_end = on_end, .arg = arg};
    ev_timer_init(&m->splay, on_splay, 0., 0.);
    ev_timer_init(&m->limit, on_limit, 0., 0.);
    m->splay.data = m->limit.data = m;
    return m;
}

void ct_exec_mode_free(struct ct_exec_mode *m)
{
    if (!m)
        return;
    ev_timer_stop(m->loop, &m->splay);
    ev_timer_stop(m->loop, &m->limit);
    ct_child_free(m->child);
    free(m);
}

/* Up to the splay, at random, so that many hosts do not act at once. */
static double random_splay(const struct ct_exec_mode *m)
{
    unsigned n = 0;

    if (getrandom(&n, sizeof n, GRND_NONBLOCK) != sizeof n)
        n = 0;
    return m->config->splay * ((double)n / 4294967296.);
}

/* The first start waits for nobody. */
void ct_exec_mode_rendered(struct ct_exec_mode *m, bool changed)
{
    if (m->stopping || m->restarting || ev_is_active(&m->splay) || (m->child && !changed))
        return;
    ev_timer_set(&m->splay, m->child ? random_splay(m) : 0., 0.);
    ev_timer_start(m->loop, &m->splay);
}

void ct_exec_mode_signal(struct ct_exec_mode *m, int number)
{
    if (m->child)
        ct_child_signal(m->child, number);
}

void ct_exec_mode_stop(struct ct_exec_mode *m)
{
    m->stopping = true;
    ev_timer_stop(m->loop, &m->splay);
    if (m->child)
        ct_child_stop(m->child, m->config->kill_signal, m->config->kill_timeout);
    else
        m->on_end(m->arg, 0, NULL);
}

static void on_splay(struct ev_loop *loop, ev_timer *t, int events)
{
    struct ct_exec_mode *m = t->data;

    (void)loop;
    (void)events;
    if (!m->child) {
        start(m);
    } else if (m->config->reload_signal) {
        ct_child_signal(m->child, m->config->reload_signal);
    } else {
        m->restarting = true;
        ct_child_stop(m->child, m->config->kill_signal, m->config->kill_timeout);
    }
}

static void on_limit(struct ev_loop *loop, ev_timer *t, int events)
{
    struct ct_exec_mode *m = t->data;

    (void)loop;
    (void)events;
    m->late = true;
    ct_child_signal(m->child, SIGKILL);
}

static void on_exit_child(void *arg, int status)
{
    struct ct_exec_mode *m = arg;
    CLEAN(err) struct err *err = NULL;

    ct_child_free(TAKE_PTR(m->child));
    ev_timer_stop(m->loop, &m->limit);
    if (m->late)
        err_set(&err, "the child of exec ran longer than its timeout, %g seconds, and was killed",
                m->config->timeout);
    if (m->restarting && !m->stopping && !m->late) {
        m->restarting = false;
        start(m);
        return;
    }
    m->on_end(m->arg, status, err);
}

static void start(struct ct_exec_mode *m)
{
    CLEAN(err) struct err *err = NULL;
    struct strv env = {0};

    render_env_apply(&m->config->env, environ, &env);
    m->child = ct_child_start(m->loop, &m->config->command, &env, on_exit_child, m, &err);
    strv_done(&env);
    if (!m->child) {
        m->on_end(m->arg, EXIT_FAILURE, err);
        return;
    }
    ev_timer_set(&m->limit, m->config->timeout, 0.);
    if (m->config->timeout > 0.)
        ev_timer_start(m->loop, &m->limit);
}

#include "agent/ct_child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "lib/xmalloc.h"

struct ct_child {
    struct ev_loop *loop;
    pid_t pid; /* of the group, too; 0: it has ended */
    void (*on_exit)(void *arg, int status);
    void *arg;
    ev_child watch;
    ev_timer timer;
};

static int spawn(const struct strv *argv, const struct strv *env, pid_t *ret, struct err **err);
static void on_child(struct ev_loop *loop, ev_child *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *t, int events);

struct ct_child *ct_child_start(struct ev_loop *loop, const struct strv *argv,
                                const struct strv *env, void (*on_exit)(void *arg, int status),
                                void *arg, struct err **err)
{
    pid_t pid;

    if (spawn(argv, env, &pid, err))
        return NULL;
    struct ct_child *c = xcalloc(1, sizeof *c);
    *c = (struct ct_child){.loop = loop, .pid = pid, .on_exit = on_exit, .arg = arg};
    ev_child_init(&c->watch, on_child, pid, 0);
    ev_timer_init(&c->timer, on_timer, 0., 0.);
    c->watch.data = c->timer.data = c;
    ev_child_start(loop, &c->watch);
    return c;
}

void ct_child_free(struct ct_child *c)
{
    if (!c)
        return;
    ct_child_signal(c, SIGKILL); /* libev reaps it */
    ev_child_stop(c->loop, &c->watch);
    ev_timer_stop(c->loop, &c->timer);
    free(c);
}

void ct_child_signal(const struct ct_child *c, int number)
{
    if (c->pid)
        kill(-c->pid, number);
}

void ct_child_stop(struct ct_child *c, int number, double timeout)
{
    ct_child_signal(c, number ? number : SIGKILL);
    ev_timer_stop(c->loop, &c->timer);
    ev_timer_set(&c->timer, timeout, 0.);
    ev_timer_start(c->loop, &c->timer);
}

static char **pointers(const struct strv *l)
{
    char **v = xcalloc(l->n + 1, sizeof *v);

    for (size_t i = 0; i < l->n; i++)
        v[i] = l->v[i];
    return v;
}

static int spawn(const struct strv *argv, const struct strv *env, pid_t *ret, struct err **err)
{
    char **args = pointers(argv), **vars = pointers(env);
    posix_spawnattr_t attr;
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                        POSIX_SPAWN_SETPGROUP);
    int code = posix_spawnp(ret, args[0], NULL, &attr, args, vars);
    posix_spawnattr_destroy(&attr);
    free(args);
    free(vars);
    return code ? err_set_errno(err, code, "cannot start %s", argv->v[0]) : 0;
}

static void on_child(struct ev_loop *loop, ev_child *w, int events)
{
    struct ct_child *c = w->data;
    int s = w->rstatus;

    (void)events;
    ev_child_stop(loop, w);
    ev_timer_stop(loop, &c->timer);
    c->pid = 0;
    c->on_exit(c->arg, WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s));
}

static void on_timer(struct ev_loop *loop, ev_timer *t, int events)
{
    (void)loop;
    (void)events;
    ct_child_signal(t->data, SIGKILL);
}

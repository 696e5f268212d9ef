#include "lib/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

extern char **environ;

struct proc {
    struct ev_loop *loop;
    pid_t pid;
    int fd; /* our end of the output pipe */
    bool timed_out;
    struct sbuf output;
    ev_child child;
    ev_io io;
    ev_timer timer;
    void (*on_done)(void *arg, const struct proc_result *result);
    void *arg;
};

static pid_t spawn(const char *const argv[], const char *const env[], int output_fd,
                   struct err **err);
static void on_exit_child(struct ev_loop *loop, ev_child *w, int events);
static void on_output(struct ev_loop *loop, ev_io *w, int events);
static void on_timeout(struct ev_loop *loop, ev_timer *w, int events);
static void stop_watching(struct proc *p);
static void proc_free(struct proc *p);

struct proc *proc_run(struct ev_loop *loop, const char *const argv[], double timeout,
                      void (*on_done)(void *arg, const struct proc_result *result), void *arg,
                      struct err **err)
{
    /* POSIX declares environ without const. */
    union {
        char *const *in;
        const char *const *out;
    } env = {.in = environ};

    return proc_run_env(loop, argv, env.out, timeout, on_done, arg, err);
}

struct proc *proc_run_env(struct ev_loop *loop, const char *const argv[], const char *const env[],
                          double timeout,
                          void (*on_done)(void *arg, const struct proc_result *result), void *arg,
                          struct err **err)
{
    int fds[2];

    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
        err_set_errno(err, errno, "cannot start %s: no pipe", argv[0]);
        return NULL;
    }
    pid_t pid = spawn(argv, env, fds[1], err);
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return NULL;
    }
    struct proc *p = xcalloc(1, sizeof *p);
    p->loop = loop;
    p->pid = pid;
    p->fd = fds[0];
    p->on_done = on_done;
    p->arg = arg;
    ev_child_init(&p->child, on_exit_child, pid, 0);
    ev_io_init(&p->io, on_output, p->fd, EV_READ);
    ev_timer_init(&p->timer, on_timeout, timeout, 0.);
    p->child.data = p->io.data = p->timer.data = p;
    ev_child_start(loop, &p->child);
    ev_io_start(loop, &p->io);
    ev_timer_start(loop, &p->timer);
    return p;
}

void proc_cancel(struct proc *p)
{
    if (!p)
        return;
    kill(p->pid, SIGKILL); /* libev reaps it */
    stop_watching(p);
    proc_free(p);
}

static pid_t spawn(const char *const argv[], const char *const env[], int output_fd,
                   struct err **err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t all, none;
    pid_t pid;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output_fd, 1);
    posix_spawn_file_actions_adddup2(&actions, output_fd, 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    /* POSIX declares them without const; posix_spawnp does not write to them. */
    union {
        const char *const *in;
        char *const *out;
    } args = {.in = argv}, vars = {.in = env};
    int code = posix_spawnp(&pid, argv[0], &actions, &attr, args.out, vars.out);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    if (code)
        return err_set_errno(err, code, "cannot start %s", argv[0]);
    return pid;
}

static void read_output(struct proc *p)
{
    char chunk[4096];
    ssize_t n;

    while ((n = read(p->fd, chunk, sizeof chunk)) > 0) {
        size_t room = PROC_OUTPUT_MAX - p->output.len;
        sbuf_add(&p->output, chunk, (size_t)n < room ? (size_t)n : room);
    }
    if (!n) /* every writer has gone */
        ev_io_stop(p->loop, &p->io);
}

static void on_output(struct ev_loop *loop, ev_io *w, int events)
{
    (void)loop;
    (void)events;
    read_output(w->data);
}

static void on_timeout(struct ev_loop *loop, ev_timer *w, int events)
{
    struct proc *p = w->data;

    (void)loop;
    (void)events;
    p->timed_out = true;
    kill(p->pid, SIGKILL);
}

static void on_exit_child(struct ev_loop *loop, ev_child *w, int events)
{
    struct proc *p = w->data;
    int s = w->rstatus;

    (void)loop;
    (void)events;
    read_output(p);
    stop_watching(p);
    p->on_done(p->arg, &(struct proc_result){
                           .status = WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s),
                           .timed_out = p->timed_out,
                           .output = sbuf_str(&p->output),
                           .len = p->output.len,
                       });
    proc_free(p);
}

static void stop_watching(struct proc *p)
{
    ev_child_stop(p->loop, &p->child);
    ev_io_stop(p->loop, &p->io);
    ev_timer_stop(p->loop, &p->timer);
}

static void proc_free(struct proc *p)
{
    close(p->fd);
    sbuf_done(&p->output);
    free(p);
}

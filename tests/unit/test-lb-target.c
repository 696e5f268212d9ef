/* Bringing a HAProxy in step, as a state machine: a scripted one answers at a socket. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lb-template/target.h"
#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define PATIENCE 60. /* seconds */
#define SERVER(name, address, weight)                                                              \
    "5 web 1 " name " " address " 2 0 " weight " 1 1 6 3 4 6 0 0 0 - 80 - 0 0 - - 0\n"
#define HEAD "1\n# be_id be_name srv_id srv_name\n"
#define A "backend web\n    server a 10.0.0.1:80 id 1\n"
#define B "    server b 10.0.0.2:80 id 2\n"
#define ASKS_ALL "show info|show servers state|"

/* The scripted HAProxy, and a target that speaks to it. */
struct bed {
    char *dir, *path;
    struct ev_loop *loop;
    ev_io listening, talking;
    ev_timer patience;
    struct sbuf in, said; /* bytes not read yet; commands, with '|' behind each */
    const char *more;     /* what later versions say beside */
    int pid;
    bool stopping, hangs_up;
    const char *servers, *refuses; /* the answer to `show servers state`; the start of a command */

    struct rendering rendering;
    struct model model;
    struct lb_counters counters;
    struct target *target;
};

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

/* Each of a few bytes, so that answers come in parts. */
static void send_answer(struct bed *b, const char *text)
{
    for (size_t len = strlen(text); len;) {
        ssize_t n = send(b->talking.fd, text, len < 7 ? len : 7, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

static char *info(const struct bed *b)
{
    return xasprintf("Name: HAProxy\nVersion: 2.6.12\n%sPid: %d\nStopping: %d\nNode: n\n"
                     "description: berth-structure %016llx\n",
                     b->more, b->pid, b->stopping, (unsigned long long)b->model.structure);
}

static void answer(struct bed *b, const char *command)
{
    CLEAN(free_str) char *answer_info = info(b);

    if (!strcmp(command, "prompt")) {
        send_answer(b, "\n> ");
        return;
    }
    sbuf_addf(&b->said, "%s|", command);
    if (b->refuses && !strncmp(command, b->refuses, strlen(b->refuses)))
        send_answer(b, "No such thing.\n");
    else if (!strcmp(command, "show info"))
        send_answer(b, answer_info);
    else if (!strncmp(command, "show servers state", 18))
        send_answer(b, b->servers);
    else if (!strncmp(command, "add server", 10))
        send_answer(b, "New server registered.\n");
    send_answer(b, "\n> ");
}

static void stop_talking(struct bed *b)
{
    if (b->talking.fd < 0)
        return;
    ev_io_stop(b->loop, &b->talking);
    close(b->talking.fd);
    b->talking.fd = -1;
    sbuf_done(&b->in);
}

static void on_command(struct ev_loop *loop, ev_io *io, int events)
{
    struct bed *b = io->data;
    char chunk[512];
    ssize_t n = recv(io->fd, chunk, sizeof chunk, 0);

    (void)loop;
    (void)events;
    if (n <= 0 || b->hangs_up) {
        stop_talking(b);
        return;
    }
    sbuf_add(&b->in, chunk, (size_t)n);
    for (char *end; (end = strchr(sbuf_str(&b->in), '\n'));) {
        *end = '\0';
        answer(b, b->in.data);
        sbuf_drop(&b->in, (size_t)(end - b->in.data) + 1);
    }
}

static void on_client(struct ev_loop *loop, ev_io *io, int events)
{
    struct bed *b = io->data;

    (void)events;
    stop_talking(b);
    ev_io_init(&b->talking, on_command, accept(io->fd, NULL, NULL), EV_READ);
    b->talking.data = b;
    ev_io_start(loop, &b->talking);
}

static void on_patience(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    ok(false, "the target calls back in time");
    ev_break(loop, EVBREAK_ALL);
}

static void on_done(void *arg)
{
    struct bed *b = arg;

    ev_break(b->loop, EVBREAK_ALL);
}

static void listen_there(struct bed *b)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(address.sun_path, b->path, sizeof address.sun_path - 1);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4))
        give_up("cannot listen");
    ev_io_init(&b->listening, on_client, fd, EV_READ);
    b->listening.data = b;
    ev_io_start(b->loop, &b->listening);
}

static void want(struct bed *b, const char *text)
{
    struct rendering before = b->rendering;
    struct model old = b->model;
    static const struct strv none;
    struct sbuf piece = SBUF_INIT;

    b->rendering = (struct rendering){0};
    b->model = (struct model){0};
    sbuf_adds(&piece, text);
    rendering_add(&b->rendering, &piece, NULL);
    rendering_stamp_all(&b->rendering, &before);
    model_from_rendering(&b->model, &b->rendering, &none, &old);
    rendering_done(&before);
    model_done(&old);
}

static void bed_init(struct bed *b, const char *more)
{
    *b = (struct bed){.dir = xstrdup("/tmp/berth-target-XXXXXX"),
                      .loop = ev_loop_new(EVFLAG_AUTO),
                      .talking.fd = -1,
                      .more = more,
                      .pid = 7,
                      .servers = HEAD SERVER("a", "10.0.0.1", "1")};
    if (!mkdtemp(b->dir))
        give_up("cannot make a directory");
    b->path = xasprintf("%s/s", b->dir);
    b->target = target_new(b->loop, b->path, &b->counters);
    ev_timer_init(&b->patience, on_patience, PATIENCE, 0.);
    ev_timer_start(b->loop, &b->patience);
    want(b, A);
}

static void bed_done(struct bed *b)
{
    target_free(b->target);
    stop_talking(b);
    if (b->listening.data) {
        ev_io_stop(b->loop, &b->listening);
        close(b->listening.fd);
    }
    ev_timer_stop(b->loop, &b->patience);
    ev_loop_destroy(b->loop);
    rendering_done(&b->rendering);
    model_done(&b->model);
    sbuf_done(&b->said);
    unlink(b->path);
    rmdir(b->dir);
    free(b->path);
    free(b->dir);
}

static const struct runs no_runs;

static void look(struct bed *b, enum target_depth depth)
{
    struct target_wish wish = {&b->model, &b->rendering, &no_runs};

    sbuf_clear(&b->said);
    target_look(b->target, depth, &wish, on_done, b);
    ev_run(b->loop, 0);
}

/* It may be over at once: then the loop has been told before it runs. */
static bool applied;

static void on_applied(void *arg)
{
    applied = true;
    on_done(arg);
}

static void apply(struct bed *b)
{
    sbuf_clear(&b->said);
    applied = false;
    target_apply(b->target, &b->model, on_applied, b);
    if (!applied)
        ev_run(b->loop, 0);
}

static void said(struct bed *b, const char *wanted, const char *name)
{
    is_str(sbuf_str(&b->said), wanted, "%s", name);
}

static void test_nobody(void)
{
    struct bed b;

    bed_init(&b, "");
    look(&b, TARGET_ALL);
    ok(!target_info(b.target) && !target_err(b.target), "where nobody listens nobody runs");
    apply(&b);
    said(&b, "", "and nothing is said");
    bed_done(&b);
}

/* A server comes, then goes; what is in step is not asked for again. */
static void test_in_step(const char *more)
{
    struct bed b;

    bed_init(&b, more);
    listen_there(&b);
    look(&b, TARGET_ALL);
    said(&b, ASKS_ALL, "everything is asked for");
    ok(target_info(b.target) && target_info(b.target)->pid == 7, "a worker answers");
    ok(!target_is_known(b.target), "it has not been brought in step");
    apply(&b);
    said(&b, "", "it is as it should be");
    ok(target_is_known(b.target) && !target_err(b.target), "now it is known");
    want(&b, A B);
    look(&b, TARGET_CHANGED);
    said(&b, "show info|show servers state web|", "what has changed is asked for");
    b.servers = HEAD SERVER("a", "10.0.0.1", "1") SERVER("b", "10.0.0.2", "1");
    apply(&b);
    said(&b,
         "add server web/b 10.0.0.2:80 id 2 weight 1 |enable server web/b|"
         "show servers state web|",
         "the server is added and looked at");
    ok(target_is_known(b.target) && target_servers(b.target)->n == 2, "and is there");
    look(&b, TARGET_CHANGED);
    said(&b, "show info|", "then there is nothing to ask");
    b.pid = 8;
    look(&b, TARGET_CHANGED);
    said(&b, "show info|" ASKS_ALL, "of another worker everything");
    is_int((long long)b.counters.runtime_failures, 0, "nothing was refused");
    bed_done(&b);
}

static void test_refusal(void)
{
    struct bed b;

    bed_init(&b, "");
    listen_there(&b);
    want(&b, A B);
    b.refuses = "add server";
    for (int i = 0; i < 3; i++) {
        ok(!target_is_odd(b.target), "a refusal is no end");
        look(&b, TARGET_CHANGED);
        said(&b, ASKS_ALL, "after it everything is asked for");
        apply(&b);
        ok(target_err(b.target) && strstr(err_msg(target_err(b.target)), "No such thing."),
           "it is told");
    }
    ok(target_is_odd(b.target), "three in a row need a reload");
    b.refuses = NULL;
    look(&b, TARGET_CHANGED);
    b.servers = HEAD SERVER("a", "10.0.0.1", "1") SERVER("b", "10.0.0.2", "1");
    apply(&b);
    ok(!target_is_odd(b.target) && !target_err(b.target) && target_is_known(b.target), "it passes");
    bed_done(&b);
}

static void test_bad_answers(void)
{
    struct bed b;

    bed_init(&b, "");
    listen_there(&b);
    b.stopping = true;
    look(&b, TARGET_ALL);
    ok(target_err(b.target) && strstr(err_msg(target_err(b.target)), "old worker"),
       "an old worker is not believed");
    b.stopping = false;
    b.servers = "Permission denied\n";
    look(&b, TARGET_ALL);
    ok(target_err(b.target) && !target_is_known(b.target), "nor is what cannot be read");
    apply(&b);
    said(&b, "", "nothing is changed then");
    b.hangs_up = true;
    look(&b, TARGET_ALL);
    ok(target_err(b.target) && !target_is_known(b.target), "it may hang up");
    b.hangs_up = false;
    b.servers = HEAD SERVER("a", "10.0.0.1", "1");
    look(&b, TARGET_CHANGED);
    said(&b, ASKS_ALL, "afterwards everything is asked for");
    apply(&b);
    ok(!target_err(b.target) && target_is_known(b.target), "and all is well");
    bed_done(&b);
}

int main(void)
{
    test_nobody();
    test_in_step("");
    test_in_step("Build info: 3.4-dev\nNbThread: 4\n");
    test_refusal();
    test_bad_answers();
    return tap_done();
}

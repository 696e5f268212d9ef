/* The admin server over a unix socket, in this process: what it answers, and to whom it does not.
 */
#include "agent/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/admin_listen.h"
#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

#define PATIENCE 60. /* seconds, on a loaded machine */
#define CLIENTS 80

struct fixture {
    struct ev_loop *loop;
    struct admin *admin;
    char *path;
    struct admin_stream *stream; /* the last one that was opened */
    struct admin_request *late;  /* to be answered by the test */
    unsigned opened, closed, calls;
    bool timed_out;
};

static struct fixture x;

static void answer_hello(void *arg, const char *path, struct admin_request *r)
{
    x.calls++;
    ok(admin_request_arg(r) == arg, "the handler's argument");
    admin_reply_header(r, "X-Path", path);
    const char *name = admin_request_query(r, "name");
    admin_reply(r, 200, "text/plain", xasprintf("hello %s\n", name ? name : "you"));
}

static void answer_late(void *arg, const char *path, struct admin_request *r)
{
    (void)arg;
    (void)path;
    x.late = r;
}

static void on_closed(void *arg, struct admin_stream *s)
{
    (void)arg;
    x.closed++;
    if (x.stream == s)
        x.stream = NULL;
}

static void answer_stream(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    x.stream = admin_stream_open(r, "text/event-stream", on_closed, arg);
    if (!x.stream)
        return;
    x.opened++;
    admin_stream_send(x.stream, "first\n", 6);
}

static const struct admin_path paths[] = {
    {"/hello", ADMIN_READ, answer_hello},
    {"/late", ADMIN_READ, answer_late},
    {"/stream", ADMIN_READ, answer_stream},
    {"/write", ADMIN_WRITE, answer_hello},
};

static void start(void)
{
    const struct admin_config config = {
        .socket = x.path, .paths = paths, .n_paths = ARRAY_LEN(paths), .arg = &x};
    CLEAN(err) struct err *err = NULL;

    x.admin = admin_new(x.loop, &config, &err);
    ok(x.admin != NULL, "it listens: %s", x.admin ? "" : err_msg(err));
    if (!x.admin)
        abort();
}

/* ---- a client, and the loop ---- */

static int dial(void)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    memcpy(where.sun_path, x.path, strlen(x.path));
    if (fd < 0 || connect(fd, (struct sockaddr *)&where, sizeof where))
        abort();
    return fd;
}

static void on_patience(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)w;
    (void)events;
    x.timed_out = true;
    ev_break(loop, EVBREAK_ALL);
}

/* Lets the server work until 'done', or its time is over. */
static void run_until(bool (*done)(void *arg), void *arg)
{
    ev_timer patience;

    ev_timer_init(&patience, on_patience, PATIENCE, 0.);
    ev_timer_start(x.loop, &patience);
    while (!done(arg) && !x.timed_out)
        ev_run(x.loop, EVRUN_ONCE);
    ev_timer_stop(x.loop, &patience);
    ok(!x.timed_out, "it comes in time");
}

struct talk {
    int fd;
    struct sbuf got;
    const char *awaited; /* NULL: the end */
    bool ended;
    ev_io io;
};

static void on_bytes(struct ev_loop *loop, ev_io *w, int events)
{
    struct talk *t = w->data;
    char buf[4096];
    ssize_t n = recv(t->fd, buf, sizeof buf, 0);

    (void)events;
    if (n > 0)
        sbuf_add(&t->got, buf, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        t->ended = true;
        ev_io_stop(loop, w);
    }
}

static bool has_come(void *arg)
{
    struct talk *t = arg;

    return t->ended || (t->awaited && strstr(sbuf_str(&t->got), t->awaited));
}

static void listen_for(struct talk *t, const char *awaited)
{
    t->awaited = awaited;
    ev_io_init(&t->io, on_bytes, t->fd, EV_READ);
    t->io.data = t;
    ev_io_start(x.loop, &t->io);
    run_until(has_come, t);
    ev_io_stop(x.loop, &t->io);
}

static struct talk say(const char *text, size_t len)
{
    struct talk t = {.fd = dial()};

    if (send(t.fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        abort();
    return t;
}

static void hang_up(struct talk *t)
{
    close(t->fd);
    sbuf_done(&t->got);
}

/* ---- the tests ---- */

static const struct {
    const char *name, *request, *status, *has;
} rows[] = {
    {"a read", "GET /hello?name=berth HTTP/1.1\r\nConnection: close\r\n\r\n", "200",
     "X-Path: /hello\r\n"},
    {"... with its query", "GET /hello?name=a%20b HTTP/1.1\r\nConnection: close\r\n\r\n", "200",
     "\r\n\r\nhello a b\n"},
    {"only its head", "HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n", "200",
     "Content-Length: 10\r\n"},
    {"the head of a stream", "HEAD /stream HTTP/1.1\r\nConnection: close\r\n\r\n", "200",
     "text/event-stream"},
    {"HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n", "200", "hello you\n"},
    {"what is not there", "GET /nothing HTTP/1.1\r\n\r\n", "404",
     "there is /hello, /late, /stream and /write here\n"},
    {"a wrong method", "DELETE /hello HTTP/1.1\r\n\r\n", "405", "Allow: GET, HEAD\r\n"},
    {"a write by GET", "GET /write HTTP/1.1\r\n\r\n", "405", "Allow: POST\r\n"},
    {"a method of its own", "BREW /hello HTTP/1.1\r\n\r\n", "405", "Allow: GET, HEAD\r\n"},
    {"a way up", "GET /hello/../../etc/passwd HTTP/1.1\r\n\r\n", "404", "there is"},
    {"a hidden way up", "GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n\r\n", "404", "there is"},
    {"a NUL in the path", "GET /hello%00.txt HTTP/1.1\r\n\r\n", "400", "NUL"},
    {"a NUL in the query", "GET /hello?name=a%00b HTTP/1.1\r\n\r\n", "400", "NUL"},
    {"another server's path", "GET http://evil.example/hello HTTP/1.1\r\n\r\n", "404", "there is"},
    {"a body that is too long", "POST /write HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", "413",
     "at most 65536 bytes"},
    {"a body without an end",
     "POST /write HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "4", "HTTP/1.1"},
    {"a length that is none", "POST /write HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "4",
     "HTTP/1.1"},
    {"chunks that are none",
     "POST /write HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nhello\r\n", "4", "HTTP/1.1"},
    {"a write with a body",
     "POST /write HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", "200",
     "hello you\n"},
    {"a write in chunks",
     "POST /write HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n0\r\n\r\n",
     "200", "hello you\n"},
};

static void test_rows(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk t = say(rows[i].request, strlen(rows[i].request));

        listen_for(&t, NULL);
        const char *got = sbuf_str(&t.got);
        ok(!strncmp(got, "HTTP/1.", 7) && !strncmp(got + 9, rows[i].status, strlen(rows[i].status)),
           "%s: %.16s", rows[i].name, got);
        ok(strstr(got, rows[i].has) != NULL, "... has %s", rows[i].has);
        hang_up(&t);
    }
}

/* What is no request at all, or never ends: the connection does. */
static void test_nonsense(void)
{
    CLEAN(sbuf) struct sbuf header = SBUF_INIT, body = SBUF_INIT;
    unsigned calls = x.calls;

    sbuf_adds(&header, "GET /hello HTTP/1.1\r\nX-Long: ");
    for (int i = 0; i < 64 * 1024; i++)
        sbuf_addch(&header, 'x');
    sbuf_adds(&body, "POST /write HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 70; i++)
        sbuf_addf(&body, "400\r\n%01024d\r\n", i);
    const struct {
        const char *name, *text;
        size_t len;
    } all[] = {{"a header of 64 KiB", header.data, header.len},
               {"chunks of 70 KiB", body.data, body.len},
               {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n\r\n", 17},
               {"words", "hello there\r\n\r\n", 15}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct talk t = say(all[i].text, all[i].len);

        listen_for(&t, NULL);
        ok(t.ended && !strstr(sbuf_str(&t.got), "hello you"), "%s: %.20s", all[i].name,
           sbuf_str(&t.got));
        hang_up(&t);
    }
    is_int(x.calls, calls, "no handler was called");
}

static void test_pipeline(void)
{
    static const char all[] = "GET /hello?name=1 HTTP/1.1\r\n\r\nGET /hello?name=2 HTTP/1.1\r\n\r\n"
                              "GET /hello?name=3 HTTP/1.1\r\n\r\n";
    struct talk t = say(all, strlen(all));

    listen_for(&t, "hello 3\n");
    const char *one = strstr(sbuf_str(&t.got), "hello 1\n");
    const char *two = one ? strstr(one, "hello 2\n") : NULL;
    ok(two && strstr(two, "hello 3\n"), "three requests at once are answered in order");
    hang_up(&t);
}

static bool is_late(void *arg)
{
    (void)arg;
    return x.late;
}

static void test_late(void)
{
    static const char request[] = "GET /late HTTP/1.1\r\n\r\n";
    struct talk t = say(request, strlen(request));

    run_until(is_late, NULL);
    admin_reply(x.late, 200, "text/plain", xstrdup("at last\n"));
    x.late = NULL;
    listen_for(&t, "at last\n");
    ok(strstr(sbuf_str(&t.got), "\r\n\r\nat last\n") != NULL, "an answer may come later");
    hang_up(&t);
}

static bool stream_is_open(void *arg)
{
    return x.opened == *(unsigned *)arg;
}

static bool is_closed(void *arg)
{
    return x.closed == *(unsigned *)arg;
}

static struct talk open_stream(void)
{
    static const char request[] = "GET /stream HTTP/1.1\r\n\r\n";
    unsigned wanted = x.opened + 1;
    struct talk t = say(request, strlen(request));

    run_until(stream_is_open, &wanted);
    return t;
}

static void test_stream(void)
{
    struct talk t = open_stream();
    unsigned wanted = x.closed + 1;

    listen_for(&t, "first\n");
    admin_stream_send(x.stream, "second\n", 7);
    admin_stream_send(x.stream, "third\n", 6);
    listen_for(&t, "third\n");
    ok(strstr(sbuf_str(&t.got), "second\n") != NULL, "a stream comes piece by piece");
    hang_up(&t);
    run_until(is_closed, &wanted);
    ok(!x.stream, "a reader that goes is noticed, though nothing is sent");
    struct talk talker = open_stream();
    wanted++;
    if (send(talker.fd, "GET ", 4, MSG_NOSIGNAL) != 4)
        abort();
    run_until(is_closed, &wanted);
    listen_for(&talker, NULL);
    ok(talker.ended, "one that goes on talking is cut off");
    hang_up(&talker);
}

static void test_slow_reader(void)
{
    char *piece = xcalloc(1, 65536);
    struct talk slow = open_stream(), good;
    struct admin_stream *stuck = x.stream;
    unsigned wanted = x.closed + 1;

    memset(piece, 'x', 65536);
    good = open_stream();
    struct admin_stream *flows = x.stream;
    for (int i = 0; i < 64 && x.closed < wanted; i++) {
        admin_stream_send(stuck, piece, 65536);
        admin_stream_send(flows, "more\n", 5);
        sbuf_clear(&good.got);
        listen_for(&good, "more\n");
    }
    free(piece);
    run_until(is_closed, &wanted);
    ok(!good.ended, "a reader that does not read is cut off, another one is not");
    hang_up(&slow);
    hang_up(&good);
    wanted++;
    run_until(is_closed, &wanted);
}

static void test_too_many_streams(void)
{
    struct talk all[ADMIN_STREAMS_MAX];
    static const char request[] = "GET /stream HTTP/1.1\r\nConnection: close\r\n\r\n";
    unsigned wanted = x.closed + ADMIN_STREAMS_MAX;

    for (int i = 0; i < ADMIN_STREAMS_MAX; i++)
        all[i] = open_stream();
    struct talk more = say(request, strlen(request));
    listen_for(&more, NULL);
    ok(strstr(sbuf_str(&more.got), " 503 ") && strstr(sbuf_str(&more.got), "16 streams are open"),
       "there are not too many streams");
    hang_up(&more);
    for (int i = 0; i < ADMIN_STREAMS_MAX; i++)
        hang_up(&all[i]);
    run_until(is_closed, &wanted);
}

static void test_idle(void)
{
    static const char request[] = "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n";
    int idle[CLIENTS];

    for (int i = 0; i < CLIENTS; i++)
        idle[i] = dial();
    struct talk t = say(request, strlen(request));
    listen_for(&t, NULL);
    ok(strstr(sbuf_str(&t.got), "hello you\n") != NULL, "who asks gets in, past %d who do not",
       CLIENTS);
    hang_up(&t);
    struct talk first = {.fd = idle[0]};
    listen_for(&first, NULL);
    ok(first.ended && !first.got.len, "the first of those had to leave");
    for (int i = 0; i < CLIENTS; i++)
        close(idle[i]);
}

static void test_socket(void)
{
    CLEAN(err) struct err *alive = NULL, *file = NULL, *long_path = NULL;
    CLEAN(free_str) char *too_long = xasprintf("/%0200d", 0);
    struct stat st;

    ok(!stat(x.path, &st) && (st.st_mode & 07777) == 0660, "its owner and group may use it");
    is_int(admin_listen_unix(x.path, &alive), -1, "a live socket is not replaced");
    ok(strstr(err_msg(alive), "somebody answers") != NULL, "... and it says why");
    is_int(admin_listen_unix(too_long, &long_path), -1, "a path that no socket can have");
    admin_free(x.admin);
    ok(stat(x.path, &st) < 0, "it is gone with its server");
    int dead = admin_listen_unix(x.path, NULL);
    close(dead);
    ok(!stat(x.path, &st), "a dead one stays");
    start();
    admin_free(x.admin);
    if (file_replace(x.path, "x", 1, 0600, NULL))
        abort();
    is_int(admin_listen_unix(x.path, &file), -1, "a file is not replaced");
    ok(!stat(x.path, &st) && S_ISREG(st.st_mode) && strstr(err_msg(file), "is no socket"),
       "... and stays: %s", err_msg(file));
    unlink(x.path);
}

/* The end with a stream that is open, and with an answer that is owed. */
static void test_end(void)
{
    static const char request[] = "GET /late HTTP/1.1\r\n\r\n";
    struct talk stream = open_stream(), late = say(request, strlen(request));
    unsigned closed = x.closed;

    run_until(is_late, NULL);
    admin_free(x.admin);
    is_int(x.closed, closed + 1, "the streams are closed with the server");
    hang_up(&stream);
    hang_up(&late);
    start();
}

int main(void)
{
    char dir[] = "/tmp/berth-test-admin-XXXXXX";

    if (!mkdtemp(dir))
        abort();
    x.loop = ev_loop_new(EVFLAG_AUTO);
    x.path = xasprintf("%s/admin.sock", dir);
    start();
    test_rows();
    test_nonsense();
    test_pipeline();
    test_late();
    test_stream();
    test_slow_reader();
    test_too_many_streams();
    test_idle();
    test_end();
    test_socket();
    free(x.path);
    rmdir(dir);
    ev_loop_destroy(x.loop);
    return tap_done();
}

#include "agent/top_screen.h"

#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/explain.h"
#include "agent/feed.h"
#include "agent/question.h"
#include "agent/top_view.h"
#include "lib/json.h"
#include "lib/term.h"
#include "lib/xmalloc.h"
#include "registrator/url.h"

#define TICK_SECONDS 1.    /* ages are counted up; nobody is asked */
#define ESCAPE_SECONDS 0.1 /* after which an escape is the key itself, also over a slow line */
#define KEYS_MAX 256       /* bytes of keys that are not read yet */

struct screen {
    struct ev_loop *loop;
    const char *admin;
    bool colour;
    struct top *top;
    struct strv drawn; /* the lines that the terminal has */
    struct feed *feed;
    struct http *http; /* for explanations */
    struct http_request *explaining;
    char keys[KEYS_MAX];
    size_t n_keys;
    ev_io input;
    ev_timer tick, escape;
    ev_prepare redraw; /* once in a turn of the loop, whatever has happened in it */
    bool stale;
    ev_signal stop[3], winch, suspend;
};

static void watch(struct screen *s);
static void unwatch(struct screen *s);
static void on_state(void *arg, json_t *state);
static void on_changes(void *arg, const json_t *changes, bool all);
static void on_trouble(void *arg, const char *why);
static void on_input(struct ev_loop *loop, ev_io *w, int events);
static void on_escape(struct ev_loop *loop, ev_timer *w, int events);
static void on_tick(struct ev_loop *loop, ev_timer *w, int events);
static void on_redraw(struct ev_loop *loop, ev_prepare *w, int events);
static void on_stop(struct ev_loop *loop, ev_signal *w, int events);
static void on_winch(struct ev_loop *loop, ev_signal *w, int events);
static void on_suspend(struct ev_loop *loop, ev_signal *w, int events);
static void on_explained(void *arg, const struct http_answer *answer);

void top_screen_lines(const struct top *t, bool colour, struct strv *ret_lines)
{
    double now = ev_time();
    time_t seconds = (time_t)now;
    struct tm tm;
    char clock[16];

    localtime_r(&seconds, &tm);
    strftime(clock, sizeof clock, "%H:%M:%S", &tm);
    top_view(t, now, clock, colour, ret_lines);
}

int top_screen_run(struct top *t, const char *admin, bool colour, struct err **err)
{
    struct screen s = {.top = t, .admin = admin, .colour = colour, .stale = true};

    if (term_open(err))
        return -1;
    signal(SIGPIPE, SIG_IGN);
    s.loop = ev_default_loop(EVFLAG_AUTO);
    s.http = http_new(s.loop);
    watch(&s);
    s.feed = feed_new(
        s.loop, s.admin,
        &(struct feed_user){
            .on_state = on_state, .on_changes = on_changes, .on_trouble = on_trouble, .arg = &s});
    ev_run(s.loop, 0);
    feed_free(s.feed);
    http_free(s.http);
    unwatch(&s);
    ev_loop_destroy(s.loop);
    strv_done(&s.drawn);
    term_close();
    return 0;
}

static void watch(struct screen *s)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        ev_signal_init(&s->stop[i], on_stop, ends[i]);
        ev_signal_start(s->loop, &s->stop[i]);
    }
    ev_signal_init(&s->winch, on_winch, SIGWINCH);
    ev_signal_init(&s->suspend, on_suspend, SIGTSTP);
    ev_io_init(&s->input, on_input, STDIN_FILENO, EV_READ);
    ev_timer_init(&s->tick, on_tick, TICK_SECONDS, TICK_SECONDS);
    ev_timer_init(&s->escape, on_escape, 0., ESCAPE_SECONDS);
    ev_prepare_init(&s->redraw, on_redraw);
    s->winch.data = s->suspend.data = s->input.data = s->tick.data = s->escape.data =
        s->redraw.data = s;
    ev_signal_start(s->loop, &s->winch);
    ev_signal_start(s->loop, &s->suspend);
    ev_io_start(s->loop, &s->input);
    ev_timer_start(s->loop, &s->tick);
    ev_prepare_start(s->loop, &s->redraw);
}

static void unwatch(struct screen *s)
{
    for (size_t i = 0; i < ARRAY_LEN(s->stop); i++)
        ev_signal_stop(s->loop, &s->stop[i]);
    ev_signal_stop(s->loop, &s->winch);
    ev_signal_stop(s->loop, &s->suspend);
    ev_io_stop(s->loop, &s->input);
    ev_timer_stop(s->loop, &s->tick);
    ev_timer_stop(s->loop, &s->escape);
    ev_prepare_stop(s->loop, &s->redraw);
}

/* Only lines that have changed are sent: over a slow line too, a key is answered at once. */
static void draw(struct screen *s)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct strv lines = {0};

    top_screen_lines(s->top, s->colour, &lines);
    for (size_t i = 0; i < lines.n; i++)
        if (i >= s->drawn.n || strcmp(lines.v[i], s->drawn.v[i]) != 0)
            sbuf_addf(&out, "\033[%zu;1H%s\033[K", i + 1, lines.v[i]);
    strv_done(&s->drawn);
    s->drawn = lines;
    if (out.len && (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout)))
        ev_break(s->loop, EVBREAK_ALL);
}

static void draw_all(struct screen *s)
{
    size_t columns, height;

    term_size(STDOUT_FILENO, &columns, &height);
    top_resize(s->top, columns, height);
    strv_done(&s->drawn);
    s->drawn = (struct strv){0};
    fputs("\033[H\033[2J", stdout);
    s->stale = true;
}

static void on_redraw(struct ev_loop *loop, ev_prepare *w, int events)
{
    struct screen *s = w->data;

    (void)loop;
    (void)events;
    if (s->stale)
        draw(s);
    s->stale = false;
}

static void on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
    struct screen *s = w->data;

    (void)loop;
    (void)events;
    s->stale = true;
}

static void on_winch(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)loop;
    (void)events;
    draw_all(w->data);
}

static void on_stop(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* The shell has the terminal meanwhile. */
static void on_suspend(struct ev_loop *loop, ev_signal *w, int events)
{
    struct screen *s = w->data;

    (void)events;
    term_close();
    raise(SIGSTOP);
    if (term_open(NULL))
        ev_break(loop, EVBREAK_ALL);
    draw_all(s);
}

/* ---- the agent ---- */

static void on_state(void *arg, json_t *state)
{
    struct screen *s = arg;

    top_set_state(s->top, state, ev_time());
    s->stale = true;
}

static void on_changes(void *arg, const json_t *changes, bool all)
{
    struct screen *s = arg;

    top_add_changes(s->top, changes, all);
    s->stale = true;
}

static void on_trouble(void *arg, const char *why)
{
    struct screen *s = arg;

    top_set_trouble(s->top, why);
    s->stale = true;
}

static void explain(struct screen *s)
{
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;
    const char *socket;

    sbuf_adds(&path, "/v1/explain?subject=");
    url_add_escaped(&path, top_subject(s->top));
    CLEAN(free_str) char *url = question_url(s->admin, sbuf_str(&path), &socket);
    http_cancel(s->explaining);
    s->explaining = http_start(s->http, &(struct http_call){.url = url,
                                                            .unix_socket = socket,
                                                            .max_body = QUESTION_ANSWER_MAX,
                                                            .timeout = QUESTION_TIMEOUT,
                                                            .on_done = on_explained,
                                                            .arg = s});
}

static void on_explained(void *arg, const struct http_answer *answer)
{
    struct screen *s = arg;
    bool missing;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = question_document(answer, &missing, &err);
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    s->explaining = NULL;
    if (doc)
        explain_print(doc, &text);
    else
        sbuf_addf(&text, "the agent does not explain it: %s\n", err_msg(err));
    top_show_page(s->top, sbuf_str(&text));
    s->stale = true;
}

/* ---- keys ---- */

/* Reads the keys that are there; 'all': nothing more is to come. */
static void take_keys(struct screen *s, bool all)
{
    enum top_key key;
    char character = 0;
    size_t at = 0, used;

    while ((used = top_key_read(s->keys + at, s->n_keys - at, all, &key, &character)) > 0) {
        enum top_action action = top_press(s->top, key, character);

        at += used;
        if (action == TOP_QUIT)
            ev_break(s->loop, EVBREAK_ALL);
        else if (action == TOP_EXPLAIN)
            explain(s);
    }
    memmove(s->keys, s->keys + at, s->n_keys - at);
    s->n_keys -= at;
    s->stale = true;
}

static void on_input(struct ev_loop *loop, ev_io *w, int events)
{
    struct screen *s = w->data;
    ssize_t n = read(STDIN_FILENO, s->keys + s->n_keys, sizeof s->keys - s->n_keys);

    (void)events;
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        ev_break(loop, EVBREAK_ALL); /* the terminal has gone */
        return;
    }
    s->n_keys += (size_t)n;
    take_keys(s, false);
    ev_timer_stop(loop, &s->escape);
    if (s->n_keys)
        ev_timer_again(loop, &s->escape);
}

static void on_escape(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)events;
    ev_timer_stop(loop, w);
    take_keys(w->data, true);
}

#include "agent/status_watch.h"

#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/feed.h"
#include "agent/filter.h"
#include "agent/status.h"
#include "lib/json.h"
#include "lib/term.h"

#define HOME "\033[H"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"

struct watching {
    struct ev_loop *loop;
    const struct status_watching *what;
    bool terminal;
    json_t *state; /* the last one; NULL: none yet */
    double at;     /* when that came */
    ev_signal interrupt, term, winch;
};

static void on_state(void *arg, json_t *state);
static void on_trouble(void *arg, const char *why);
static void on_stop(struct ev_loop *loop, ev_signal *w, int events);
static void on_winch(struct ev_loop *loop, ev_signal *w, int events);
static void watch_signals(struct watching *w);
static void draw(struct watching *w);
static void append(struct watching *w);
static void put(struct watching *w, const struct sbuf *text);

int status_watch(const struct status_watching *what)
{
    struct watching w = {.what = what, .terminal = !what->json && term_is(STDOUT_FILENO)};

    signal(SIGPIPE, SIG_IGN);
    w.loop = ev_default_loop(EVFLAG_AUTO);
    watch_signals(&w);
    if (w.terminal)
        fputs(HOME REST_OF_SCREEN, stdout);
    fflush(stdout);
    struct feed *feed =
        feed_new(w.loop, what->admin,
                 &(struct feed_user){.on_state = on_state, .on_trouble = on_trouble, .arg = &w});
    ev_run(w.loop, 0);
    feed_free(feed);
    json_decref(w.state);
    ev_loop_destroy(w.loop);
    return EXIT_SUCCESS;
}

static void watch_signals(struct watching *w)
{
    ev_signal_init(&w->interrupt, on_stop, SIGINT);
    ev_signal_init(&w->term, on_stop, SIGTERM);
    ev_signal_init(&w->winch, on_winch, SIGWINCH);
    w->interrupt.data = w->term.data = w->winch.data = w;
    ev_signal_start(w->loop, &w->interrupt);
    ev_signal_start(w->loop, &w->term);
    if (w->terminal)
        ev_signal_start(w->loop, &w->winch);
}

static void on_stop(struct ev_loop *loop, ev_signal *w, int events)
{
    (void)w;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void on_winch(struct ev_loop *loop, ev_signal *w, int events)
{
    const struct watching *watching = w->data;

    (void)loop;
    (void)events;
    if (watching->state)
        draw(w->data);
}

static void on_state(void *arg, json_t *state)
{
    struct watching *w = arg;

    json_decref(w->state);
    w->state =
        filter_is_set(w->what->filter) ? filter_state(state, w->what->filter) : json_incref(state);
    w->at = ev_now(w->loop);
    if (w->terminal)
        draw(w);
    else
        append(w);
}

/* Not into the middle of what is read: on a terminal the last state stays above it. */
static void on_trouble(void *arg, const char *why)
{
    const struct watching *w = arg;

    fprintf(stderr, "%sberth: the agent at %s: %s; it is asked again\n",
            w->terminal ? "\r" REST_OF_LINE : "", w->what->admin, why);
}

static void add_time(const struct watching *w, struct sbuf *out)
{
    time_t seconds = (time_t)w->at;
    struct tm tm;
    char text[32];

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    sbuf_adds(out, text);
}

/* As many lines of 'text' as fit above one that says how many there are more. */
static void add_lines(const char *text, size_t rows, struct sbuf *out)
{
    size_t n = 0;

    for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
        n++;
    for (size_t i = 0; *text; i++) {
        size_t len = strcspn(text, "\n");

        if (i + 1 >= rows && n > rows) {
            sbuf_addf(out, "(%zu lines more; `berth top` scrolls)" REST_OF_LINE "\n", n - i);
            return;
        }
        sbuf_add(out, text, len);
        sbuf_adds(out, REST_OF_LINE "\n");
        text += len + 1;
    }
}

static void draw(struct watching *w)
{
    struct paint paint = {.colour = w->what->colour};
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(sbuf) struct sbuf screen = SBUF_INIT;
    size_t rows;

    term_size(STDOUT_FILENO, &paint.columns, &rows);
    status_print(w->state, &paint, &text);
    sbuf_adds(&screen, HOME);
    add_time(w, &screen);
    sbuf_adds(&screen, "  ^C ends" REST_OF_LINE "\n");
    add_lines(sbuf_str(&text), rows > 3 ? rows - 2 : 1, &screen);
    sbuf_adds(&screen, REST_OF_SCREEN);
    put(w, &screen);
}

static void append(struct watching *w)
{
    const struct paint paint = {.colour = w->what->colour};
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (w->what->json) {
        char *line = json_dumps(w->state, JSON_COMPACT);
        sbuf_addf(&text, "%s\n", line);
        free(line);
    } else {
        sbuf_adds(&text, "== ");
        add_time(w, &text);
        sbuf_addch(&text, '\n');
        status_print(w->state, &paint, &text);
        sbuf_addch(&text, '\n');
    }
    put(w, &text);
}

/* Where nobody reads any more, it is over. */
static void put(struct watching *w, const struct sbuf *text)
{
    if (fwrite(text->data, 1, text->len, stdout) != text->len || fflush(stdout))
        ev_break(w->loop, EVBREAK_ALL);
}

#include "agent/feed.h"

#include <stdlib.h>
#include <string.h>

#include "agent/question.h"
#include "agent/sse.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define RETRY_SECONDS 2.
#define SILENCE_SECONDS 45. /* the agent says every 15 that it lives */

struct feed {
    struct ev_loop *loop;
    struct http *http;
    const char *admin;
    struct feed_user user;
    struct http_request *stream, *state, *changes; /* under way; NULL: none */
    struct sse sse;
    bool state_due, changes_due; /* to be asked for */
    bool attached;               /* an event has come on this stream */
    ev_timer soon;               /* outside of the stream's own callback */
    ev_timer silence;
    ev_timer retry;
};

static void on_soon(struct ev_loop *loop, ev_timer *w, int events);
static void on_silence(struct ev_loop *loop, ev_timer *w, int events);
static void on_retry(struct ev_loop *loop, ev_timer *w, int events);
static void open_stream(struct feed *f);
static void close_stream(struct feed *f);
static void on_bytes(void *arg, const char *data, size_t len);
static void on_event(void *arg, const char *name, const char *data, size_t len);
static void on_stream_end(void *arg, const struct http_answer *answer);
static void on_state(void *arg, const struct http_answer *answer);
static void on_changes(void *arg, const struct http_answer *answer);
static void suffer(struct feed *f, const char *why);

struct feed *feed_new(struct ev_loop *loop, const char *admin, const struct feed_user *user)
{
    struct feed *f = xcalloc(1, sizeof *f);

    *f = (struct feed){.loop = loop, .http = http_new(loop), .admin = admin, .user = *user};
    ev_timer_init(&f->soon, on_soon, 0., 0.);
    ev_timer_init(&f->silence, on_silence, 0., SILENCE_SECONDS);
    ev_timer_init(&f->retry, on_retry, 0., RETRY_SECONDS);
    f->soon.data = f->silence.data = f->retry.data = f;
    open_stream(f);
    return f;
}

void feed_free(struct feed *f)
{
    if (!f)
        return;
    ev_timer_stop(f->loop, &f->soon);
    ev_timer_stop(f->loop, &f->silence);
    ev_timer_stop(f->loop, &f->retry);
    http_free(f->http);
    sse_done(&f->sse);
    free(f);
}

/* ---- requests ---- */

static struct http_request *ask(struct feed *f, const char *path,
                                void (*on_done)(void *arg, const struct http_answer *answer))
{
    const char *socket;
    CLEAN(free_str) char *url = question_url(f->admin, path, &socket);

    return http_start(f->http, &(struct http_call){.url = url,
                                                   .unix_socket = socket,
                                                   .max_body = QUESTION_ANSWER_MAX,
                                                   .timeout = QUESTION_TIMEOUT,
                                                   .on_done = on_done,
                                                   .arg = f});
}

/* One question of a kind at a time: what is due meanwhile is asked after it. */
static void ask_what_is_due(struct feed *f)
{
    if (f->state_due && !f->state) {
        f->state_due = false;
        f->state = ask(f, "/v1/state", on_state);
    }
    if (f->changes_due && !f->changes) {
        f->changes_due = false;
        f->changes = ask(f, "/v1/changes?since=0", on_changes);
    }
}

static void on_soon(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    ask_what_is_due(w->data);
}

static void on_state(void *arg, const struct http_answer *answer)
{
    struct feed *f = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = question_document(answer, NULL, &err);

    f->state = NULL;
    if (doc) {
        f->user.on_state(f->user.arg, doc);
        ask_what_is_due(f);
        return;
    }
    f->state_due = true;
    suffer(f, err_msg(err));
}

/* One came on the stream while this answer was under way: it may lack that. */
static void on_changes(void *arg, const struct http_answer *answer)
{
    struct feed *f = arg;
    CLEAN(json) json_t *doc = question_document(answer, NULL, NULL);

    f->changes = NULL;
    if (f->changes_due)
        ask_what_is_due(f);
    else if (json_arr(doc, "changes"))
        f->user.on_changes(f->user.arg, json_arr(doc, "changes"), true);
}

/* ---- the stream ---- */

static void open_stream(struct feed *f)
{
    const char *socket;
    CLEAN(free_str) char *url = question_url(f->admin, "/v1/events", &socket);

    f->stream = http_start(f->http, &(struct http_call){.url = url,
                                                        .unix_socket = socket,
                                                        .on_data = on_bytes,
                                                        .on_done = on_stream_end,
                                                        .arg = f});
    ev_timer_again(f->loop, &f->silence);
}

static void close_stream(struct feed *f)
{
    http_cancel(f->stream);
    f->stream = NULL;
    f->attached = false;
    sse_done(&f->sse);
    ev_timer_stop(f->loop, &f->silence);
}

static void on_bytes(void *arg, const char *data, size_t len)
{
    struct feed *f = arg;

    ev_timer_again(f->loop, &f->silence);
    sse_take(&f->sse, data, len, on_event, f);
}

/* The changes before the stream's first event are asked for: there may have been others, of another
 * agent, before the stream broke. */
static void on_event(void *arg, const char *name, const char *data, size_t len)
{
    struct feed *f = arg;
    bool change = !strcmp(name, "change");

    f->state_due |= !strcmp(name, "state") || !f->attached;
    f->changes_due |= f->user.on_changes && (!f->attached || (change && f->changes));
    if (change && f->user.on_changes && !f->changes_due) {
        CLEAN(json) json_t *list = json_array();
        json_array_append_new(list, json_parse(data, len, NULL));
        f->user.on_changes(f->user.arg, list, false);
    }
    f->attached = true;
    ev_timer_start(f->loop, &f->soon);
}

static void on_stream_end(void *arg, const struct http_answer *answer)
{
    struct feed *f = arg;
    CLEAN(err) struct err *err = NULL;

    if (http_answer_ok(answer))
        err_set(&err, "it has ended the stream of events");
    else if (!answer->err && answer->status == 404)
        err_set(&err, "it is older than this program and has no stream of events");
    else
        http_answer_err(answer, answer->err ? "no answer" : "it refused", &err);
    f->stream = NULL;
    suffer(f, err_msg(err));
}

static void on_silence(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    suffer(w->data, "it says nothing any more");
}

/* All is asked again: what is under way may never end. */
static void suffer(struct feed *f, const char *why)
{
    close_stream(f);
    http_cancel(f->state);
    http_cancel(f->changes);
    f->state = f->changes = NULL;
    ev_timer_again(f->loop, &f->retry);
    f->user.on_trouble(f->user.arg, why);
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
    struct feed *f = w->data;

    (void)events;
    ev_timer_stop(loop, w);
    open_stream(f);
}

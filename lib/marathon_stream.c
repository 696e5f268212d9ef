#include "lib/marathon_stream.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/log.h"
#include "lib/marathon_event.h"
#include "lib/xmalloc.h"

#define AREA "marathon"
#define DELAY_MIN 0.5      /* seconds to the first new attempt */
#define DELAY_MAX 30.0     /* seconds between attempts at the most */
#define DELAY_REFUSED 10.0 /* after credentials were refused: no sooner */
#define LEADER_TIMEOUT 10.0
#define EVENTS_PATH "/v2/events"

struct marathon_stream {
    struct ev_loop *loop;
    struct marathon_api *api;
    double silence;
    struct marathon_stream_handlers handlers;
    struct http_request *request; /* the stream, or the question who leads; NULL: between two */
    struct marathon_feed feed;
    char *target;  /* the leader that we were sent to; NULL: the node that is asked */
    char *why;     /* why there is no stream; NULL: there is one, or no attempt has failed */
    bool attached; /* a byte has come */
    double delay;  /* to the next attempt */
    uint64_t attachments;
    unsigned short seed[3]; /* of the chance in the delays */
    ev_timer retry;         /* to the next attempt */
    ev_timer watchdog;      /* to the end of patience */
};

static void attach(struct marathon_stream *s, bool trusted);
static void on_data(void *arg, const char *data, size_t len);
static void on_done(void *arg, const struct http_answer *answer);
static void follow(struct marathon_stream *s, const char *location);
static void on_leader(void *arg, const struct http_answer *answer);
static bool is_leader(const struct marathon_stream *s, const char *leader);
static void fail(struct marathon_stream *s, double at_least, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void on_retry(struct ev_loop *loop, ev_timer *w, int events);
static void on_silence(struct ev_loop *loop, ev_timer *w, int events);
static void feed_watchdog(struct marathon_stream *s);

struct marathon_stream *marathon_stream_new(struct ev_loop *loop, struct marathon_api *api,
                                            double silence,
                                            const struct marathon_stream_handlers *handlers)
{
    struct marathon_stream *s = xcalloc(1, sizeof *s);

    *s = (struct marathon_stream){
        .loop = loop, .api = api, .silence = silence, .handlers = *handlers, .delay = DELAY_MIN};
    if (getentropy(s->seed, sizeof s->seed))
        s->seed[0] = (unsigned short)getpid(); /* jitter needs no more */
    ev_timer_init(&s->retry, on_retry, 0., 0.);
    ev_timer_init(&s->watchdog, on_silence, 0., 0.);
    s->retry.data = s->watchdog.data = s;
    return s;
}

void marathon_stream_free(struct marathon_stream *s)
{
    if (!s)
        return;
    http_cancel(s->request);
    ev_timer_stop(s->loop, &s->retry);
    ev_timer_stop(s->loop, &s->watchdog);
    marathon_feed_done(&s->feed);
    free(s->target);
    free(s->why);
    free(s);
}

void marathon_stream_open(struct marathon_stream *s)
{
    attach(s, true);
}

void marathon_stream_set_silence(struct marathon_stream *s, double silence)
{
    s->silence = silence;
}

bool marathon_stream_is_attached(const struct marathon_stream *s)
{
    return s->attached;
}

uint64_t marathon_stream_attachments(const struct marathon_stream *s)
{
    return s->attachments;
}

const char *marathon_stream_why(const struct marathon_stream *s)
{
    return s->attached ? NULL : s->why;
}

static void attach(struct marathon_stream *s, bool trusted)
{
    CLEAN(free_str) char *path = xasprintf("%s%s", EVENTS_PATH, marathon_event_query);

    marathon_feed_clear(&s->feed);
    s->attached = false;
    feed_watchdog(s);
    s->request = marathon_api_start(
        s->api, s->target, trusted, path, "text/event-stream",
        &(struct http_call){
            .want_header = "Location", .on_data = on_data, .on_done = on_done, .arg = s});
}

static void on_data(void *arg, const char *data, size_t len)
{
    struct marathon_stream *s = arg;
    struct strv apps = {0};

    if (!s->attached) {
        s->attached = true;
        s->attachments++;
        s->delay = DELAY_MIN;
        log_info(AREA, "event stream attached node=%s",
                 s->target ? s->target : marathon_api_node(s->api));
        s->handlers.on_stale(s->handlers.arg, NULL);
    }
    feed_watchdog(s);
    bool all = marathon_feed_take(&s->feed, data, len, &apps);
    if (all || apps.n)
        s->handlers.on_stale(s->handlers.arg, all ? NULL : &apps);
    strv_done(&apps);
}

static void on_done(void *arg, const struct http_answer *answer)
{
    struct marathon_stream *s = arg;
    bool redirected = !answer->err && answer->status >= 301 && answer->status <= 308;

    s->request = NULL;
    if (redirected && !s->target && answer->header) {
        follow(s, answer->header);
        return;
    }
    CLEAN(err) struct err *err = NULL;
    if (http_answer_ok(answer))
        err_set(&err, "Marathon closed it");
    else if (redirected)
        err_set(&err, "the leader that we were sent to sends us on; check the nodes' addresses");
    else
        http_answer_err(answer, s->target ? s->target : marathon_api_node(s->api), &err);
    bool refused = !answer->err && (answer->status == 401 || answer->status == 403);
    if (!refused && !s->attached)
        marathon_api_next(s->api);
    fail(s, refused ? DELAY_REFUSED : 0, "%s", err_msg(err));
}

/* Credentials go along when the leader is a node of the list, or a node of the list says itself
 * that it leads. */
static void follow(struct marathon_stream *s, const char *location)
{
    free(s->target);
    s->target = marathon_api_base(location);
    if (!s->target) {
        fail(s, 0, "a node sends us to what is no address of a Marathon");
        marathon_api_next(s->api);
    } else if (marathon_api_knows(s->api, s->target)) {
        attach(s, true);
    } else {
        s->request = marathon_api_start(
            s->api, NULL, true, "/v2/leader", "application/json",
            &(struct http_call){.timeout = LEADER_TIMEOUT, .on_done = on_leader, .arg = s});
    }
}

static void on_leader(void *arg, const struct http_answer *answer)
{
    struct marathon_stream *s = arg;

    s->request = NULL;
    if (!http_answer_ok(answer)) {
        fail(s, 0, "a node sends us to %s, and does not say who leads", s->target);
        marathon_api_next(s->api);
        return;
    }
    CLEAN(json) json_t *doc = json_parse(answer->body, answer->len, NULL);
    const char *leader = json_str(doc, "leader");
    attach(s, leader && is_leader(s, leader));
}

/* 'leader' is "host:port", and says nothing of TLS: that may be more than before, not less. */
static bool is_leader(const struct marathon_stream *s, const char *leader)
{
    bool tls = !strncmp(s->target, "https://", 8);

    if (!tls && !strncmp(marathon_api_node(s->api), "https://", 8))
        return false;
    return !strcmp(s->target + (tls ? 8 : 7), leader);
}

/* The same reason is said once. A new attempt begins at the list again, some time later, never at
 * the same moment as the other nodes of a cluster. */
static void fail(struct marathon_stream *s, double at_least, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *why = xvasprintf(format, args);
    va_end(args);
    if (s->attached || !s->why || strcmp(s->why, why) != 0)
        log_warn(AREA, "no event stream: %s; berth keeps trying", why);
    free(s->why);
    s->why = TAKE_PTR(why);
    s->attached = false;
    free(s->target);
    s->target = NULL;
    ev_timer_stop(s->loop, &s->watchdog);
    double delay = (s->delay > at_least ? s->delay : at_least) * (0.75 + 0.5 * erand48(s->seed));
    s->delay = s->delay * 2 > DELAY_MAX ? DELAY_MAX : s->delay * 2;
    ev_timer_set(&s->retry, delay, 0.);
    ev_timer_start(s->loop, &s->retry);
    s->handlers.on_stale(s->handlers.arg, NULL);
}

static void on_retry(struct ev_loop *loop, ev_timer *w, int events)
{
    struct marathon_stream *s = w->data;

    (void)loop;
    (void)events;
    marathon_api_reread(s->api);
    attach(s, true);
}

static void on_silence(struct ev_loop *loop, ev_timer *w, int events)
{
    struct marathon_stream *s = w->data;

    (void)loop;
    (void)events;
    http_cancel(s->request);
    s->request = NULL;
    fail(s, 0, "nothing has come for %.0f s", s->silence);
    marathon_api_next(s->api);
}

static void feed_watchdog(struct marathon_stream *s)
{
    ev_timer_stop(s->loop, &s->watchdog);
    ev_timer_set(&s->watchdog, s->silence, 0.);
    ev_timer_start(s->loop, &s->watchdog);
}

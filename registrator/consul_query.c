#include "registrator/consul_query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define WAIT 300.            /* seconds that Consul holds a query, at most */
#define WAIT_SLACK 10.       /* seconds, beside the sixteenth that Consul adds */
#define ONCE_TIMEOUT 10.     /* seconds for an answer that does not wait */
#define DELAY_MIN 0.25       /* seconds to the first retry */
#define DELAY_MAX 30.        /* seconds between retries at the most */
#define INTERRUPTED_PAUSE 1. /* seconds after an answer too early with nothing new */
#define PACE 0.05            /* seconds between queries in the long run, at least */
#define AHEAD 1.             /* seconds' worth of queries that may come at once */

struct consul_query {
    struct consul_client *client;
    char *path;
    struct consul_query_user user;
    struct consul_query_manner manner; /* complete */
    unsigned failures;                 /* in a row */
    bool once;
    bool may_be_absent; /* 404 is an answer */
    uint64_t index;     /* to wait behind; 0: ask for what there is */
    uint64_t answered;  /* index of the last answer */
    bool calling;       /* a callback runs, and may free the query */
    bool freed;         /* it did */
    double started;     /* ev time of the running query */
    double pace;        /* seconds between queries in the long run */
    double paced;       /* ev time up to which it has been used */
    double delay;       /* before the next retry; 0: no failure */
    struct http_request *request;
    ev_timer timer; /* to the next query */
};

static struct consul_query *query_new(struct consul_client *c, const char *path, bool once,
                                      const struct consul_query_user *user);
static void ask_after(struct consul_query *q, double delay);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void on_done(void *arg, const struct http_answer *answer);
static void take_answer(struct consul_query *q, const struct http_answer *answer);
static void interrupted(struct consul_query *q);
static int read_answer(struct consul_query *q, const struct http_answer *answer, bool *ret_changed,
                       struct err **err);
static int read_index(const char *header, uint64_t *ret, struct err **err);
static void failed(struct consul_query *q, const struct err *err);
static double next_turn(struct consul_query *q);
static double or_else(double given, double normal);

struct consul_query *consul_query_new(struct consul_client *c, const char *path,
                                      const struct consul_query_user *user)
{
    return query_new(c, path, false, user);
}

struct consul_query *consul_query_new_once(struct consul_client *c, const char *path,
                                           const struct consul_query_user *user)
{
    return query_new(c, path, true, user);
}

struct consul_query *consul_query_new_keys(struct consul_client *c, const char *path,
                                           const struct consul_query_user *user)
{
    struct consul_query *q = query_new(c, path, false, user);

    q->may_be_absent = true;
    return q;
}

void consul_query_free(struct consul_query *q)
{
    if (!q)
        return;
    http_cancel(q->request);
    q->request = NULL;
    ev_timer_stop(q->client->loop, &q->timer);
    q->freed = true;
    if (q->calling)
        return; /* on_done() does the rest */
    free(q->path);
    free(q);
}

void consul_query_set_pace(struct consul_query *q, double seconds)
{
    q->pace = seconds > PACE ? seconds : PACE;
}

void consul_query_set_manner(struct consul_query *q, const struct consul_query_manner *manner)
{
    q->manner = *manner;
    q->manner.wait = or_else(manner->wait, WAIT);
    q->manner.delay_min = or_else(manner->delay_min, DELAY_MIN);
    q->manner.delay_max = or_else(manner->delay_max, DELAY_MAX);
}

uint64_t consul_query_index(const struct consul_query *q)
{
    return q->answered;
}

static struct consul_query *query_new(struct consul_client *c, const char *path, bool once,
                                      const struct consul_query_user *user)
{
    struct consul_query *q = xcalloc(1, sizeof *q);

    q->client = c;
    q->path = xstrdup(path);
    q->once = once;
    q->pace = PACE;
    q->user = *user;
    consul_query_set_manner(q, &(struct consul_query_manner){0});
    ev_timer_init(&q->timer, on_timer, 0., 0.);
    q->timer.data = q;
    ask_after(q, 0.);
    return q;
}

static double or_else(double given, double normal)
{
    return given > 0. ? given : normal;
}

static void ask_after(struct consul_query *q, double delay)
{
    ev_timer_stop(q->client->loop, &q->timer);
    ev_timer_set(&q->timer, delay, 0.);
    ev_timer_start(q->client->loop, &q->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_query *q = w->data;

    (void)events;
    double watchdog = q->manner.wait * 17. / 16. + WAIT_SLACK;
    CLEAN(free_str)
    char *path = q->index
                     ? xasprintf("%s%cindex=%" PRIu64 "&wait=%.0fms", q->path,
                                 strchr(q->path, '?') ? '&' : '?', q->index, q->manner.wait * 1e3)
                     : xstrdup(q->path);
    q->started = ev_now(loop);
    q->request = consul_client_start(q->client, NULL, path, NULL,
                                     q->index ? watchdog : ONCE_TIMEOUT, on_done, q);
}

static void on_done(void *arg, const struct http_answer *answer)
{
    struct consul_query *q = arg;

    q->request = NULL;
    q->calling = true;
    take_answer(q, answer);
    q->calling = false;
    if (q->freed)
        consul_query_free(q);
}

static void take_answer(struct consul_query *q, const struct http_answer *answer)
{
    CLEAN(err) struct err *err = NULL;
    bool changed;

    if (read_answer(q, answer, &changed, &err)) {
        failed(q, err);
        return;
    }
    q->delay = 0.;
    q->failures = 0;
    if (q->once || q->freed)
        return;
    if (!changed && ev_now(q->client->loop) - q->started < q->manner.wait) {
        interrupted(q);
        return;
    }
    ask_after(q, next_turn(q));
}

/* A Consul that ends answers every open query, before its time and with nothing new. Who answers
 * next may be another Consul with lower indexes, where this query would wait in vain. */
static void interrupted(struct consul_query *q)
{
    CLEAN(err) struct err *err = NULL;

    err_set(&err, "%s: Consul ended the query before its time, as it does when it stops", q->path);
    q->index = 0;
    ask_after(q, INTERRUPTED_PAUSE);
    q->user.on_error(q->user.arg, err);
}

static int read_answer(struct consul_query *q, const struct http_answer *answer, bool *ret_changed,
                       struct err **err)
{
    uint64_t index = 0;
    bool absent = q->may_be_absent && !answer->err && answer->status == 404;

    if (!http_answer_ok(answer) && !absent)
        return http_answer_err(answer, q->path, err);
    if ((answer->header || !q->once) && read_index(answer->header, &index, err))
        return err_wrap(err, "%s", q->path);
    q->answered = index;
    *ret_changed = q->once || index != q->index;
    if (*ret_changed &&
        q->user.on_answer(q->user.arg, absent ? "" : answer->body, absent ? 0 : answer->len, err))
        return err_wrap(err, "%s", q->path);
    /* An index that goes backwards belongs to another history: nothing may be waited for there. */
    q->index = index < q->index ? 0 : index;
    return 0;
}

static int read_index(const char *header, uint64_t *ret, struct err **err)
{
    char *end;

    if (!header || strspn(header, "0123456789") != strlen(header))
        return err_set(err, "the answer has no X-Consul-Index; is this Consul?");
    errno = 0;
    *ret = strtoull(header, &end, 10);
    if (errno || !*ret || *end)
        return err_set(err, "the answer has X-Consul-Index %.20s", header);
    return 0;
}

/* The index is forgotten: a Consul that lost its state counts anew, and would make a query for the
 * old index wait in vain. */
static void failed(struct consul_query *q, const struct err *err)
{
    bool first = q->delay == 0.;

    if (q->freed)
        return;
    q->index = 0;
    if (++q->failures == q->manner.attempts) {
        q->manner.on_given_up(q->user.arg, err);
        return;
    }
    q->delay = first ? q->manner.delay_min : q->delay * 2.;
    if (q->delay > q->manner.delay_max)
        q->delay = q->manner.delay_max;
    ask_after(q, q->delay);
    if (first)
        q->user.on_error(q->user.arg, err);
}

/* Seconds until the next query may start: none, unless those of AHEAD came one after the other. */
static double next_turn(struct consul_query *q)
{
    double now = ev_now(q->client->loop);
    double earliest = now - AHEAD;

    q->paced = (q->paced > earliest ? q->paced : earliest) + q->pace;
    if (q->paced > now + AHEAD + q->pace)
        q->paced = now; /* the clock was set back */
    return q->paced > now ? q->paced - now : 0.;
}

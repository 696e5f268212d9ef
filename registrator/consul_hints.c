#include "registrator/consul_hints.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_unwell.h"
#include "registrator/consul_news.h"
#include "registrator/consul_query.h"

#define EXPLAIN_TIME 1.  /* seconds that the news of a move may take */
#define SWEEP_PAUSE 30.  /* seconds between sweeps at the least */
#define SWEEP_EVERY 600. /* seconds between sweeps that nobody asked for */

static const char *const state_paths[] = {"/v1/health/state/critical?stale",
                                          "/v1/health/state/warning?stale"};

/* The checks in one state. */
struct unwell {
    struct consul_hints *hints;
    struct consul_query *query;
    struct strv last; /* answer */
};

struct consul_hints {
    struct consul_client *client;
    struct consul_hints_user user;
    struct unwell unwell[ARRAY_LEN(state_paths)];
    struct consul_query *news_query;
    struct consul_news news;
    uint64_t moved;     /* the list's index that no service has explained; 0: none */
    uint64_t explained; /* the highest index of a service */
    double swept;       /* ev time; 0: not yet */
    ev_timer explain;   /* until a move must be explained */
    ev_timer sweep;     /* to the next one */
};

static int on_unwell(void *arg, const char *body, size_t len, struct err **err);
static void on_unwell_change(void *arg, const char *service, const char *node);
static int on_news(void *arg, const char *body, size_t len, struct err **err);
static void on_unwell_error(void *arg, const struct err *err);
static void on_query_error(void *arg, const struct err *err);
static void on_explain(struct ev_loop *loop, ev_timer *w, int events);
static void sweep_after(struct consul_hints *h, double delay);
static void sweep_soon(struct consul_hints *h);
static void on_sweep(struct ev_loop *loop, ev_timer *w, int events);

struct consul_hints *consul_hints_new(struct consul_client *c, const struct consul_hints_user *user)
{
    struct consul_hints *h = xcalloc(1, sizeof *h);

    h->client = c;
    h->user = *user;
    ev_timer_init(&h->explain, on_explain, 0., 0.);
    ev_timer_init(&h->sweep, on_sweep, 0., 0.);
    h->explain.data = h->sweep.data = h;
    for (size_t i = 0; i < ARRAY_LEN(state_paths); i++) {
        struct unwell *u = &h->unwell[i];

        u->hints = h;
        u->query =
            consul_query_new(c, state_paths[i],
                             &(struct consul_query_user){
                                 .on_answer = on_unwell, .on_error = on_unwell_error, .arg = u});
    }
    h->news_query = consul_query_new_keys(
        c, "/v1/kv/" JOURNAL_PREFIX "?recurse",
        &(struct consul_query_user){.on_answer = on_news, .on_error = on_query_error, .arg = h});
    sweep_after(h, SWEEP_EVERY);
    return h;
}

void consul_hints_free(struct consul_hints *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < ARRAY_LEN(state_paths); i++) {
        consul_query_free(h->unwell[i].query);
        strv_done(&h->unwell[i].last);
    }
    consul_query_free(h->news_query);
    ev_timer_stop(h->client->loop, &h->explain);
    ev_timer_stop(h->client->loop, &h->sweep);
    consul_news_done(&h->news);
    free(h);
}

void consul_hints_moved(struct consul_hints *h, uint64_t index)
{
    h->moved = index;
    if (ev_is_active(&h->explain))
        return;
    ev_timer_set(&h->explain, EXPLAIN_TIME, 0.);
    ev_timer_start(h->client->loop, &h->explain);
}

void consul_hints_explained(struct consul_hints *h, uint64_t index)
{
    if (index > h->explained)
        h->explained = index;
}

void consul_hints_forget(struct consul_hints *h)
{
    h->moved = h->explained = 0;
}

static int on_unwell(void *arg, const char *body, size_t len, struct err **err)
{
    struct unwell *u = arg;
    struct strv now = {0};

    if (consul_unwell_parse(body, len, &now, err))
        return -1;
    consul_unwell_diff(&u->last, &now, on_unwell_change, u->hints);
    strv_done(&u->last);
    u->last = now;
    return 0;
}

static void on_unwell_change(void *arg, const char *service, const char *node)
{
    const struct consul_hints *h = arg;

    if (*service)
        h->user.on_service(h->user.arg, service);
    else
        h->user.on_node(h->user.arg, node);
}

static int on_news(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_hints *h = arg;
    struct strv names = {0};
    bool gap = false;

    if (consul_news_read(&h->news, body, len, &names, &gap, err))
        return -1;
    for (size_t i = 0; i < names.n; i++)
        h->user.on_service(h->user.arg, names.v[i]);
    strv_done(&names);
    if (gap)
        sweep_soon(h);
    return 0;
}

static void on_unwell_error(void *arg, const struct err *err)
{
    const struct unwell *u = arg;

    on_query_error(u->hints, err);
}

static void on_query_error(void *arg, const struct err *err)
{
    const struct consul_hints *h = arg;

    h->user.on_error(h->user.arg, err);
}

static void on_explain(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_hints *h = w->data;
    bool by_stranger = h->moved > h->explained;

    (void)loop;
    (void)events;
    h->moved = 0;
    if (by_stranger)
        sweep_soon(h);
}

static void sweep_after(struct consul_hints *h, double delay)
{
    ev_timer_stop(h->client->loop, &h->sweep);
    ev_timer_set(&h->sweep, delay, 0.);
    ev_timer_start(h->client->loop, &h->sweep);
}

static void sweep_soon(struct consul_hints *h)
{
    double delay = h->swept + SWEEP_PAUSE - ev_now(h->client->loop);

    if (delay > SWEEP_PAUSE)
        delay = SWEEP_PAUSE; /* the clock was set back */
    sweep_after(h, delay > 0. ? delay : 0.);
}

static void on_sweep(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_hints *h = w->data;

    (void)events;
    log_debug("consul", "all services are read again");
    h->swept = ev_now(loop);
    sweep_after(h, SWEEP_EVERY);
    h->user.on_all(h->user.arg);
}

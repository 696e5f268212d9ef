#include "registrator/consul_own.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_json.h"
#include "registrator/consul_query.h"
#include "registrator/url.h"

#define LOST_PACE 1. /* seconds between two calls of 'on_lost' */

/* Only the index is of interest: the answer need not name a thousand services each time. A Consul
 * that knows no filter here tells them, which does no harm. */
#define NOTHING "?filter=ID%20%3D%3D%20%22%22"

struct consul_own {
    struct consul_client *client;
    void (*on_lost)(void *arg);
    void *arg;
    struct consul_query *self; /* asks for Consul's name of our node */
    struct consul_query *node; /* watches it; NULL: its name is not known yet */
    bool lost;                 /* 'on_lost' is to be called */
    ev_timer pace;             /* until it may be */
};

static int on_self(void *arg, const char *body, size_t len, struct err **err);
static void on_self_error(void *arg, const struct err *err);
static int on_node(void *arg, const char *body, size_t len, struct err **err);
static void on_node_error(void *arg, const struct err *err);
static void lose(struct consul_own *o);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);

struct consul_own *consul_own_new(struct consul_client *c, void (*on_lost)(void *arg), void *arg)
{
    struct consul_own *o = xcalloc(1, sizeof *o);

    o->client = c;
    o->on_lost = on_lost;
    o->arg = arg;
    ev_timer_init(&o->pace, on_timer, 0., 0.);
    o->pace.data = o;
    o->self = consul_query_new_once(
        c, "/v1/agent/self",
        &(struct consul_query_user){.on_answer = on_self, .on_error = on_self_error, .arg = o});
    return o;
}

void consul_own_free(struct consul_own *o)
{
    if (!o)
        return;
    consul_query_free(o->self);
    consul_query_free(o->node);
    ev_timer_stop(o->client->loop, &o->pace);
    free(o);
}

static int on_self(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_own *o = arg;
    CLEAN(free_str) char *name = NULL;
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    if (consul_json_node(body, len, &name, err))
        return -1;
    sbuf_adds(&path, "/v1/catalog/node/");
    url_add_escaped(&path, name);
    sbuf_adds(&path, NOTHING);
    o->node = consul_query_new(
        o->client, sbuf_str(&path),
        &(struct consul_query_user){.on_answer = on_node, .on_error = on_node_error, .arg = o});
    return 0;
}

static void on_self_error(void *arg, const struct err *err)
{
    (void)arg;
    log_warn("consul", "cannot watch what we registered: %s; berth keeps trying", err_msg(err));
}

/* The first answer counts: something may have changed before the watch was in place. */
static int on_node(void *arg, const char *body, size_t len, struct err **err)
{
    (void)body;
    (void)len;
    (void)err;
    lose(arg);
    return 0;
}

static void on_node_error(void *arg, const struct err *err)
{
    log_info("consul", "the watch of our node broke: %s", err_msg(err));
    lose(arg);
}

static void lose(struct consul_own *o)
{
    o->lost = true;
    if (ev_is_active(&o->pace))
        return;
    ev_timer_set(&o->pace, 0., 0.);
    ev_timer_start(o->client->loop, &o->pace);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_own *o = w->data;

    (void)events;
    if (!o->lost)
        return;
    o->lost = false;
    ev_timer_set(w, LOST_PACE, 0.);
    ev_timer_start(loop, w);
    o->on_lost(o->arg);
}

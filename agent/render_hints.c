#include "agent/render_hints.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/consul_hints.h"
#include "registrator/url.h"

#define KEYS_PAUSE 1. /* seconds between reads of all keys, at the least */

struct render_hints {
    struct render_watch *watch;
    struct consul_client *client;
    struct render_hints_user user;
    struct consul_hints *services; /* NULL: not wanted */
    struct consul_query *list;     /* of the services' names, for its index */
    struct consul_query *keys;     /* NULL: not wanted */
    char *prefix;
    bool listed; /* 'list' has answered */
    ev_timer keys_pause, others;
};

static void want_services(struct render_hints *h);
static void want_keys(struct render_hints *h, const char *prefix);
static void on_service(void *arg, const char *name);
static void on_node(void *arg, const char *node);
static void on_all_services(void *arg);
static int on_list(void *arg, const char *body, size_t len, struct err **err);
static int on_keys(void *arg, const char *body, size_t len, struct err **err);
static void on_error(void *arg, const struct err *err);
static void on_keys_pause(struct ev_loop *loop, ev_timer *t, int events);
static void on_others(struct ev_loop *loop, ev_timer *t, int events);

struct render_hints *render_hints_new(struct render_watch *w, struct consul_client *c,
                                      const struct render_hints_user *user)
{
    struct render_hints *h = xcalloc(1, sizeof *h);

    *h = (struct render_hints){.watch = w, .client = c, .user = *user};
    ev_timer_init(&h->keys_pause, on_keys_pause, KEYS_PAUSE, 0.);
    ev_timer_init(&h->others, on_others, RENDER_OTHERS_EVERY, RENDER_OTHERS_EVERY);
    h->keys_pause.data = h->others.data = h;
    return h;
}

void render_hints_free(struct render_hints *h)
{
    if (!h)
        return;
    consul_hints_free(h->services);
    consul_query_free(h->list);
    consul_query_free(h->keys);
    ev_timer_stop(h->client->loop, &h->keys_pause);
    ev_timer_stop(h->client->loop, &h->others);
    free(h->prefix);
    free(h);
}

void render_hints_want(struct render_hints *h, bool services, const char *keys, bool others)
{
    if (services && !h->services)
        want_services(h);
    if (!services) {
        consul_hints_free(TAKE_PTR(h->services));
        consul_query_free(TAKE_PTR(h->list));
    }
    if (!keys || !h->prefix || strcmp(keys, h->prefix) != 0)
        want_keys(h, keys);
    if (others)
        ev_timer_start(h->client->loop, &h->others);
    else
        ev_timer_stop(h->client->loop, &h->others);
}

void render_hints_explained(struct render_hints *h, uint64_t index)
{
    if (h->services)
        consul_hints_explained(h->services, index);
}

static void want_services(struct render_hints *h)
{
    const struct consul_hints_user hinted = {on_service, on_node, on_all_services, on_error, h};
    const struct consul_query_user listed = {on_list, on_error, h};

    h->listed = false;
    h->services = consul_hints_new(h->client, &hinted);
    h->list = consul_query_new(h->client, "/v1/catalog/services?stale", &listed);
}

/* The folders on top of what has the prefix are few, and their index is that of all below. */
static void want_keys(struct render_hints *h, const char *prefix)
{
    const struct consul_query_user user = {on_keys, on_error, h};
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    consul_query_free(TAKE_PTR(h->keys));
    free(h->prefix);
    h->prefix = prefix ? xstrdup(prefix) : NULL;
    if (!prefix)
        return;
    sbuf_adds(&path, "/v1/kv/");
    url_add_path(&path, prefix);
    sbuf_adds(&path, "?keys&separator=/");
    h->keys = consul_query_new_keys(h->client, sbuf_str(&path), &user);
}

static bool lists(const struct render_dep *d, const char *name)
{
    return d->service && (!name || !strcmp(d->service, name));
}

static bool is_key(const struct render_dep *d, const char *name)
{
    (void)name;
    return !d->service && render_dep_is_local(d);
}

static bool is_other(const struct render_dep *d, const char *name)
{
    (void)name;
    return !render_dep_is_local(d);
}

static void on_service(void *arg, const char *name)
{
    const struct render_hints *h = arg;

    render_watch_read_again(h->watch, lists, name);
}

/* Who has an instance there is not known. */
static void on_node(void *arg, const char *node)
{
    (void)node;
    on_all_services(arg);
}

static void on_all_services(void *arg)
{
    const struct render_hints *h = arg;

    render_watch_read_again(h->watch, lists, NULL);
}

static int on_list(void *arg, const char *body, size_t len, struct err **err)
{
    struct render_hints *h = arg;

    (void)body;
    (void)len;
    (void)err;
    if (h->listed)
        consul_hints_moved(h->services, consul_query_index(h->list));
    h->listed = true;
    return 0;
}

static int on_keys(void *arg, const char *body, size_t len, struct err **err)
{
    struct render_hints *h = arg;

    (void)body;
    (void)len;
    (void)err;
    if (!ev_is_active(&h->keys_pause))
        ev_timer_start(h->client->loop, &h->keys_pause);
    return 0;
}

/* Indexes that were told may mean nothing any more. */
static void on_error(void *arg, const struct err *err)
{
    const struct render_hints *h = arg;

    if (h->services)
        consul_hints_forget(h->services);
    h->user.on_trouble(h->user.arg, err);
}

static void on_keys_pause(struct ev_loop *loop, ev_timer *t, int events)
{
    const struct render_hints *h = t->data;

    (void)loop;
    (void)events;
    ev_timer_set(t, KEYS_PAUSE, 0.);
    render_watch_read_again(h->watch, is_key, NULL);
}

static void on_others(struct ev_loop *loop, ev_timer *t, int events)
{
    const struct render_hints *h = t->data;

    (void)loop;
    (void)events;
    render_watch_read_again(h->watch, is_other, NULL);
}

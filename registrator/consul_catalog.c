#include "registrator/consul_catalog.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_json.h"
#include "registrator/consul_query.h"
#include "registrator/url.h"

#define CONSUL_SERVICE "consul" /* Consul's own servers are nobody's backends */

/* Seconds after an interruption in which nothing is believed to be gone. A Consul that has lost its
 * state, or has no leader yet, answers with less than there is; the agents of all nodes register
 * again within this time. */
#define DOUBT 15.

/* One watched service. */
struct service {
    struct consul_catalog *catalog;
    char *name;
    struct consul_query *query;
    bool answered;
    bool failing;
    struct instances instances;
};

struct consul_catalog {
    struct consul_client *client;
    void (*on_catalog)(void *arg, const struct instances *catalog, const struct err *err);
    void *arg;
    struct consul_query *names;
    bool names_answered;
    bool names_failing;
    struct service **v; /* sorted by name */
    size_t n, cap;
    size_t left_out;       /* services beyond the budget */
    bool changed;          /* since the last hand-over */
    bool failing;          /* an error was handed over, and queries fail still */
    bool delivered;        /* a catalog has been handed over */
    struct err *err;       /* to be handed over; NULL: none */
    struct instances last; /* what was handed over last */
    double doubt_until;    /* ev time; before it, what 'last' has and Consul has not stays */
    ev_timer turn;         /* hands over, once a turn of the loop */
    ev_timer doubt;        /* hands over again when the doubt is over */
};

static int on_names(void *arg, const char *body, size_t len, struct err **err);
static void on_names_error(void *arg, const struct err *err);
static void keep_watchable(struct strv *names);
static void drop_others(struct consul_catalog *g, const struct strv *names);
static void add_missing(struct consul_catalog *g, const struct strv *names);
static void report_left_out(struct consul_catalog *g, size_t left_out);
static struct service *find(const struct consul_catalog *g, size_t n, const char *name);
static int compare_names(const void *a, const void *b);
static int compare_services(const void *a, const void *b);
static struct service *service_new(struct consul_catalog *g, const char *name);
static void service_free(struct service *s);
static int on_health(void *arg, const char *body, size_t len, struct err **err);
static void on_health_error(void *arg, const struct err *err);
static bool is_failing(const struct consul_catalog *g);
static bool is_complete(const struct consul_catalog *g);
static void fail(struct consul_catalog *g, const struct err *err);
static void tell(struct consul_catalog *g, const struct err *err);
static void kick(struct consul_catalog *g);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static void begin_doubt(struct consul_catalog *g);
static void on_doubt_over(struct ev_loop *loop, ev_timer *w, int events);
static void hand_over(struct consul_catalog *g);

struct consul_catalog *consul_catalog_new(struct consul_client *c,
                                          void (*on_catalog)(void *arg,
                                                             const struct instances *catalog,
                                                             const struct err *err),
                                          void *arg)
{
    struct consul_catalog *g = xcalloc(1, sizeof *g);

    g->client = c;
    g->on_catalog = on_catalog;
    g->arg = arg;
    g->changed = true;
    ev_timer_init(&g->turn, on_turn, 0., 0.);
    ev_timer_init(&g->doubt, on_doubt_over, 0., 0.);
    g->turn.data = g->doubt.data = g;
    g->names = consul_query_new(c, "/v1/catalog/services",
                                &(struct consul_query_user){on_names, on_names_error, g});
    return g;
}

void consul_catalog_free(struct consul_catalog *g)
{
    if (!g)
        return;
    consul_query_free(g->names);
    for (size_t i = 0; i < g->n; i++)
        service_free(g->v[i]);
    free(g->v);
    err_free(g->err);
    instances_done(&g->last);
    ev_timer_stop(g->client->loop, &g->turn);
    ev_timer_stop(g->client->loop, &g->doubt);
    free(g);
}

static int on_names(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_catalog *g = arg;
    struct strv names = {0};

    if (consul_json_names(body, len, &names, err))
        return -1;
    keep_watchable(&names);
    drop_others(g, &names);
    add_missing(g, &names);
    strv_done(&names);
    g->names_answered = true;
    g->names_failing = false;
    kick(g);
    return 0;
}

static void on_names_error(void *arg, const struct err *err)
{
    struct consul_catalog *g = arg;

    g->names_failing = true;
    fail(g, err);
}

static void keep_watchable(struct strv *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < names->n; i++) {
        char *name = names->v[i];

        if (strcmp(name, CONSUL_SERVICE) && url_is_addressable(name)) {
            names->v[kept++] = name;
            continue;
        }
        if (strcmp(name, CONSUL_SERVICE))
            log_debug("consul", "a service cannot be asked for by its name: %s", name);
        free(name);
    }
    names->n = kept;
}

static void drop_others(struct consul_catalog *g, const struct strv *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < g->n; i++) {
        struct service *s = g->v[i];
        const char *name = s->name;

        if (names->n && bsearch(&name, names->v, names->n, sizeof *names->v, compare_names)) {
            g->v[kept++] = s;
            continue;
        }
        g->changed = true;
        service_free(s);
    }
    g->n = kept;
}

/* What is watched already stays watched; the rest of the budget goes by name. */
static void add_missing(struct consul_catalog *g, const struct strv *names)
{
    size_t known = g->n, left_out = 0;

    for (size_t i = 0; i < names->n; i++) {
        if (find(g, known, names->v[i]))
            continue;
        if (g->n >= CONSUL_CATALOG_SERVICES_MAX) {
            left_out++;
            continue;
        }
        g->v = xgrow(g->v, g->n, &g->cap, sizeof *g->v);
        g->v[g->n++] = service_new(g, names->v[i]);
    }
    if (g->n > known)
        qsort(g->v, g->n, sizeof *g->v, compare_services);
    report_left_out(g, left_out);
}

static void report_left_out(struct consul_catalog *g, size_t left_out)
{
    if (left_out && !g->left_out) {
        CLEAN(err) struct err *err = NULL;

        err_set(&err,
                "%zu services are left out of the catalog: berth watches %d on one Consul agent, "
                "as Consul limits a client's connections",
                left_out, CONSUL_CATALOG_SERVICES_MAX);
        log_warn("consul", "%s", err_msg(err));
        tell(g, err);
    } else if (!left_out && g->left_out) {
        log_info("consul", "no service is left out of the catalog any more");
    }
    g->left_out = left_out;
}

/* Among the first 'n' services. */
static struct service *find(const struct consul_catalog *g, size_t n, const char *name)
{
    struct service key = {.name = (char *)(uintptr_t)name}, *p = &key;
    struct service **found = n ? bsearch(&p, g->v, n, sizeof *g->v, compare_services) : NULL;

    return found ? *found : NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_services(const void *a, const void *b)
{
    return strcmp((*(struct service *const *)a)->name, (*(struct service *const *)b)->name);
}

static struct service *service_new(struct consul_catalog *g, const char *name)
{
    struct service *s = xcalloc(1, sizeof *s);
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    s->catalog = g;
    s->name = xstrdup(name);
    sbuf_adds(&path, "/v1/health/service/");
    url_add_escaped(&path, name);
    s->query = consul_query_new(g->client, sbuf_str(&path),
                                &(struct consul_query_user){on_health, on_health_error, s});
    return s;
}

static void service_free(struct service *s)
{
    consul_query_free(s->query);
    instances_done(&s->instances);
    free(s->name);
    free(s);
}

static int on_health(void *arg, const char *body, size_t len, struct err **err)
{
    struct service *s = arg;
    struct instances now = {0};

    if (consul_json_health(body, len, s->name, &now, err))
        return -1;
    if (!s->answered || !instances_equal(&now, &s->instances))
        s->catalog->changed = true;
    instances_done(&s->instances);
    s->instances = now;
    s->answered = true;
    s->failing = false;
    kick(s->catalog);
    return 0;
}

static void on_health_error(void *arg, const struct err *err)
{
    struct service *s = arg;

    s->failing = true;
    fail(s->catalog, err);
}

static bool is_failing(const struct consul_catalog *g)
{
    bool failing = g->names_failing;

    for (size_t i = 0; i < g->n; i++)
        failing = failing || g->v[i]->failing;
    return failing;
}

static bool is_complete(const struct consul_catalog *g)
{
    bool complete = g->names_answered;

    for (size_t i = 0; i < g->n; i++)
        complete = complete && g->v[i]->answered;
    return complete;
}

/* When Consul is away every query fails: the first one speaks for all. */
static void fail(struct consul_catalog *g, const struct err *err)
{
    if (!g->failing)
        tell(g, err);
    g->failing = true;
    begin_doubt(g);
}

static void tell(struct consul_catalog *g, const struct err *err)
{
    if (!g->err)
        err_set_code(&g->err, err_code(err), "%s", err_msg(err));
    kick(g);
}

static void kick(struct consul_catalog *g)
{
    if (ev_is_active(&g->turn))
        return;
    ev_timer_set(&g->turn, 0., 0.);
    ev_timer_start(g->client->loop, &g->turn);
}

/* Hands over one thing a turn: the one who takes it may free the watch. */
static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_catalog *g = w->data;

    (void)loop;
    (void)events;
    if (g->err) {
        CLEAN(err) struct err *err = TAKE_PTR(g->err);

        kick(g);
        g->on_catalog(g->arg, NULL, err);
        return;
    }
    if (g->failing && !is_failing(g)) {
        g->failing = false;
        g->changed = true;
        begin_doubt(g);
    }
    if (!g->changed || !(g->delivered || is_complete(g)))
        return;
    g->changed = false;
    g->delivered = true;
    hand_over(g);
}

static void begin_doubt(struct consul_catalog *g)
{
    g->doubt_until = ev_now(g->client->loop) + DOUBT;
    ev_timer_stop(g->client->loop, &g->doubt);
    ev_timer_set(&g->doubt, DOUBT, 0.);
    ev_timer_start(g->client->loop, &g->doubt);
}

static void on_doubt_over(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_catalog *g = w->data;

    (void)loop;
    (void)events;
    g->doubt_until = 0.;
    g->changed = true;
    kick(g);
}

/* Services are sorted by name and their instances by node and id, so the sum is sorted, too. */
static void collect(const struct consul_catalog *g, struct instances *ret)
{
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->v[i]->instances.n; k++)
            *instances_add(ret) = g->v[i]->instances.v[k];
}

static void hand_over(struct consul_catalog *g)
{
    static const struct instances nothing;
    struct instances known = {0}, all = {0};
    bool doubted = ev_now(g->client->loop) < g->doubt_until;

    collect(g, &known);
    instances_join(&known, doubted ? &g->last : &nothing, &all);
    if (all.n > known.n)
        log_warn("consul",
                 "%zu instances are gone after an interruption; they stay for %.0f s, until those "
                 "who registered them have had time to do so again",
                 all.n - known.n, DOUBT);
    free(known.v); /* the instances themselves are only lent */
    instances_done(&g->last);
    g->last = all;
    g->on_catalog(g->arg, &g->last, NULL);
}

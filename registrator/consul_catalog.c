#include "registrator/consul_catalog.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_hints.h"
#include "registrator/consul_json.h"
#include "registrator/consul_query.h"
#include "registrator/consul_reads.h"
#include "registrator/consul_service.h"
#include "registrator/delivery.h"
#include "registrator/guard.h"
#include "registrator/url.h"

#define CONSUL_SERVICE "consul" /* Consul's own servers are nobody's backends */
#define NAMES_PATH "/v1/catalog/services"

struct consul_catalog {
    struct consul_client *client;
    struct consul_query *names;   /* the watch of the list of services */
    struct consul_query *confirm; /* asks the leader for it; NULL: nothing to confirm */
    bool names_answered;
    bool names_failing;
    bool failing; /* an error was handed over, and queries fail still */
    struct consul_service_user service_user;
    struct consul_service **v; /* sorted by name */
    size_t n, cap;
    size_t n_watched;
    struct consul_reads reads;
    struct consul_hints *hints; /* NULL: every service is watched */
    struct delivery_user delivery_user;
    struct delivery delivery;
};

static int on_names(void *arg, const char *body, size_t len, struct err **err);
static int on_confirmed(void *arg, const char *body, size_t len, struct err **err);
static int parse_names(const char *body, size_t len, struct strv *ret, struct err **err);
static void take_names(struct consul_catalog *g, const struct strv *names);
static void on_names_error(void *arg, const struct err *err);
static void confirm_names(struct consul_catalog *g, size_t lost);
static size_t count_lost(const struct consul_catalog *g, const struct strv *names);
static bool drop_others(struct consul_catalog *g, const struct strv *names);
static bool add_missing(struct consul_catalog *g, const struct strv *names);
static void add(struct consul_catalog *g, const char *name);
static void start_hints(struct consul_catalog *g);
static void on_hint(void *arg, const char *name);
static void on_node_hint(void *arg, const char *node);
static void on_sweep(void *arg);
static void on_hint_error(void *arg, const struct err *err);
static void read_unwatched(struct consul_catalog *g, enum consul_consistency consistency);
static struct consul_service *find(const struct consul_catalog *g, size_t n, const char *name);
static int compare_names(const void *a, const void *b);
static int compare_services(const void *a, const void *b);
static void on_answer(void *arg, struct consul_service *s, bool changed);
static void on_error(void *arg, struct consul_service *s, const struct err *err);
static void on_read_end(void *arg, struct consul_service *s);
static void on_suspicion(void *arg, struct consul_service *s);
static bool is_doubted(void *arg);
static void fail(struct consul_catalog *g, const struct err *err);
static void check_recovery(struct consul_catalog *g);
static bool is_complete(void *arg);
static void collect(void *arg, struct instances *ret);

struct consul_catalog *consul_catalog_new(
    struct consul_client *c, const char *file,
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err), void *arg)
{
    struct consul_catalog *g = xcalloc(1, sizeof *g);

    g->client = c;
    g->service_user = (struct consul_service_user){.on_answer = on_answer,
                                                   .on_error = on_error,
                                                   .on_read_end = on_read_end,
                                                   .on_suspicion = on_suspicion,
                                                   .doubted = is_doubted,
                                                   .arg = g};
    g->delivery_user =
        (struct delivery_user){.collect = collect, .is_complete = is_complete, .arg = g};
    consul_reads_init(&g->reads, c->loop);
    delivery_init(&g->delivery, c->loop, &g->delivery_user, file, on_catalog, arg);
    g->names = consul_query_new(
        c, NAMES_PATH "?stale",
        &(struct consul_query_user){.on_answer = on_names, .on_error = on_names_error, .arg = g});
    return g;
}

void consul_catalog_free(struct consul_catalog *g)
{
    if (!g)
        return;
    consul_query_free(g->names);
    consul_query_free(g->confirm);
    consul_hints_free(g->hints);
    for (size_t i = 0; i < g->n; i++)
        consul_service_free(g->v[i]);
    free(g->v);
    consul_reads_done(&g->reads);
    delivery_done(&g->delivery);
    free(g);
}

/* ---- the list of services ---- */

static int on_names(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_catalog *g = arg;
    struct strv names = {0};

    if (parse_names(body, len, &names, err))
        return -1;
    size_t lost = count_lost(g, &names);
    g->names_failing = false;
    if (guard_suspects(g->n, lost, is_doubted(g)))
        confirm_names(g, lost);
    else
        take_names(g, &names);
    strv_done(&names);
    return 0;
}

static int on_confirmed(void *arg, const char *body, size_t len, struct err **err)
{
    struct consul_catalog *g = arg;
    struct strv names = {0};

    if (parse_names(body, len, &names, err))
        return -1;
    consul_query_free(g->confirm);
    g->confirm = NULL;
    take_names(g, &names);
    strv_done(&names);
    return 0;
}

/* Leaves out what cannot be asked for. */
static int parse_names(const char *body, size_t len, struct strv *ret, struct err **err)
{
    size_t kept = 0;

    if (consul_json_names(body, len, ret, err))
        return -1;
    for (size_t i = 0; i < ret->n; i++) {
        char *name = ret->v[i];

        if (strcmp(name, CONSUL_SERVICE) && url_is_addressable(name)) {
            ret->v[kept++] = name;
            continue;
        }
        if (strcmp(name, CONSUL_SERVICE))
            log_debug("consul", "a service cannot be asked for by its name: %s", name);
        free(name);
    }
    ret->n = kept;
    return 0;
}

static void take_names(struct consul_catalog *g, const struct strv *names)
{
    bool first = !g->names_answered;
    bool fewer = drop_others(g, names), more = add_missing(g, names);

    g->names_answered = true;
    check_recovery(g);
    if (first || fewer || more)
        delivery_change(&g->delivery);
    else if (g->hints)
        consul_hints_moved(g->hints, consul_query_index(g->names));
}

static void on_names_error(void *arg, const struct err *err)
{
    struct consul_catalog *g = arg;

    g->names_failing = true;
    fail(g, err);
}

static void confirm_names(struct consul_catalog *g, size_t lost)
{
    if (g->confirm)
        return;
    log_warn("consul",
             "%zu of %zu services are gone at once: Consul's leader is asked before that is "
             "believed",
             lost, g->n);
    g->confirm =
        consul_query_new_once(g->client, NAMES_PATH "?consistent",
                              &(struct consul_query_user){
                                  .on_answer = on_confirmed, .on_error = on_names_error, .arg = g});
}

static bool is_listed(const struct strv *names, const char *name)
{
    return names->n && bsearch(&name, names->v, names->n, sizeof *names->v, compare_names);
}

static size_t count_lost(const struct consul_catalog *g, const struct strv *names)
{
    size_t lost = 0;

    for (size_t i = 0; i < g->n; i++)
        lost += !is_listed(names, g->v[i]->name);
    return lost;
}

static bool drop_others(struct consul_catalog *g, const struct strv *names)
{
    size_t kept = 0, before = g->n;

    for (size_t i = 0; i < g->n; i++) {
        struct consul_service *s = g->v[i];

        if (is_listed(names, s->name)) {
            g->v[kept++] = s;
            continue;
        }
        g->n_watched -= consul_service_is_watched(s);
        consul_reads_remove(&g->reads, s);
        consul_service_free(s);
    }
    g->n = kept;
    return kept < before;
}

static bool add_missing(struct consul_catalog *g, const struct strv *names)
{
    size_t known = g->n;

    for (size_t i = 0; i < names->n; i++)
        if (!find(g, known, names->v[i]))
            add(g, names->v[i]);
    if (g->n == known)
        return false;
    qsort(g->v, g->n, sizeof *g->v, compare_services);
    return true;
}

static void add(struct consul_catalog *g, const char *name)
{
    struct consul_service *s = consul_service_new(g->client, name, &g->service_user);

    g->v = xgrow(g->v, g->n, &g->cap, sizeof *g->v);
    g->v[g->n++] = s;
    if (g->n_watched < CONSUL_CATALOG_WATCHED) {
        consul_service_watch(s);
        g->n_watched++;
        return;
    }
    start_hints(g);
    consul_reads_add(&g->reads, s, CONSUL_DEFAULT);
}

static struct consul_service *find(const struct consul_catalog *g, size_t n, const char *name)
{
    struct consul_service key = {.name = (char *)(uintptr_t)name}, *p = &key;
    struct consul_service **found = n ? bsearch(&p, g->v, n, sizeof *g->v, compare_services) : NULL;

    return found ? *found : NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_services(const void *a, const void *b)
{
    return strcmp((*(struct consul_service *const *)a)->name,
                  (*(struct consul_service *const *)b)->name);
}

/* ---- hints ---- */

static void start_hints(struct consul_catalog *g)
{
    if (g->hints)
        return;
    log_info("consul",
             "there are more than %d services: the others are read when there is a sign of change; "
             "what others than berth register shows within %d s",
             CONSUL_CATALOG_WATCHED, 31);
    g->hints = consul_hints_new(g->client, &(struct consul_hints_user){.on_service = on_hint,
                                                                       .on_node = on_node_hint,
                                                                       .on_all = on_sweep,
                                                                       .on_error = on_hint_error,
                                                                       .arg = g});
}

static void on_hint(void *arg, const char *name)
{
    struct consul_catalog *g = arg;
    struct consul_service *s = find(g, g->n, name);

    if (s && !consul_service_is_watched(s))
        consul_reads_add(&g->reads, s, CONSUL_DEFAULT);
}

static bool is_on(const struct consul_service *s, const char *node)
{
    for (size_t i = 0; i < s->instances.n; i++)
        if (!strcmp(s->instances.v[i].node, node))
            return true;
    return false;
}

static void on_node_hint(void *arg, const char *node)
{
    struct consul_catalog *g = arg;

    for (size_t i = 0; i < g->n; i++)
        if (!consul_service_is_watched(g->v[i]) && is_on(g->v[i], node))
            consul_reads_add(&g->reads, g->v[i], CONSUL_DEFAULT);
}

static void on_sweep(void *arg)
{
    read_unwatched(arg, CONSUL_STALE);
}

static void on_hint_error(void *arg, const struct err *err)
{
    fail(arg, err);
}

static void read_unwatched(struct consul_catalog *g, enum consul_consistency consistency)
{
    for (size_t i = 0; i < g->n; i++)
        if (!consul_service_is_watched(g->v[i]))
            consul_reads_add(&g->reads, g->v[i], consistency);
}

/* ---- services ---- */

static void on_answer(void *arg, struct consul_service *s, bool changed)
{
    struct consul_catalog *g = arg;

    if (g->hints)
        consul_hints_explained(g->hints, s->index);
    check_recovery(g);
    if (changed)
        delivery_change(&g->delivery);
}

static void on_error(void *arg, struct consul_service *s, const struct err *err)
{
    (void)s;
    fail(arg, err);
}

static void on_read_end(void *arg, struct consul_service *s)
{
    struct consul_catalog *g = arg;

    consul_reads_ended(&g->reads, s);
}

static void on_suspicion(void *arg, struct consul_service *s)
{
    struct consul_catalog *g = arg;

    consul_reads_add(&g->reads, s, CONSUL_CONSISTENT);
}

static bool is_doubted(void *arg)
{
    const struct consul_catalog *g = arg;

    return delivery_is_doubted(&g->delivery);
}

/* ---- the whole ---- */

/* When Consul is away every query fails: the first one speaks for all. */
static void fail(struct consul_catalog *g, const struct err *err)
{
    if (!g->failing)
        delivery_fail(&g->delivery, err);
    else
        delivery_doubt(&g->delivery);
    g->failing = true;
}

/* Hints may have been missed while Consul was away. */
static void check_recovery(struct consul_catalog *g)
{
    bool failing = g->names_failing;

    if (!g->failing)
        return;
    for (size_t i = 0; i < g->n && !failing; i++)
        failing = g->v[i]->failing;
    if (failing)
        return;
    g->failing = false;
    delivery_doubt(&g->delivery);
    delivery_change(&g->delivery);
    if (g->hints)
        consul_hints_forget(g->hints);
    read_unwatched(g, CONSUL_DEFAULT);
}

static bool is_complete(void *arg)
{
    const struct consul_catalog *g = arg;
    bool complete = g->names_answered;

    for (size_t i = 0; i < g->n && complete; i++)
        complete = g->v[i]->answered;
    return complete;
}

/* Services are sorted by name and their instances by node and id, so the sum is sorted, too. */
static void collect(void *arg, struct instances *ret)
{
    const struct consul_catalog *g = arg;

    for (size_t i = 0; i < g->n; i++)
        for (size_t k = 0; k < g->v[i]->instances.n; k++)
            *instances_add(ret) = g->v[i]->instances.v[k];
}

#include "registrator/consul_catalog.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/search.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_hints.h"
#include "registrator/consul_names.h"
#include "registrator/consul_reads.h"
#include "registrator/consul_service.h"
#include "registrator/delivery.h"

#define AREA "consul"

struct consul_catalog {
    struct consul_client *client;
    struct consul_names *names;
    bool names_answered;
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

static void on_names(void *arg, const struct strv *names, uint64_t index);
static void on_names_error(void *arg, const struct err *err);
static size_t count_lost_names(void *arg, const struct strv *names, size_t *ret_had);
static bool merge(struct consul_catalog *g, const struct strv *names, uint64_t index);
static bool is_newer(const struct consul_service *s, uint64_t index);
static void drop(struct consul_catalog *g, struct consul_service *s);
static struct consul_service *add(struct consul_catalog *g, const char *name);
static void start_hints(struct consul_catalog *g);
static void on_hint(void *arg, const char *name);
static void on_node_hint(void *arg, const char *node);
static void on_sweep(void *arg);
static void on_hint_error(void *arg, const struct err *err);
static void read_unwatched(struct consul_catalog *g, enum consul_consistency consistency);
static struct consul_service *find(const struct consul_catalog *g, const char *name);
static size_t position(const struct consul_catalog *g, const char *name, bool *ret_found);
static void on_answer(void *arg, struct consul_service *s, struct instances *now);
static size_t count_lost(void *arg, const struct consul_service *s, const struct instances *now,
                         size_t *ret_had);
static void on_error(void *arg, struct consul_service *s, const struct err *err);
static void on_read_end(void *arg, struct consul_service *s);
static void on_suspicion(void *arg, struct consul_service *s);
static bool is_doubted(void *arg);
static void fail(struct consul_catalog *g, const struct err *err);
static void check_recovery(struct consul_catalog *g);
static bool is_complete(void *arg);
static bool has(void *arg, const char *name);

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
                                                   .count_lost = count_lost,
                                                   .doubted = is_doubted,
                                                   .arg = g};
    g->delivery_user = (struct delivery_user){.is_complete = is_complete, .has = has, .arg = g};
    consul_reads_init(&g->reads, c->loop);
    delivery_init(&g->delivery, c->loop, &g->delivery_user, file, on_catalog, arg);
    g->names = consul_names_new(c, &(struct consul_names_user){.on_names = on_names,
                                                               .on_error = on_names_error,
                                                               .count_lost = count_lost_names,
                                                               .doubted = is_doubted,
                                                               .arg = g});
    return g;
}

void consul_catalog_free(struct consul_catalog *g)
{
    if (!g)
        return;
    consul_names_free(g->names);
    consul_hints_free(g->hints);
    for (size_t i = 0; i < g->n; i++)
        consul_service_free(g->v[i]);
    free(g->v);
    consul_reads_done(&g->reads);
    delivery_done(&g->delivery);
    free(g);
}

void consul_catalog_tell(const struct consul_catalog *g, struct catalog_watch *ret)
{
    bool live = g->delivery.complete && !g->failing;

    *ret = (struct catalog_watch){.scheme = g->hints ? "journal" : "watched",
                                  .services = g->n,
                                  .watched = g->n_watched,
                                  .seen = live ? ev_now(g->client->loop) : g->delivery.seen};
}

/* ---- the list of services ---- */

static void on_names(void *arg, const struct strv *names, uint64_t index)
{
    struct consul_catalog *g = arg;
    bool changed = merge(g, names, index);

    g->names_answered = true;
    check_recovery(g);
    delivery_progress(&g->delivery);
    if (!changed && g->hints)
        consul_hints_moved(g->hints, index);
}

static void on_names_error(void *arg, const struct err *err)
{
    fail(arg, err);
}

/* At the start, what the file has is what was known. */
static size_t count_lost_names(void *arg, const struct strv *names, size_t *ret_had)
{
    const struct consul_catalog *g = arg;
    const struct catalog *c = &g->delivery.catalog;
    size_t lost = 0, k = 0;

    *ret_had = g->names_answered ? g->n : c->n;
    for (size_t i = 0; i < *ret_had; i++) {
        const char *name = g->names_answered ? g->v[i]->name : c->v[i]->name;

        while (k < names->n && strcmp(names->v[k], name) < 0)
            k++;
        lost += k == names->n || strcmp(names->v[k], name) != 0;
    }
    return lost;
}

/* Makes the services those of 'names'. Returns whether that has changed any. */
static bool merge(struct consul_catalog *g, const struct strv *names, uint64_t index)
{
    struct consul_service **old = g->v;
    size_t n_old = g->n, i = 0, k = 0;
    bool changed = false;

    g->v = NULL;
    g->n = g->cap = 0;
    while (i < n_old || k < names->n) {
        int order = i == n_old ? 1 : k == names->n ? -1 : strcmp(old[i]->name, names->v[k]);
        bool stays = order == 0 || (order < 0 && is_newer(old[i], index));

        changed |= order > 0 || !stays;
        g->v = xgrow(g->v, g->n, &g->cap, sizeof *g->v);
        if (order > 0)
            g->v[g->n++] = add(g, names->v[k]);
        else if (stays)
            g->v[g->n++] = old[i];
        else
            drop(g, old[i]);
        i += order <= 0;
        k += order >= 0;
    }
    free(old);
    return changed;
}

/* A list may come from a server that is behind the one which told of the service. */
static bool is_newer(const struct consul_service *s, uint64_t index)
{
    return s->answered && s->index > index;
}

static void drop(struct consul_catalog *g, struct consul_service *s)
{
    struct instances none = {0};

    delivery_set(&g->delivery, s->name, &none);
    g->n_watched -= consul_service_is_watched(s);
    consul_reads_remove(&g->reads, s);
    consul_service_free(s);
}

/* A new service, which is not among the others yet. */
static struct consul_service *add(struct consul_catalog *g, const char *name)
{
    struct consul_service *s = consul_service_new(g->client, name, &g->service_user);

    if (g->n_watched < CONSUL_CATALOG_WATCHED) {
        consul_service_watch(s);
        g->n_watched++;
        return s;
    }
    start_hints(g);
    consul_reads_add(&g->reads, s, CONSUL_DEFAULT);
    return s;
}

static struct consul_service *find(const struct consul_catalog *g, const char *name)
{
    bool found;
    size_t at = position(g, name, &found);

    return found ? g->v[at] : NULL;
}

static int compare(const void *key, const void *member)
{
    return strcmp(key, (*(struct consul_service *const *)member)->name);
}

static size_t position(const struct consul_catalog *g, const char *name, bool *ret_found)
{
    return search_sorted(g->v, g->n, sizeof *g->v, name, compare, ret_found);
}

/* ---- hints ---- */

static void start_hints(struct consul_catalog *g)
{
    if (g->hints)
        return;
    log_info(AREA,
             "there are more than %d services: the others are read when there is a sign of change; "
             "what others than berth register shows within %d s",
             CONSUL_CATALOG_WATCHED, 31);
    g->hints = consul_hints_new(g->client, &(struct consul_hints_user){.on_service = on_hint,
                                                                       .on_node = on_node_hint,
                                                                       .on_all = on_sweep,
                                                                       .on_error = on_hint_error,
                                                                       .arg = g});
}

/* One that the list does not have yet is new: the list comes later, and with care. */
static void on_hint(void *arg, const char *name)
{
    struct consul_catalog *g = arg;
    bool found;
    size_t at = position(g, name, &found);

    if (found && !consul_service_is_watched(g->v[at]))
        consul_reads_add(&g->reads, g->v[at], CONSUL_DEFAULT);
    if (found || !g->names_answered || !consul_names_can_have(name))
        return;
    g->v = xgrow(g->v, g->n, &g->cap, sizeof *g->v);
    memmove(&g->v[at + 1], &g->v[at], (g->n - at) * sizeof *g->v);
    g->n++;
    g->v[at] = add(g, name);
}

static bool is_on(const struct catalog_service *s, const char *node)
{
    for (size_t i = 0; i < s->instances.n; i++)
        if (!strcmp(s->instances.v[i].node, node))
            return true;
    return false;
}

static void on_node_hint(void *arg, const char *node)
{
    struct consul_catalog *g = arg;
    const struct catalog *c = &g->delivery.catalog;

    for (size_t i = 0; i < c->n; i++) {
        struct consul_service *s = is_on(c->v[i], node) ? find(g, c->v[i]->name) : NULL;

        if (s && !consul_service_is_watched(s))
            consul_reads_add(&g->reads, s, CONSUL_DEFAULT);
    }
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

static void on_answer(void *arg, struct consul_service *s, struct instances *now)
{
    struct consul_catalog *g = arg;

    if (g->hints)
        consul_hints_explained(g->hints, s->index);
    delivery_set(&g->delivery, s->name, now);
    delivery_progress(&g->delivery);
    check_recovery(g);
}

static size_t count_lost(void *arg, const struct consul_service *s, const struct instances *now,
                         size_t *ret_had)
{
    const struct consul_catalog *g = arg;

    return delivery_count_lost(&g->delivery, s->name, now, ret_had);
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

/* Hints may have been missed while Consul was away, and indexes may begin anew. */
static void check_recovery(struct consul_catalog *g)
{
    if (!g->failing || consul_names_is_failing(g->names) || g->service_user.n_failing)
        return;
    g->failing = false;
    delivery_doubt(&g->delivery);
    for (size_t i = 0; i < g->n; i++)
        g->v[i]->index = 0;
    if (g->hints)
        consul_hints_forget(g->hints);
    read_unwatched(g, CONSUL_DEFAULT);
}

static bool is_complete(void *arg)
{
    const struct consul_catalog *g = arg;

    return g->names_answered && !g->service_user.n_unanswered;
}

static bool has(void *arg, const char *name)
{
    return find(arg, name) != NULL;
}

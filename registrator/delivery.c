#include "registrator/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/catalog_file.h"
#include "registrator/guard.h"

#define AREA "catalog"

/* Seconds after an interruption in which nothing is believed to be gone. A registry that has lost
 * its state, or has no leader yet, answers with less than there is; the agents of all nodes
 * register again within this time. */
#define DOUBT 15.

static void read_file(struct delivery *d, const char *file);
static void keep_absent(const struct delivery *d, const char *service, struct instances *now,
                        struct instances *ret_gone);
static void start_timer(struct delivery *d, ev_timer *timer, double delay);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static void hand_over_err(struct delivery *d);
static void complete(struct delivery *d);
static void tell_ghosts(struct delivery *d, size_t n, const char *service);
static void hand_over_file(struct delivery *d);
static void hand_over(struct delivery *d);
static void on_doubt_over(struct ev_loop *loop, ev_timer *w, int events);

void delivery_init(
    struct delivery *d, struct ev_loop *loop, const struct delivery_user *user, const char *file,
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err), void *arg)
{
    *d = (struct delivery){
        .loop = loop, .user = user, .on_catalog = on_catalog, .arg = arg, .changed = true};
    ev_timer_init(&d->turn, on_turn, 0., 0.);
    ev_timer_init(&d->doubt, on_doubt_over, 0., 0.);
    d->turn.data = d->doubt.data = d;
    catalog_saver_init(&d->saver, loop, file, &d->catalog);
    if (file)
        read_file(d, file);
}

void delivery_done(struct delivery *d)
{
    ev_timer_stop(d->loop, &d->turn);
    ev_timer_stop(d->loop, &d->doubt);
    catalog_saver_done(&d->saver);
    err_free(d->err);
    catalog_done(&d->ghosts);
    catalog_done(&d->catalog);
}

void delivery_set(struct delivery *d, const char *service, struct instances *now)
{
    struct instances gone = {0};

    if (delivery_is_doubted(d))
        keep_absent(d, service, now, &gone);
    if (gone.n)
        tell_ghosts(d, gone.n, service);
    catalog_set(&d->ghosts, service, &gone);
    if (!catalog_set(&d->catalog, service, now))
        return;
    d->changed = true;
    start_timer(d, &d->turn, 0.);
}

size_t delivery_count_lost(const struct delivery *d, const char *service,
                           const struct instances *now, size_t *ret_had)
{
    const struct catalog_service *s = catalog_find(&d->catalog, service);
    const struct catalog_service *ghosts = catalog_find(&d->ghosts, service);

    *ret_had = (s ? s->instances.n : 0) - (ghosts ? ghosts->instances.n : 0);
    return (s ? guard_count_lost(&s->instances, now) : 0) -
           (ghosts ? guard_count_lost(&ghosts->instances, now) : 0);
}

void delivery_progress(struct delivery *d)
{
    if (!d->complete)
        start_timer(d, &d->turn, 0.);
}

void delivery_fail(struct delivery *d, const struct err *err)
{
    if (d->complete)
        d->seen = ev_now(d->loop);
    else if (d->seen > 0. && !d->handed_over)
        d->from_file = true;
    if (!d->err)
        err_set_code(&d->err, err_code(err), "%s", err_msg(err));
    start_timer(d, &d->turn, 0.);
    delivery_doubt(d);
}

void delivery_doubt(struct delivery *d)
{
    d->doubt_until = ev_now(d->loop) + DOUBT;
    ev_timer_stop(d->loop, &d->doubt);
    start_timer(d, &d->doubt, DOUBT);
}

bool delivery_is_doubted(const struct delivery *d)
{
    return ev_now(d->loop) < d->doubt_until;
}

static void read_file(struct delivery *d, const char *file)
{
    CLEAN(err) struct err *err = NULL;

    if (catalog_file_read(file, &d->catalog, &d->seen, &err) && err_code(err) != ENOENT)
        log_warn(AREA, "the last good catalog cannot be read: %s", err_msg(err));
}

/* Adds to 'now' what the catalog has besides, and tells it. */
static void keep_absent(const struct delivery *d, const char *service, struct instances *now,
                        struct instances *ret_gone)
{
    const struct catalog_service *s = catalog_find(&d->catalog, service);

    if (!s)
        return;
    instances_without(&s->instances, now, ret_gone);
    instances_copy(now, ret_gone);
    instances_sort(now);
}

static void start_timer(struct delivery *d, ev_timer *timer, double delay)
{
    if (ev_is_active(timer))
        return;
    ev_timer_set(timer, delay, 0.);
    ev_timer_start(d->loop, timer);
}

/* Hands over one thing a turn: the one who takes it may free the delivery. */
static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct delivery *d = w->data;

    (void)loop;
    (void)events;
    if (d->err) {
        hand_over_err(d);
        return;
    }
    if (!d->complete && d->user->is_complete(d->user->arg))
        complete(d);
    if (d->changed && (d->complete || d->handed_over))
        hand_over(d);
    else if (d->from_file)
        hand_over_file(d);
}

static void hand_over_err(struct delivery *d)
{
    CLEAN(err) struct err *err = TAKE_PTR(d->err);

    start_timer(d, &d->turn, 0.);
    d->on_catalog(d->arg, NULL, err);
}

/* What only the file has, the registry has not. */
static void complete(struct delivery *d)
{
    CLEAN(free_str) char *name = xstrdup("");
    const struct catalog_service *s;

    while ((s = catalog_next(&d->catalog, name))) {
        struct instances none = {0};

        free(name);
        name = xstrdup(s->name);
        if (!d->user->has(d->user->arg, name))
            delivery_set(d, name, &none);
    }
    d->complete = true;
}

static void hand_over_file(struct delivery *d)
{
    time_t when = (time_t)d->seen;
    char text[32] = "";
    struct tm tm;

    d->from_file = false;
    d->handed_over = true;
    if (gmtime_r(&when, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    log_warn(AREA,
             "the last good catalog serves until the registry can be read: seen=%s age=%.0fs "
             "instances=%zu",
             text, ev_now(d->loop) - d->seen, catalog_instances(&d->catalog));
    d->on_catalog(d->arg, &d->catalog, NULL);
}

static void hand_over(struct delivery *d)
{
    d->changed = d->from_file = false;
    d->handed_over = true;
    if (d->complete) {
        d->seen = ev_now(d->loop);
        catalog_saver_change(&d->saver, d->seen);
    }
    d->on_catalog(d->arg, &d->catalog, NULL);
}

/* The first ones speak for all; how many they were is told at the end. */
static void tell_ghosts(struct delivery *d, size_t n, const char *service)
{
    if (!d->ghosts_told)
        log_warn(AREA,
                 "%zu instances of %s, and maybe of others, are gone after an interruption; they "
                 "stay for %.0f s, until those who registered them have had time to do so again",
                 n, service, DOUBT);
    d->ghosts_told = true;
}

static void on_doubt_over(struct ev_loop *loop, ev_timer *w, int events)
{
    struct delivery *d = w->data;
    struct catalog ghosts = d->ghosts;

    (void)loop;
    (void)events;
    if (ghosts.n)
        log_info(AREA,
                 "what is gone since the interruption does not stay any longer: instances=%zu",
                 catalog_instances(&ghosts));
    d->doubt_until = 0.;
    d->ghosts_told = false;
    d->ghosts = (struct catalog){0};
    for (size_t i = 0; i < ghosts.n; i++) {
        const struct catalog_service *s = catalog_find(&d->catalog, ghosts.v[i]->name);
        struct instances now = {0};

        if (s)
            instances_without(&s->instances, &ghosts.v[i]->instances, &now);
        delivery_set(d, ghosts.v[i]->name, &now);
    }
    catalog_done(&ghosts);
}

#include "registrator/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/catalog_file.h"

#define AREA "catalog"

/* Seconds after an interruption in which nothing is believed to be gone. A registry that has lost
 * its state, or has no leader yet, answers with less than there is; the agents of all nodes
 * register again within this time. */
#define DOUBT 15.
/* Seconds from a new catalog to the file: changes come in groups, and a large catalog that changes
 * all the time is not to be written all the time. */
#define SAVE_DELAY 5.
#define SAVE_DELAY_EACH 1e-3 /* more for each instance */

static void read_file(struct delivery *d);
static void start_timer(struct delivery *d, ev_timer *timer, double delay);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static void on_doubt_over(struct ev_loop *loop, ev_timer *w, int events);
static void on_save(struct ev_loop *loop, ev_timer *w, int events);
static void hand_over_file(struct delivery *d);
static void hand_over(struct delivery *d);

void delivery_init(
    struct delivery *d, struct ev_loop *loop, const struct delivery_user *user, const char *file,
    void (*on_catalog)(void *arg, const struct catalog *catalog, const struct err *err), void *arg)
{
    *d = (struct delivery){
        .loop = loop, .user = user, .on_catalog = on_catalog, .arg = arg, .changed = true};
    ev_timer_init(&d->turn, on_turn, 0., 0.);
    ev_timer_init(&d->doubt, on_doubt_over, 0., 0.);
    ev_timer_init(&d->save, on_save, 0., 0.);
    d->turn.data = d->doubt.data = d->save.data = d;
    if (!file)
        return;
    d->file = xstrdup(file);
    read_file(d);
}

void delivery_done(struct delivery *d)
{
    ev_timer_stop(d->loop, &d->turn);
    ev_timer_stop(d->loop, &d->doubt);
    ev_timer_stop(d->loop, &d->save);
    err_free(d->err);
    catalog_done(&d->last);
    free(d->file);
}

void delivery_change(struct delivery *d)
{
    d->changed = true;
    start_timer(d, &d->turn, 0.);
}

void delivery_fail(struct delivery *d, const struct err *err)
{
    if (!d->delivered && d->seen > 0.)
        d->from_file = true;
    delivery_tell(d, err);
    delivery_doubt(d);
}

void delivery_tell(struct delivery *d, const struct err *err)
{
    if (!d->err)
        err_set_code(&d->err, err_code(err), "%s", err_msg(err));
    start_timer(d, &d->turn, 0.);
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

static void read_file(struct delivery *d)
{
    CLEAN(err) struct err *err = NULL;
    struct instances all = {0};

    if (catalog_file_read(d->file, &all, &d->seen, &err) && err_code(err) != ENOENT)
        log_warn(AREA, "the last good catalog cannot be read: %s", err_msg(err));
    catalog_set_all(&d->last, &all);
    instances_done(&all);
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
        CLEAN(err) struct err *err = TAKE_PTR(d->err);

        start_timer(d, &d->turn, 0.);
        d->on_catalog(d->arg, NULL, err);
        return;
    }
    if (d->changed && (d->delivered || d->user->is_complete(d->user->arg)))
        hand_over(d);
    else if (d->from_file)
        hand_over_file(d);
}

static void on_doubt_over(struct ev_loop *loop, ev_timer *w, int events)
{
    struct delivery *d = w->data;

    (void)loop;
    (void)events;
    d->doubt_until = 0.;
    delivery_change(d);
}

static void on_save(struct ev_loop *loop, ev_timer *w, int events)
{
    const struct delivery *d = w->data;
    CLEAN(err) struct err *err = NULL;
    struct instances all = {0};

    (void)loop;
    (void)events;
    catalog_lend(&d->last, &all);
    if (catalog_file_write(d->file, &all, d->seen, &err))
        log_warn(AREA, "the last good catalog cannot be kept for a restart: %s", err_msg(err));
    free(all.v);
}

static void hand_over_file(struct delivery *d)
{
    time_t when = (time_t)d->seen;
    char text[32] = "";
    struct tm tm;

    d->from_file = false;
    if (gmtime_r(&when, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    log_warn(AREA,
             "the last good catalog serves until the registry can be read: seen=%s age=%.0fs "
             "instances=%zu",
             text, ev_now(d->loop) - d->seen, catalog_instances(&d->last));
    d->on_catalog(d->arg, &d->last, NULL);
}

static void hand_over(struct delivery *d)
{
    struct instances known = {0}, before = {0}, all = {0};
    bool doubted = delivery_is_doubted(d);

    d->user->collect(d->user->arg, &known);
    if (doubted)
        catalog_lend(&d->last, &before);
    instances_join(&known, &before, &all);
    if (all.n > known.n)
        log_warn(AREA,
                 "%zu instances are gone after an interruption; they stay for %.0f s, until those "
                 "who registered them have had time to do so again",
                 all.n - known.n, DOUBT);
    catalog_set_all(&d->last, &all);
    free(known.v); /* the instances themselves are only lent */
    free(before.v);
    d->seen = ev_now(d->loop);
    d->changed = false;
    d->delivered = true;
    d->from_file = false;
    if (d->file && !doubted)
        start_timer(d, &d->save, SAVE_DELAY + (double)all.n * SAVE_DELAY_EACH);
    instances_done(&all);
    d->on_catalog(d->arg, &d->last, NULL);
}

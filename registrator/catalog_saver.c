#include "registrator/catalog_saver.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/xmalloc.h"

#define AREA "catalog"
#define DELAY 5.          /* seconds from a change to the file */
#define DELAY_EACH 1e-3   /* more for each instance */
#define SLICE_PAUSE 10e-3 /* seconds between slices */

static void start(struct catalog_saver *s, double delay);
static void start_writing(struct catalog_saver *s);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void end(struct catalog_saver *s, const struct err *err);

void catalog_saver_init(struct catalog_saver *s, struct ev_loop *loop, const char *path,
                        const struct catalog *catalog)
{
    *s = (struct catalog_saver){
        .loop = loop, .path = path ? xstrdup(path) : NULL, .catalog = catalog};
    ev_timer_init(&s->timer, on_timer, 0., 0.);
    s->timer.data = s;
}

void catalog_saver_done(struct catalog_saver *s)
{
    ev_timer_stop(s->loop, &s->timer);
    catalog_file_free(s->writing);
    free(s->path);
}

void catalog_saver_change(struct catalog_saver *s, double seen)
{
    s->seen = seen;
    s->changed = true;
    if (s->path && !ev_is_active(&s->timer))
        start_writing(s);
}

static void start(struct catalog_saver *s, double delay)
{
    ev_timer_set(&s->timer, delay, 0.);
    ev_timer_start(s->loop, &s->timer);
}

static void start_writing(struct catalog_saver *s)
{
    start(s, DELAY + (double)catalog_instances(s->catalog) * DELAY_EACH);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct catalog_saver *s = w->data;
    CLEAN(err) struct err *err = NULL;

    (void)loop;
    (void)events;
    if (!s->writing) {
        s->changed = false;
        s->writing = catalog_file_new(s->path, s->seen, &err);
    }
    if (s->writing && catalog_file_write(s->writing, s->catalog, &err) > 0)
        start(s, SLICE_PAUSE);
    else
        end(s, err);
}

/* What has changed meanwhile may have been passed already. */
static void end(struct catalog_saver *s, const struct err *err)
{
    if (err)
        log_warn(AREA, "the last good catalog cannot be kept for a restart: %s", err_msg(err));
    catalog_file_free(s->writing);
    s->writing = NULL;
    if (s->changed)
        start_writing(s);
}

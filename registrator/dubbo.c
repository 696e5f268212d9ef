#include "registrator/dubbo.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/log.h"
#include "lib/trace.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_apps.h"
#include "registrator/dubbo_dir.h"
#include "registrator/dubbo_plan.h"
#include "registrator/dubbo_write.h"
#include "registrator/zk_session.h"

#define AREA "dubbo"
#define PATIENCE 10.   /* seconds that a pass waits for the connection or an answer, at most */
#define HOLD_MAX 120.  /* seconds without a connection, after which no host port is held */
#define WRITES_MAX 256 /* in flight at once */

/* The steps of a pass. Requests keep their order, so that a service is never empty in between. */
enum step { STEP_PUTS, STEP_REMOVALS, STEP_DOOMED, STEP_END };

struct dubbo {
    struct ev_loop *loop;
    char *hosts, *node;
    bool repair;
    void (*on_change)(void *arg);
    void *arg;
    struct sync sync;
    struct zk_session *session;
    struct dubbo_dir dir;
    struct dubbo_apps apps;
    struct dubbo_writer writer;
    struct dubbo_nodes containers, machines;
    struct dubbo_locals locals;
    struct problems said; /* what labels are wrong about */
    struct problems problems;
    struct dubbo_table table;
    struct dubbo_plan plan;
    bool has_containers, has_machines; /* what is wanted of them is known */
    bool had_mapping;                  /* when the directory was listed last */
    bool leaving;
    void (*on_left)(void *arg); /* NULL: nobody waits */
    void *left_arg;
    bool running; /* a pass is */
    bool waiting; /* it has not begun: there is no connection */
    enum step step;
    size_t at; /* in the table, or the doomed */
    struct err *err;
    double down_since; /* ev time; 0: connected */
    ev_timer patience;
    ev_timer hold; /* nothing is held any more */
};

static void on_up(void *arg);
static void on_event(void *arg, const char *path);
static void on_dir(void *arg);
static bool concerns(void *arg, const char *interface);
static void pass(void *owner);
static void wait_patiently(struct dubbo *d);
static void on_patience(struct ev_loop *loop, ev_timer *w, int events);
static void on_hold(struct ev_loop *loop, ev_timer *w, int events);
static void begin(struct dubbo *d);
static void make_plan(struct dubbo *d);
static void compare_with_dir(struct dubbo *d);
static bool is_listed_without(const struct dubbo *d, const struct dubbo_entry *e);
static void report(struct dubbo *d, struct problems *found);
static void work(struct dubbo *d);
static bool advance(struct dubbo *d);
static void put_if_needed(struct dubbo *d, struct dubbo_entry *e);
static void remove_if_needed(struct dubbo *d, struct dubbo_entry *e);
static void on_written(void *arg, const char *key, enum dubbo_outcome outcome,
                       const struct err *err);
static void take_outcome(struct dubbo_entry *e, enum dubbo_outcome outcome);
static void finish(struct dubbo *d);

struct dubbo *dubbo_new(struct ev_loop *loop, const struct dubbo_config *config,
                        void (*on_change)(void *arg), void *arg)
{
    struct dubbo *d = xcalloc(1, sizeof *d);

    d->loop = loop;
    d->hosts = xstrdup(config->hosts);
    d->node = xstrdup(config->node);
    d->repair = config->repair;
    d->on_change = on_change;
    d->arg = arg;
    d->down_since = ev_now(loop);
    sync_init(&d->sync, loop, AREA, pass, d, config->resync);
    ev_timer_init(&d->patience, on_patience, 0., PATIENCE);
    ev_timer_init(&d->hold, on_hold, HOLD_MAX, 0.);
    d->patience.data = d->hold.data = d;
    ev_timer_start(loop, &d->hold);
    d->session =
        zk_session_new(loop,
                       &(struct zk_session_config){.hosts = config->hosts,
                                                   .id_file = config->id_file,
                                                   .digest = config->digest,
                                                   .timeout = (unsigned)(config->session * 1000.),
                                                   .attach = true},
                       &(struct zk_session_user){on_up, on_event, d});
    CLEAN(free_str) char *root = xasprintf("/%s", config->root);
    dubbo_dir_init(&d->dir, loop, d->session, root, config->node, &d->locals, on_dir, d);
    dubbo_apps_init(&d->apps, loop, d->session, root, concerns, on_dir, d);
    d->writer = (struct dubbo_writer){
        .session = d->session, .root = xstrdup(root), .on_end = on_written, .arg = d};
    sync_kick(&d->sync);
    return d;
}

void dubbo_set_config(struct dubbo *d, const struct dubbo_config *config)
{
    bool other = d->repair != config->repair;

    d->repair = config->repair;
    sync_set_resync(&d->sync, config->resync);
    if (other)
        sync_kick(&d->sync);
}

void dubbo_free(struct dubbo *d)
{
    if (!d)
        return;
    sync_done(&d->sync);
    ev_timer_stop(d->loop, &d->patience);
    ev_timer_stop(d->loop, &d->hold);
    zk_session_free(d->session);
    dubbo_dir_done(&d->dir);
    dubbo_apps_done(&d->apps);
    dubbo_writer_done(&d->writer);
    dubbo_nodes_done(&d->containers);
    dubbo_nodes_done(&d->machines);
    dubbo_locals_done(&d->locals);
    problems_done(&d->said);
    problems_done(&d->problems);
    dubbo_table_done(&d->table);
    dubbo_plan_done(&d->plan);
    err_free(d->err);
    free(d->hosts);
    free(d->node);
    free(d);
}

void dubbo_want(struct dubbo *d, struct dubbo_nodes *nodes, struct dubbo_locals *locals,
                struct problems *said)
{
    struct dubbo_locals before = d->locals;
    bool is_new = false;
    char host[IPADDR_STRLEN];

    for (size_t i = 0; i < locals->n; i++)
        is_new = is_new || !dubbo_locals_near(&before, ipaddr_format(&locals->v[i].addr, host));
    d->locals = *locals;
    *locals = (struct dubbo_locals){0};
    dubbo_locals_done(&before);
    if (is_new)
        dubbo_dir_renew(&d->dir);
    dubbo_nodes_done(&d->containers);
    d->containers = *nodes;
    *nodes = (struct dubbo_nodes){0};
    problems_done(&d->said);
    d->said = *said;
    *said = (struct problems){0};
    d->has_containers = true;
    sync_kick(&d->sync);
}

void dubbo_want_shared(struct dubbo *d, struct dubbo_nodes *nodes)
{
    dubbo_nodes_done(&d->machines);
    d->machines = *nodes;
    *nodes = (struct dubbo_nodes){0};
    d->has_machines = true;
    sync_kick(&d->sync);
}

void dubbo_leave(struct dubbo *d, void (*on_done)(void *arg), void *arg)
{
    d->leaving = d->has_containers = d->has_machines = true;
    d->on_left = on_done;
    d->left_arg = arg;
    sync_kick(&d->sync);
}

bool dubbo_holds(const struct dubbo *d, uint16_t port)
{
    if (d->down_since > 0. && ev_now(d->loop) - d->down_since >= HOLD_MAX)
        return false;
    if (!dubbo_dir_is_complete(&d->dir) && !d->sync.last_ok)
        return true;
    for (size_t i = 0; i < d->table.n; i++) {
        const struct dubbo_entry *e = &d->table.v[i];

        if (e->port == port && !e->shared && (e->pending || e->presence != DUBBO_ABSENT))
            return true;
    }
    return false;
}

const struct dubbo_table *dubbo_providers(const struct dubbo *d)
{
    return &d->table;
}

size_t dubbo_unreachable(const struct dubbo *d)
{
    return d->plan.unreachable;
}

bool dubbo_is_connected(const struct dubbo *d)
{
    return zk_session_is_up(d->session);
}

const struct problems *dubbo_problems(const struct dubbo *d)
{
    return &d->problems;
}

void dubbo_resync(struct dubbo *d)
{
    sync_kick(&d->sync);
}

const struct sync *dubbo_sync(const struct dubbo *d)
{
    return &d->sync;
}

/* ---- what ZooKeeper tells ---- */

/* Whether the session is the same or another: everything is looked at again. */
static void on_up(void *arg)
{
    struct dubbo *d = arg;

    dubbo_table_doubt(&d->table);
    d->down_since = 0.;
    ev_timer_stop(d->loop, &d->hold);
    dubbo_dir_renew(&d->dir);
    dubbo_apps_look(&d->apps);
    sync_kick(&d->sync);
    if (d->waiting)
        begin(d);
}

static void on_event(void *arg, const char *path)
{
    struct dubbo *d = arg;

    dubbo_dir_event(&d->dir, path);
    dubbo_apps_event(&d->apps, path);
}

static void on_dir(void *arg)
{
    struct dubbo *d = arg;

    if (d->dir.has_mapping && !d->had_mapping)
        dubbo_apps_look(&d->apps);
    d->had_mapping = d->dir.has_mapping;
    sync_kick(&d->sync);
}

/* An interface that we have a provider of, or a local container has. */
static bool concerns(void *arg, const char *interface)
{
    const struct dubbo *d = arg;
    const struct dubbo_interface *i = dubbo_dir_find(&d->dir, interface);

    return i && (i->kept || i->n);
}

/* ---- a pass ---- */

static void pass(void *owner)
{
    struct dubbo *d = owner;

    d->running = true;
    wait_patiently(d);
    if (zk_session_is_up(d->session)) {
        begin(d);
        return;
    }
    d->waiting = true;
    if (!(d->down_since > 0.)) {
        d->down_since = ev_now(d->loop);
        ev_timer_set(&d->hold, HOLD_MAX, 0.);
        ev_timer_start(d->loop, &d->hold);
    }
}

/* Once more. What takes longer than the session lasts is not worth waiting for. */
static void wait_patiently(struct dubbo *d)
{
    double session = zk_session_timeout(d->session);

    d->patience.repeat = session > 0. && session < PATIENCE ? session : PATIENCE;
    ev_timer_again(d->loop, &d->patience);
}

/* A server that takes requests and does not answer is as good as none; another one may. What has
 * been asked of it ends with the connection, and the pass is made again. */
static void on_patience(struct ev_loop *loop, ev_timer *w, int events)
{
    struct dubbo *d = w->data;

    (void)loop;
    (void)events;
    if (!d->waiting)
        zk_session_reconnect(d->session);
    err_free(d->err);
    d->err = NULL;
    err_set(&d->err, "ZooKeeper does not answer at %s; what is registered there stays for now",
            d->hosts);
    finish(d);
}

static void on_hold(struct ev_loop *loop, ev_timer *w, int events)
{
    struct dubbo *d = w->data;

    (void)loop;
    (void)events;
    d->on_change(d->arg);
}

static void begin(struct dubbo *d)
{
    d->waiting = false;
    make_plan(d);
    d->step = STEP_PUTS;
    d->at = 0;
    work(d);
}

static void make_plan(struct dubbo *d)
{
    struct problems found = {0};

    dubbo_plan_done(&d->plan);
    for (size_t i = 0; i < d->dir.n; i++)
        dubbo_plan_add(&d->plan, d->dir.v[i], &d->locals, d->node, d->repair, &found);
    dubbo_nodes_sort(&d->plan.mirrors);
    dubbo_table_begin(&d->table);
    if (!d->leaving) {
        dubbo_table_want(&d->table, &d->containers);
        dubbo_table_want(&d->table, &d->machines);
        dubbo_table_want(&d->table, &d->plan.mirrors);
    }
    compare_with_dir(d);
    dubbo_table_end(&d->table);
    report(d, &found);
}

static void compare_with_dir(struct dubbo *d)
{
    for (size_t i = 0; i < d->table.n; i++) {
        struct dubbo_entry *e = &d->table.v[i];
        CLEAN(free_str) char *interface = xstrndup(e->key, strcspn(e->key, "/"));

        dubbo_dir_keep(&d->dir, interface);
        if (!e->pending && is_listed_without(d, e)) {
            e->presence = DUBBO_ABSENT;
            e->told = false;
        }
    }
    for (size_t i = 0; i < d->plan.seen.n; i++)
        dubbo_table_see(&d->table, &d->plan.seen.v[i]);
}

/* Answers come in the order of the requests: a listing that comes after a node was made has it; one
 * that came before says nothing of it. */
static bool is_listed_without(const struct dubbo *d, const struct dubbo_entry *e)
{
    CLEAN(free_str) char *interface = xstrndup(e->key, strcspn(e->key, "/"));
    const struct dubbo_interface *i = dubbo_dir_find(&d->dir, interface);
    const char *name = strrchr(e->key, '/') + 1;

    return i && i->listed && i->turn > e->since && e->presence != DUBBO_ABSENT &&
           !dubbo_interface_has(i, name);
}

static void report(struct dubbo *d, struct problems *found)
{
    for (size_t i = 0; i < d->said.n; i++)
        problems_add(found, d->said.v[i].subject, "%s", d->said.v[i].text);
    dubbo_apps_report(&d->apps, found);
    if (d->dir.error)
        problems_add(found, "ZooKeeper", "%s", d->dir.error);
    if (d->dir.overfull)
        problems_add(found, "ZooKeeper",
                     "%s has more than %d interfaces; of the others, unreachable providers are not "
                     "found",
                     d->dir.root, DUBBO_INTERFACES_MAX);
    if (problems_report(AREA, &d->problems, found))
        d->on_change(d->arg);
    problems_done(found);
}

/* Writes what differs; comes back for each write that has ended. */
static void work(struct dubbo *d)
{
    while (d->step != STEP_END && d->writer.n < WRITES_MAX)
        if (!advance(d))
            break;
    if (d->step == STEP_END && !d->writer.n)
        finish(d);
}

/* One step further; false: the doomed wait for their mirrors. */
static bool advance(struct dubbo *d)
{
    size_t end = d->step == STEP_DOOMED ? d->plan.n_doomed : d->table.n;

    if (d->at >= end) {
        if (d->step == STEP_REMOVALS && d->writer.n)
            return false;
        d->step++;
        d->at = 0;
        return true;
    }
    size_t at = d->at++;
    if (d->step == STEP_PUTS)
        put_if_needed(d, &d->table.v[at]);
    else if (d->step == STEP_REMOVALS)
        remove_if_needed(d, &d->table.v[at]);
    else if (!d->leaving) {
        const struct dubbo_doomed *doomed = &d->plan.doomed[at];
        const struct dubbo_entry *mirror = dubbo_table_find(&d->table, doomed->mirror);

        if (mirror && mirror->presence == DUBBO_KEPT)
            dubbo_writer_remove(&d->writer, doomed->key, false);
    }
    return true;
}

static void put_if_needed(struct dubbo *d, struct dubbo_entry *e)
{
    if (!e->wanted || e->pending || e->failed || e->presence == DUBBO_KEPT ||
        e->presence == DUBBO_FOREIGN)
        return;
    e->pending = true;
    dubbo_writer_put(&d->writer, e->key, e->shared);
}

/* What is wanted must be known first; a machine's that another berth keeps is not ours. */
static void remove_if_needed(struct dubbo *d, struct dubbo_entry *e)
{
    bool known = e->shared ? d->has_machines : d->has_containers;

    if (e->wanted || !known || e->pending || e->failed || e->presence == DUBBO_ABSENT ||
        e->presence == DUBBO_FOREIGN)
        return;
    e->pending = true;
    dubbo_writer_remove(&d->writer, e->key, e->shared);
}

static void on_written(void *arg, const char *key, enum dubbo_outcome outcome,
                       const struct err *err)
{
    struct dubbo *d = arg;
    struct dubbo_entry *e = dubbo_table_find(&d->table, key);

    if (err && d->running && !d->err)
        err_set_code(&d->err, err_code(err), "%s", err_msg(err));
    if (e) {
        take_outcome(e, outcome);
        e->since = d->dir.turn;
        if (outcome == DUBBO_IS_OURS && d->dir.has_mapping)
            dubbo_apps_look(&d->apps);
        d->on_change(d->arg);
    } else if (outcome == DUBBO_IS_GONE) {
        log_info(AREA, "removed: what a local container registered of %.*s, for its mirror",
                 (int)strcspn(key, "/"), key);
    }
    if (d->running) {
        wait_patiently(d);
        work(d);
    } else {
        sync_kick(&d->sync);
    }
}

static void take_outcome(struct dubbo_entry *e, enum dubbo_outcome outcome)
{
    char trace[TRACE_LEN + 1];

    e->pending = false;
    switch (outcome) {
    case DUBBO_IS_OURS:
        if (!e->told)
            log_info(AREA, "added: %s trace=%s", e->title, trace_format(e->trace, trace));
        e->told = true;
        e->presence = DUBBO_KEPT;
        break;
    case DUBBO_IS_OTHERS:
        e->presence = DUBBO_FOREIGN;
        break;
    case DUBBO_IS_GONE:
        log_info(AREA, "removed: %s trace=%s", e->title, trace_format(e->trace, trace));
        e->told = false;
        e->presence = DUBBO_ABSENT;
        break;
    case DUBBO_IS_UNKNOWN:
        e->presence = DUBBO_SEEN;
        e->failed = true;
        break;
    }
}

static bool has_left(const struct dubbo *d)
{
    if (!dubbo_dir_is_complete(&d->dir))
        return false;
    for (size_t i = 0; i < d->table.n; i++)
        if (d->table.v[i].presence != DUBBO_ABSENT && d->table.v[i].presence != DUBBO_FOREIGN)
            return false;
    return true;
}

static void finish(struct dubbo *d)
{
    struct err *err = TAKE_PTR(d->err);
    void (*on_left)(void *arg) = d->on_left;

    d->running = d->waiting = false;
    ev_timer_stop(d->loop, &d->patience);
    bool left = !err && d->leaving && has_left(d);
    sync_finish(&d->sync, err);
    if (!left || !on_left)
        return;
    d->on_left = NULL;
    on_left(d->left_arg);
}

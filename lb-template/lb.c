#include "lb-template/lb.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/certs.h"
#include "lb-template/exits.h"
#include "lb-template/pass.h"
#include "lb-template/port.h"
#include "lb-template/quiet.h"
#include "lb-template/routes_renderer.h"
#include "lb-template/rtconn.h"
#include "lb-template/select.h"
#include "lb-template/settings.h"
#include "lb-template/view.h"
#include "lib/xmalloc.h"

#define AREA "lb"
#define REFRESH_TIMEOUT 5.0 /* seconds without a byte from HAProxy */

/* Somebody waits for the states to be read. */
struct waiter {
    void (*done)(void *arg);
    void *arg;
    struct waiter *next;
};

/* What is made of a struct lb_config. */
struct setup {
    struct settings settings;
    struct select select;
    struct quiet quiet;
};

struct lb {
    struct ev_loop *loop;
    struct sync sync;
    struct setup setup;             /* the same during a pass */
    struct setup *next;             /* from the next pass on; NULL: the same */
    struct routes_renderer *routes; /* the built-in renderer; NULL: the caller has its own */
    struct pass *pass;
    ev_timer quiet_end; /* the catalog has become quiet, or has had time enough */
    bool has_catalog;
    struct problems problems, problems_now;
    void (*on_change)(void *arg);
    void *arg;
    ev_stat edited;      /* of the operator's template; inactive where there is none */
    ev_timer timer;      /* to the next pass that only time asks for */
    struct exits *exits; /* of the workers */
    struct rtconn *refresh;
    struct waiter *waiting, *calling;
};

static int setup_init(struct setup *ret, const struct lb_config *config, struct err **err);
static void setup_done(struct setup *s);
static int check_new(const struct lb *lb, const struct setup *next, struct err **err);
static void take_next(struct lb *lb);
static void open_routes(struct lb *lb, struct err **err);
static void watch_template(struct lb *lb);
static void on_quiet(struct ev_loop *loop, ev_timer *w, int events);
static void on_edited(struct ev_loop *loop, ev_stat *w, int events);
static void run_pass(void *owner);
static void on_pass(void *arg, struct err *err);
static void schedule(struct lb *lb);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void watch_workers(struct lb *lb);
static void on_worker_exit(void *arg);
static void start_refresh(struct lb *lb);
static void on_refreshed(void *arg, const struct strv *answers, const struct err *err);
static void make_view(const struct lb *lb, const struct runtime_servers *servers,
                      struct lb_backends *ret);
static void call_waiters(struct lb *lb);
static void drop_waiters(struct waiter **list);

struct lb *lb_new(struct ev_loop *loop, const struct lb_config *config,
                  void (*on_change)(void *arg), void *arg, struct err **err)
{
    struct lb *lb = xcalloc(1, sizeof *lb);

    lb->loop = loop;
    lb->on_change = on_change;
    lb->arg = arg;
    sync_init(&lb->sync, loop, AREA, run_pass, lb, config->resync);
    ev_timer_init(&lb->quiet_end, on_quiet, 0., 0.);
    ev_timer_init(&lb->timer, on_timer, 0., 0.);
    ev_stat_init(&lb->edited, on_edited, "", 0.);
    lb->quiet_end.data = lb->timer.data = lb->edited.data = lb;
    lb->exits = exits_new(loop, on_worker_exit, lb);
    if (setup_init(&lb->setup, config, err)) {
        lb_free(lb);
        return NULL;
    }
    if (!config->renderer)
        open_routes(lb, err);
    if (config->renderer || lb->routes)
        lb->pass =
            pass_new(loop, &lb->setup.settings,
                     config->renderer ? config->renderer : routes_renderer_base(lb->routes), err);
    if (lb->pass)
        return lb;
    lb_free(lb);
    return NULL;
}

int lb_set_config(struct lb *lb, const struct lb_config *config, struct err **err)
{
    struct setup *next = xcalloc(1, sizeof *next);

    if (setup_init(next, config, err) || check_new(lb, next, err)) {
        setup_done(next);
        free(next);
        return -1;
    }
    if (lb->next)
        setup_done(lb->next);
    free(lb->next);
    lb->next = next;
    sync_set_resync(&lb->sync, config->resync);
    sync_kick(&lb->sync);
    return 0;
}

void lb_free(struct lb *lb)
{
    if (!lb)
        return;
    pass_free(lb->pass);
    rtconn_cancel(lb->refresh);
    exits_free(lb->exits);
    ev_timer_stop(lb->loop, &lb->timer);
    ev_timer_stop(lb->loop, &lb->quiet_end);
    ev_stat_stop(lb->loop, &lb->edited);
    routes_renderer_free(lb->routes);
    setup_done(&lb->setup);
    if (lb->next)
        setup_done(lb->next);
    free(lb->next);
    sync_done(&lb->sync);
    problems_done(&lb->problems);
    problems_done(&lb->problems_now);
    drop_waiters(&lb->waiting);
    drop_waiters(&lb->calling);
    free(lb);
}

void lb_kick(struct lb *lb)
{
    sync_kick(&lb->sync);
}

void lb_on_catalog(struct lb *lb, const struct catalog *catalog)
{
    double now = ev_now(lb->loop), end = quiet_change(&lb->setup.quiet, now);
    bool first = !lb->has_catalog;

    routes_renderer_catalog(lb->routes, catalog);
    lb->has_catalog = true;
    ev_timer_stop(lb->loop, &lb->quiet_end);
    if (first || end <= now) {
        quiet_end(&lb->setup.quiet);
        sync_kick(&lb->sync);
        return;
    }
    ev_timer_set(&lb->quiet_end, end - now, 0.);
    ev_timer_start(lb->loop, &lb->quiet_end);
}

void lb_refresh(struct lb *lb, void (*done)(void *arg), void *arg)
{
    struct waiter *w = xcalloc(1, sizeof *w);
    struct waiter **end = &lb->waiting;

    while (*end)
        end = &(*end)->next;
    *w = (struct waiter){done, arg, NULL};
    *end = w;
    if (!lb->sync.running && !lb->refresh)
        start_refresh(lb);
}

void lb_backends(const struct lb *lb, struct lb_backends *ret)
{
    make_view(lb, target_servers(targets_first(pass_targets(lb->pass))), ret);
}

void lb_offer(const struct lb *lb, struct lb_backends *ret)
{
    make_view(lb, NULL, ret);
}

uint64_t lb_offer_stamp(const struct lb *lb)
{
    const struct rendering *r = pass_rendering(lb->pass);

    return r ? r->offer : 0;
}

void lb_backends_done(struct lb_backends *l)
{
    view_done(l);
}

void lb_count(const struct lb *lb, size_t *ret_backends, size_t *ret_servers)
{
    model_count(pass_model(lb->pass), ret_backends, ret_servers);
}

size_t lb_banned(const struct lb *lb)
{
    return pass_banned(lb->pass);
}

bool lb_is_running(const struct lb *lb)
{
    return targets_any_runs(pass_targets(lb->pass));
}

const struct lb_counters *lb_counters(const struct lb *lb)
{
    return pass_counters(lb->pass);
}

const struct problems *lb_problems(const struct lb *lb)
{
    return &lb->problems;
}

const struct sync *lb_sync(const struct lb *lb)
{
    return &lb->sync;
}

/* '*ret' is zeroed. */
static int setup_init(struct setup *ret, const struct lb_config *config, struct err **err)
{
    if (select_parse(&ret->select, config->select ? config->select : "", err))
        return err_wrap(err, "[lb] select");
    if (quiet_parse(&ret->quiet, config->wait ? config->wait : "0", err))
        return err_wrap(err, "[lb] wait");
    return settings_init(&ret->settings, config, err);
}

static void setup_done(struct setup *s)
{
    settings_done(&s->settings);
    select_done(&s->select);
    *s = (struct setup){0};
}

/* A start goes on without what cannot be opened. Here it would take away what there is. */
static int check_new(const struct lb *lb, const struct setup *next, struct err **err)
{
    const struct render_config *a = &lb->setup.settings.render, *b = &next->settings.render;
    const struct {
        unsigned had, wanted;
        const char *name;
    } ports[] = {{a->http_port, b->http_port, "http_port"},
                 {a->https_port, b->https_port, "https_port"},
                 {a->stats_port, b->stats_port, "stats_port"}};
    char stamp[CERTS_STAMP_LEN + 1];

    for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
        unsigned port = ports[i].wanted;

        if (!port || port == ports[i].had || pass_holds_port(lb->pass, port))
            continue;
        if (port_probe(i == 2 ? "127.0.0.1" : b->bind, port, err))
            return err_wrap(err, "[lb] %s = %u", ports[i].name, port);
    }
    if (b->https_port && (!a->certs || strcmp(a->certs, b->certs)) &&
        certs_stamp(b->certs, stamp, err))
        return err_wrap(err, "[lb] certs");
    return 0;
}

/* What is borrowed from the old one is borrowed for a pass, and for the place where it lies. */
static void take_next(struct lb *lb)
{
    if (!lb->next)
        return;
    lb->next->quiet.first = lb->setup.quiet.first;
    setup_done(&lb->setup);
    lb->setup = *lb->next;
    free(lb->next);
    lb->next = NULL;
    if (!lb->routes)
        return;
    watch_template(lb);
    routes_renderer_configured(lb->routes);
}

static void open_routes(struct lb *lb, struct err **err)
{
    lb->routes = routes_renderer_new(&lb->setup.settings, &lb->setup.select, err);
    if (lb->routes)
        watch_template(lb);
}

static void watch_template(struct lb *lb)
{
    ev_stat_stop(lb->loop, &lb->edited);
    if (!lb->setup.settings.template)
        return;
    ev_stat_set(&lb->edited, lb->setup.settings.template, 0.);
    ev_stat_start(lb->loop, &lb->edited);
}

static void on_quiet(struct ev_loop *loop, ev_timer *w, int events)
{
    struct lb *lb = w->data;

    (void)loop;
    (void)events;
    quiet_end(&lb->setup.quiet);
    sync_kick(&lb->sync);
}

static void on_edited(struct ev_loop *loop, ev_stat *w, int events)
{
    struct lb *lb = w->data;

    (void)loop;
    (void)events;
    routes_renderer_edited(lb->routes);
    sync_kick(&lb->sync);
}

/* A pass reads the states itself: a refresh under way is answered at its end. */
static void run_pass(void *owner)
{
    struct lb *lb = owner;

    rtconn_cancel(lb->refresh);
    lb->refresh = NULL;
    ev_timer_stop(lb->loop, &lb->timer);
    take_next(lb);
    pass_run(lb->pass, &lb->problems_now, on_pass, lb);
}

static void on_pass(void *arg, struct err *err)
{
    struct lb *lb = arg;

    problems_report(AREA, &lb->problems, &lb->problems_now);
    watch_workers(lb);
    schedule(lb);
    sync_finish(&lb->sync, err);
    call_waiters(lb);
    lb->on_change(lb->arg);
}

static void schedule(struct lb *lb)
{
    double next = pass_next(lb->pass);

    if (!(next > 0.))
        return;
    double delay = next - ev_now(lb->loop);
    ev_timer_set(&lb->timer, delay > 0. ? delay : 0., 0.);
    ev_timer_start(lb->loop, &lb->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct lb *lb = w->data;

    (void)loop;
    (void)events;
    sync_kick(&lb->sync);
}

/* Where the kernel cannot tell of an end, the resync notices. */
static void watch_workers(struct lb *lb)
{
    const struct targets *all = pass_targets(lb->pass);

    for (size_t i = 0; i < all->n; i++)
        exits_watch(lb->exits, i, all->workers[i].pid);
}

static void on_worker_exit(void *arg)
{
    struct lb *lb = arg;

    sync_kick(&lb->sync);
}

static void start_refresh(struct lb *lb)
{
    struct strv commands = {0};
    const struct target *running = targets_first(pass_targets(lb->pass));

    if (!pass_rendering(lb->pass)) {
        call_waiters(lb);
        return;
    }
    strv_add(&commands, "show servers state");
    lb->refresh = rtconn_start(lb->loop, &(struct rtconn_call){
                                             .path = target_path(running),
                                             .commands = &commands,
                                             .timeout = REFRESH_TIMEOUT,
                                             .on_done = on_refreshed,
                                             .arg = lb,
                                         });
    strv_done(&commands);
}

static void on_refreshed(void *arg, const struct strv *answers, const struct err *err)
{
    struct lb *lb = arg;

    lb->refresh = NULL;
    if (!err)
        target_read_servers(targets_first(pass_targets(lb->pass)), answers->v[0]);
    call_waiters(lb);
}

static void make_view(const struct lb *lb, const struct runtime_servers *servers,
                      struct lb_backends *ret)
{
    const struct rendering *r = pass_rendering(lb->pass);

    if (r && r->routes)
        view_make(r->routes, servers, ret);
    else if (r)
        view_make_plain(pass_model(lb->pass), servers, ret);
}

/* A callback may ask again, or cancel others that wait. */
static void call_waiters(struct lb *lb)
{
    lb->calling = lb->waiting;
    lb->waiting = NULL;
    while (lb->calling) {
        struct waiter w = *lb->calling;

        free(lb->calling);
        lb->calling = w.next;
        w.done(w.arg);
    }
}

static void drop_waiters(struct waiter **list)
{
    while (*list) {
        struct waiter *w = *list;

        *list = w->next;
        free(w);
    }
}

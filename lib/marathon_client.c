#include "lib/marathon_client.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/marathon_stream.h"
#include "lib/xmalloc.h"

#define AREA "marathon"
#define ANSWER_MAX ((size_t)512 * 1024 * 1024) /* bytes: some 100,000 tasks */
#define TIMEOUT 60.0                           /* seconds for an answer */
#define WINDOW 0.1                             /* seconds in which further events are gathered */
#define REFUSED_WAIT 10.0                      /* seconds until credentials are tried again */
#define ONE_BY_ONE_MAX 16                      /* more stale apps are read as a list */
#define LOST_MIN 3                             /* apps that may go at once without a question */
#define LIST_PATH "/v2/apps?embed=apps.tasks&embed=apps.deployments&embed=apps.readiness"
#define JSON "application/json"

struct marathon {
    struct ev_loop *loop;
    struct marathon_api api;
    struct marathon_stream *stream;
    struct marathon_user user;
    bool all;
    struct marathon_apps apps;
    struct problems problems;
    struct sync sync;
    bool complete;
    bool stale_all;
    bool asked_twice;     /* the list is read again because most apps were gone */
    struct strv stale;    /* apps to read; the first one is being read */
    struct strv followed; /* where not all are; sorted */
    struct http_request *request;
    size_t tried;         /* nodes that have failed in this pass */
    double full_at;       /* ev time when everything was found stale last */
    double refused_until; /* ev time; 0: credentials are good as far as we know */
    bool late;            /* events have come since the window was opened */
    ev_timer window;
    ev_timer refused;
};

static void pass(void *owner);
static void go_on(struct marathon *m);
static void read_next(struct marathon *m);
static void on_list(void *arg, const struct http_answer *answer);
static bool is_doubtful(const struct marathon *m, const struct marathon_apps *now);
static void take_list(struct marathon *m, struct marathon_apps *now, struct problems *problems);
static void on_app(void *arg, const struct http_answer *answer);
static int take_app(struct marathon *m, const char *id, const struct http_answer *answer,
                    struct err **err);
static void drop_app(struct marathon *m, const char *id);
static void retry(struct marathon *m, const struct http_answer *answer, struct err *err);
static void start(struct marathon *m, const char *path,
                  void (*on_done)(void *arg, const struct http_answer *answer));
static void on_stale(void *arg, const struct strv *apps);
static void open_window(struct marathon *m);
static void on_window(struct ev_loop *loop, ev_timer *w, int events);
static void on_refused(struct ev_loop *loop, ev_timer *w, int events);
static bool is_followed(const struct marathon *m, const char *id);
static void mark_all(struct marathon *m);
static void add_stale(struct marathon *m, const char *id);
static void keep_followed(struct marathon *m);
static void tell(struct marathon *m, const char *id);

struct marathon *marathon_new(struct ev_loop *loop, struct http *http,
                              const struct marathon_config *config,
                              const struct marathon_user *user, struct err **err)
{
    struct marathon *m = xcalloc(1, sizeof *m);

    m->loop = loop;
    m->user = *user;
    m->all = config->all;
    if (marathon_api_init(&m->api, http, &config->access, err)) {
        free(m);
        return NULL;
    }
    m->stream =
        marathon_stream_new(loop, &m->api, config->silence,
                            &(struct marathon_stream_handlers){.on_stale = on_stale, .arg = m});
    sync_init(&m->sync, loop, AREA, pass, m, config->resync);
    ev_timer_init(&m->window, on_window, WINDOW, 0.);
    ev_timer_init(&m->refused, on_refused, 0., 0.);
    m->window.data = m->refused.data = m;
    return m;
}

void marathon_free(struct marathon *m)
{
    if (!m)
        return;
    http_cancel(m->request);
    ev_timer_stop(m->loop, &m->window);
    ev_timer_stop(m->loop, &m->refused);
    marathon_stream_free(m->stream);
    sync_done(&m->sync);
    marathon_apps_done(&m->apps);
    problems_done(&m->problems);
    strv_done(&m->stale);
    strv_done(&m->followed);
    marathon_api_done(&m->api);
    free(m);
}

void marathon_start(struct marathon *m)
{
    mark_all(m);
    sync_kick(&m->sync);
    marathon_stream_open(m->stream);
}

void marathon_set_times(struct marathon *m, double resync, double silence)
{
    sync_set_resync(&m->sync, resync);
    marathon_stream_set_silence(m->stream, silence);
}

void marathon_refresh(struct marathon *m)
{
    mark_all(m);
    sync_kick(&m->sync);
}

void marathon_follow(struct marathon *m, const struct strv *ids)
{
    bool more = false;

    if (m->all || strv_equal(&m->followed, ids))
        return;
    for (size_t i = 0; i < ids->n; i++) {
        if (is_followed(m, ids->v[i]))
            continue;
        add_stale(m, ids->v[i]);
        more = true;
    }
    strv_done(&m->followed);
    strv_copy(&m->followed, ids);
    keep_followed(m);
    if (more)
        sync_kick(&m->sync);
}

const struct marathon_apps *marathon_apps(const struct marathon *m)
{
    return &m->apps;
}

bool marathon_is_complete(const struct marathon *m)
{
    return m->complete;
}

const struct problems *marathon_problems(const struct marathon *m)
{
    return &m->problems;
}

const struct sync *marathon_sync(const struct marathon *m)
{
    return &m->sync;
}

const struct marathon_stream *marathon_events(const struct marathon *m)
{
    return m->stream;
}

struct marathon_api *marathon_api(struct marathon *m)
{
    return &m->api;
}

char *marathon_app_path(const char *id)
{
    return xasprintf("/v2/apps/%s?embed=app.tasks&embed=app.deployments&embed=app.readiness", id);
}

/* ---- the pass ---- */

/* The timer asks for everything, also where events keep it from being the cause. */
static void pass(void *owner)
{
    struct marathon *m = owner;
    double wait = m->refused_until - ev_now(m->loop);

    m->tried = 0;
    if (ev_now(m->loop) - m->full_at >= m->sync.resync)
        mark_all(m);
    if (wait <= 0) {
        read_next(m);
        return;
    }
    ev_timer_set(&m->refused, wait < REFUSED_WAIT ? wait : REFUSED_WAIT, 0.);
    ev_timer_start(m->loop, &m->refused);
}

/* In a storm one answer is followed by the next question when the window closes: what it names
 * until then is read once. */
static void go_on(struct marathon *m)
{
    if (m->complete && m->late)
        sync_finish(&m->sync, NULL);
    else
        read_next(m);
}

static void read_next(struct marathon *m)
{
    if (m->stale_all) {
        m->stale_all = false; /* what changes from now on is read once more */
        strv_done(&m->stale);
        start(m, LIST_PATH, on_list);
    } else if (m->stale.n) {
        CLEAN(free_str) char *path = marathon_app_path(m->stale.v[0]);
        start(m, path, on_app);
    } else {
        bool first = !m->complete;
        m->complete = true;
        sync_finish(&m->sync, NULL);
        if (first)
            tell(m, NULL);
    }
}

static void on_list(void *arg, const struct http_answer *answer)
{
    struct marathon *m = arg;
    struct marathon_apps now = {0};
    struct problems problems = {0};
    struct err *err = NULL;

    m->request = NULL;
    int failed = http_answer_ok(answer)
                     ? marathon_apps_parse(answer->body, answer->len, &now, &problems, &err)
                     : http_answer_err(answer, marathon_api_node(&m->api), &err);
    if (failed) {
        m->stale_all = true;
        retry(m, answer, err);
    } else if (is_doubtful(m, &now)) {
        log_warn(AREA, "%zu apps are left of %zu: Marathon is asked again before that is believed",
                 now.n, m->apps.n);
        m->asked_twice = true;
        m->stale_all = true;
        marathon_api_next(&m->api);
        read_next(m);
    } else {
        take_list(m, &now, &problems);
        go_on(m);
    }
    marathon_apps_done(&now);
    problems_done(&problems);
}

static bool is_doubtful(const struct marathon *m, const struct marathon_apps *now)
{
    return !m->asked_twice && m->apps.n > now->n && m->apps.n - now->n >= LOST_MIN &&
           (m->apps.n - now->n) * 2 > m->apps.n;
}

static void take_list(struct marathon *m, struct marathon_apps *now, struct problems *problems)
{
    bool changed = !marathon_apps_equal(&m->apps, now);
    struct marathon_apps before = m->apps;

    m->asked_twice = false;
    m->apps = *now;
    *now = before;
    problems_report(AREA, &m->problems, problems);
    xtrim();
    if (changed)
        tell(m, NULL);
}

static void on_app(void *arg, const struct http_answer *answer)
{
    struct marathon *m = arg;
    struct err *err = NULL;

    m->request = NULL;
    if (m->stale_all && m->all) {
        go_on(m);
        return;
    }
    if (take_app(m, m->stale.v[0], answer, &err)) {
        retry(m, answer, err);
        return;
    }
    strv_remove(&m->stale, 0);
    go_on(m);
}

/* One that cannot be read for its own fault keeps its last value, and does not stop the others. */
static int take_app(struct marathon *m, const char *id, const struct http_answer *answer,
                    struct err **err)
{
    CLEAN(err) struct err *wrong = NULL;
    struct marathon_app app = {0};

    if (!answer->err && answer->status == 404) {
        drop_app(m, id);
        return 0;
    }
    if (!http_answer_ok(answer))
        return http_answer_err(answer, marathon_api_node(&m->api), err);
    if (marathon_app_parse(answer->body, answer->len, &app, NULL, &wrong)) {
        if (answer->len && answer->body[0] != '{')
            return err_set(err, "%s", err_msg(wrong));
        log_warn(AREA, "app %s stays as it was: %s", id, err_msg(wrong));
        return 0;
    }
    if (strcmp(app.id, id) || !is_followed(m, id))
        marathon_app_done(&app);
    else if (marathon_apps_put(&m->apps, &app))
        tell(m, id);
    return 0;
}

static void drop_app(struct marathon *m, const char *id)
{
    if (marathon_apps_remove(&m->apps, id))
        tell(m, id);
}

/* Every other node is asked before the pass has failed, but not where credentials are refused: the
 * nodes share them. */
static void retry(struct marathon *m, const struct http_answer *answer, struct err *err)
{
    if (!answer->err && (answer->status == 401 || answer->status == 403)) {
        m->refused_until = ev_now(m->loop) + REFUSED_WAIT;
        err_wrap(&err, "[marathon] user_file, token_file: credentials are refused");
    } else {
        marathon_api_next(&m->api);
        if (++m->tried < m->api.nodes.n) {
            log_debug(AREA, "the next node is asked: %s", err_msg(err));
            err_free(err);
            read_next(m);
            return;
        }
    }
    sync_finish(&m->sync, err);
}

static void start(struct marathon *m, const char *path,
                  void (*on_done)(void *arg, const struct http_answer *answer))
{
    m->request = marathon_api_start(
        &m->api, NULL, true, path, JSON,
        &(struct http_call){
            .max_body = ANSWER_MAX, .timeout = TIMEOUT, .on_done = on_done, .arg = m});
}

/* ---- what makes a pass ---- */

/* The first event after quiet is acted on at once, a storm of them once in each window. */
static void on_stale(void *arg, const struct strv *apps)
{
    struct marathon *m = arg;

    if (!apps)
        mark_all(m);
    for (size_t i = 0; apps && i < apps->n; i++)
        if (is_followed(m, apps->v[i]))
            add_stale(m, apps->v[i]);
    if (!m->stale_all && !m->stale.n)
        return;
    if (ev_is_active(&m->window))
        m->late = true;
    else
        open_window(m);
}

static void open_window(struct marathon *m)
{
    m->late = false;
    ev_timer_set(&m->window, WINDOW, 0.);
    ev_timer_start(m->loop, &m->window);
    sync_kick(&m->sync);
}

static void on_window(struct ev_loop *loop, ev_timer *w, int events)
{
    struct marathon *m = w->data;

    (void)loop;
    (void)events;
    if (m->late)
        open_window(m);
}

static void on_refused(struct ev_loop *loop, ev_timer *w, int events)
{
    struct marathon *m = w->data;

    (void)loop;
    (void)events;
    marathon_api_reread(&m->api);
    read_next(m);
}

static bool is_followed(const struct marathon *m, const char *id)
{
    return m->all || strv_contains(&m->followed, id);
}

static void mark_all(struct marathon *m)
{
    m->full_at = ev_now(m->loop);
    if (m->all) {
        m->stale_all = true;
        return;
    }
    for (size_t i = 0; i < m->followed.n; i++)
        add_stale(m, m->followed.v[i]);
}

/* The one that is being read may have changed since: it is read again. */
static void add_stale(struct marathon *m, const char *id)
{
    for (size_t i = m->request ? 1 : 0; i < m->stale.n; i++)
        if (!strcmp(m->stale.v[i], id))
            return;
    if (m->all && m->stale.n > ONE_BY_ONE_MAX)
        m->stale_all = true;
    else
        strv_add(&m->stale, id);
}

static void keep_followed(struct marathon *m)
{
    for (size_t i = m->apps.n; i-- > 0;)
        if (!is_followed(m, m->apps.v[i].id)) {
            CLEAN(free_str) char *id = xstrdup(m->apps.v[i].id);
            marathon_apps_remove(&m->apps, id);
        }
}

static void tell(struct marathon *m, const char *id)
{
    m->user.on_change(m->user.arg, id);
}

#include "agent/deploy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/proc.h"
#include "lib/xmalloc.h"

#define ANSWER_MAX ((size_t)512 * 1024 * 1024) /* bytes */
#define TIMEOUT 60.0                           /* seconds for an answer */
#define APPS_PATH "/v2/apps?embed=apps.tasks&embed=apps.deployments&embed=apps.readiness"
#define STATS_PATH "/haproxy?stats;csv"
#define PIDS_PATH "/_haproxy_getpids"

/* One question and its answer. */
struct asked {
    struct ev_loop *loop;
    bool done;
    long status;
    char *body; /* NULL: the transfer failed */
    size_t len;
    struct err *err; /* why it is no 2xx */
};

static int ask_marathon(struct deploy *d, const char *method, const char *path, const char *body,
                        struct asked *ret);
static void ask_lb(struct deploy *d, const char *url, const char *path, struct asked *ret);
static void on_answer(void *arg, const struct http_answer *answer);
static void wait_for(struct asked *a);
static void asked_done(struct asked *a);
static int change(struct deploy *d, const char *method, const char *path, const json_t *body,
                  struct err **err);
static void lbs_done(struct deploy_lb *lbs, size_t n);
static int read_lb(struct deploy *d, const char *url, struct deploy_lb *ret, struct err **err);
static size_t count_lines(const char *text);
static json_t *tasks_json(const struct marathon_app *app, const struct strv *ids);
static json_t *app_json(const struct marathon_app *app);
static void on_hook_done(void *arg, const struct proc_result *result);
static void on_pause(struct ev_loop *loop, ev_timer *w, int events);

void deploy_init(struct deploy *d, struct ev_loop *loop, struct http *http,
                 struct marathon_api *api, const struct strv *urls)
{
    *d = (struct deploy){.loop = loop, .http = http, .api = api, .urls = urls};
    d->lbs = xcalloc(urls->n + 1, sizeof *d->lbs);
}

void deploy_done(struct deploy *d)
{
    marathon_apps_done(&d->apps);
    lbs_done(d->lbs, d->urls->n);
}

int deploy_read_apps(struct deploy *d, struct err **err)
{
    struct marathon_apps apps = {0};
    struct asked a;
    int failed = ask_marathon(d, "GET", APPS_PATH, NULL, &a);

    if (failed)
        err_set(err, "%s", err_msg(a.err));
    else
        failed = marathon_apps_parse(a.body, a.len, &apps, NULL, err);
    asked_done(&a);
    if (failed)
        return -1;
    marathon_apps_done(&d->apps);
    d->apps = apps;
    return 0;
}

int deploy_read_lbs(struct deploy *d, struct err **err)
{
    struct deploy_lb *now = xcalloc(d->urls->n + 1, sizeof *now);

    for (size_t i = 0; i < d->urls->n; i++)
        if (read_lb(d, d->urls->v[i], &now[i], err)) {
            lbs_done(now, d->urls->n);
            return -1;
        }
    lbs_done(d->lbs, d->urls->n);
    d->lbs = now;
    return 0;
}

int deploy_create(struct deploy *d, const json_t *definition, struct err **err)
{
    return change(d, "POST", "/v2/apps", definition, err);
}

int deploy_do(struct deploy *d, const struct deploy_state *s, const struct deploy_step *step,
              struct err **err)
{
    const char *force = step->override ? "force=true" : "";
    const char *id = step->kind == DEPLOY_SCALE || !s->old ? s->new->id : s->old->id;
    CLEAN(free_str) char *path = xasprintf("/v2/apps/%s%s%s", id, *force ? "?" : "", force);
    CLEAN(free_str)
    char *kill_path = xasprintf("/v2/tasks/delete?scale=true%s%s", *force ? "&" : "", force);
    CLEAN(json) json_t *body = json_object();

    switch (step->kind) {
    case DEPLOY_WAIT:
    case DEPLOY_DONE:
        return 0;
    case DEPLOY_SCALE:
        json_object_set_new(body, "instances", json_integer(step->instances));
        return change(d, "PUT", path, body, err);
    case DEPLOY_KILL:
        json_object_set_new(body, "ids", json_array());
        for (size_t i = 0; i < step->tasks.n; i++)
            json_array_append_new(json_object_get(body, "ids"), json_string(step->tasks.v[i]));
        return change(d, "POST", kill_path, body, err);
    case DEPLOY_DELETE:
        return change(d, "DELETE", path, NULL, err);
    }
    return 0;
}

int deploy_run_hook(struct deploy *d, const char *hook, const struct deploy_state *s,
                    const struct deploy_step *step, double timeout, struct err **err)
{
    CLEAN(json) json_t *old = app_json(s->old), *new = app_json(s->new);
    CLEAN(json) json_t *tasks = tasks_json(s->old, &step->tasks);
    CLEAN(free_str) char *old_text = json_dumps(old, JSON_COMPACT);
    CLEAN(free_str) char *new_text = json_dumps(new, JSON_COMPACT);
    CLEAN(free_str) char *tasks_text = json_dumps(tasks, JSON_COMPACT);
    const char *const argv[] = {hook, old_text, tasks_text, new_text, NULL};
    struct asked a = {.loop = d->loop};

    if (!proc_run(d->loop, argv, timeout, on_hook_done, &a, err))
        return -1;
    wait_for(&a);
    if (a.status)
        err_set(err, "the hook %s ended with status %ld: %s", hook, a.status, a.body);
    asked_done(&a);
    return a.status ? -1 : 0;
}

void deploy_pause(struct deploy *d, double seconds)
{
    struct asked a = {.loop = d->loop};
    ev_timer timer;

    ev_timer_init(&timer, on_pause, seconds, 0.);
    timer.data = &a;
    ev_timer_start(d->loop, &timer);
    wait_for(&a);
}

/* ---- questions ---- */

/* Each node is asked until one answers at all. */
static int ask_marathon(struct deploy *d, const char *method, const char *path, const char *body,
                        struct asked *ret)
{
    for (size_t i = 0; i < d->api->nodes.n; i++) {
        *ret = (struct asked){.loop = d->loop};
        marathon_api_start(d->api, NULL, true, path, "application/json",
                           &(struct http_call){.method = method,
                                               .body = body,
                                               .body_len = body ? strlen(body) : 0,
                                               .max_body = ANSWER_MAX,
                                               .timeout = TIMEOUT,
                                               .on_done = on_answer,
                                               .arg = ret});
        wait_for(ret);
        if (!ret->err || (ret->status >= 400 && ret->status < 500))
            break;
        marathon_api_next(d->api);
        if (i + 1 < d->api->nodes.n)
            asked_done(ret);
    }
    return ret->err ? -1 : 0;
}

static void ask_lb(struct deploy *d, const char *url, const char *path, struct asked *ret)
{
    CLEAN(free_str) char *all = xasprintf("%s%s", url, path);

    *ret = (struct asked){.loop = d->loop};
    http_start(d->http, &(struct http_call){.url = all,
                                            .max_body = ANSWER_MAX,
                                            .timeout = TIMEOUT,
                                            .on_done = on_answer,
                                            .arg = ret});
    wait_for(ret);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct asked *a = arg;

    a->done = true;
    a->status = answer->status;
    a->body = xstrndup(answer->body, answer->len);
    a->len = answer->len;
    if (!http_answer_ok(answer))
        http_answer_err(answer, "the answer", &a->err);
    ev_break(a->loop, EVBREAK_ONE);
}

static void wait_for(struct asked *a)
{
    while (!a->done)
        ev_run(a->loop, EVRUN_ONCE);
}

static void asked_done(struct asked *a)
{
    free(a->body);
    err_free(a->err);
    a->body = NULL;
    a->err = NULL;
}

/* What an interrupted answer has done shows in the next look at the apps. */
static int change(struct deploy *d, const char *method, const char *path, const json_t *body,
                  struct err **err)
{
    CLEAN(free_str) char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct asked a;
    int failed = ask_marathon(d, method, path, text, &a);

    if (failed)
        err_set_code(err, a.status == 409 || a.status >= 500 || !a.status ? EAGAIN : 0, "%s %s: %s",
                     method, path, err_msg(a.err));
    asked_done(&a);
    return failed;
}

/* ---- load balancers ---- */

static void lbs_done(struct deploy_lb *lbs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(lbs[i].url);
        deploy_servers_done(&lbs[i].servers);
    }
    free(lbs);
}

static int read_lb(struct deploy *d, const char *url, struct deploy_lb *ret, struct err **err)
{
    struct asked stats, pids;

    ret->url = xstrdup(url);
    ask_lb(d, url, STATS_PATH, &stats);
    int failed = stats.err ? err_set(err, "%s", err_msg(stats.err))
                           : deploy_stats_parse(stats.body, stats.len, &ret->servers, err);
    asked_done(&stats);
    if (failed)
        return err_wrap(err, "load balancer %s", url);
    ask_lb(d, url, PIDS_PATH, &pids);
    ret->processes = pids.err ? 0 : count_lines(pids.body);
    asked_done(&pids);
    return 0;
}

/* One number a line, or all on one, as `pidof` prints them. */
static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (const char *p = text; *(p += strspn(p, " \t\r\n")); p += strcspn(p, " \t\r\n"))
        n++;
    return n;
}

/* ---- the hook ---- */

static json_t *tasks_json(const struct marathon_app *app, const struct strv *ids)
{
    json_t *list = json_array();

    for (size_t i = 0; i < ids->n; i++) {
        const struct marathon_task *task = marathon_tasks_find(&app->tasks, ids->v[i]);
        json_t *o = json_object(), *ports = json_array();

        json_set_str(o, "id", ids->v[i]);
        json_set_str(o, "host", task ? task->host : NULL);
        for (size_t k = 0; task && k < task->n_ports; k++)
            json_array_append_new(ports, json_integer(task->ports[k]));
        json_object_set_new(o, "ports", ports);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *app_json(const struct marathon_app *app)
{
    json_t *o = json_object(), *labels = json_object();

    json_set_str(o, "id", app->id);
    json_set_str(o, "version", app->version);
    json_object_set_new(o, "instances", json_integer(app->instances));
    for (size_t i = 0; i < app->labels.n; i++)
        json_set_str(labels, app->labels.v[i].key, app->labels.v[i].value);
    json_object_set_new(o, "labels", labels);
    return o;
}

static void on_hook_done(void *arg, const struct proc_result *result)
{
    struct asked *a = arg;

    a->done = true;
    a->status = result->timed_out ? 128 : result->status;
    a->body = xstrndup(result->output, result->len);
    ev_break(a->loop, EVBREAK_ONE);
}

static void on_pause(struct ev_loop *loop, ev_timer *w, int events)
{
    struct asked *a = w->data;

    (void)events;
    a->done = true;
    ev_break(loop, EVBREAK_ONE);
}

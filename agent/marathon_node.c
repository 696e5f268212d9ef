#include "agent/marathon_node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/marathon_defs.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/marathon_env.h"
#include "lib/xmalloc.h"

#define AREA "marathon"
#define FILE_MAX ((size_t)64 * 1024 * 1024) /* bytes */
#define TIMEOUT 30.0                        /* seconds for one definition */
#define REFUSED_WAIT 10.0                   /* seconds until refused credentials are tried again */
#define SERIAL_SHIFT 40 /* a revision has the container's document below, the definition above */

struct marathon_node {
    struct ev_loop *loop;
    struct marathon *client;
    struct marathon_defs defs;
    struct sync sync; /* of the definitions */
    struct http_request *request;
    char *id, *version;   /* what is being fetched */
    size_t tried;         /* nodes that have failed in this pass */
    double refused_until; /* ev time; 0: credentials are good as far as we know */
    ev_timer refused;
    char *file;
    void (*on_change)(void *arg);
    void *arg;
};

static void pass(void *owner);
static void on_refused(struct ev_loop *loop, ev_timer *w, int events);
static void fetch_next(struct marathon_node *n);
static void on_definition(void *arg, const struct http_answer *answer);
static void take(struct marathon_node *n, struct marathon_def *def,
                 const struct http_answer *answer);
static void retry(struct marathon_node *n, const struct http_answer *answer);
static void load(struct marathon_node *n);
static void save(struct marathon_node *n);
static void on_apps(void *arg, const char *id);
static const struct marathon_def *known_def(const struct marathon_node *n,
                                            const struct endpoint *e);
static void apply(const struct marathon_node *n, const struct marathon_def *def,
                  struct endpoint *e);
static const struct kvs *join_labels(const struct marathon_def *def, const struct endpoint *e,
                                     struct endpoints *all);
static void apply_definition(const struct marathon_def *def, struct endpoint *e);
static const struct marathon_port *find_port(const struct marathon_app *app,
                                             const struct endpoint *e);
static enum endpoint_health health_of(const struct marathon_node *n, const char *app,
                                      const char *task);

struct marathon_node *marathon_node_new(struct ev_loop *loop, struct http *http,
                                        const struct marathon_config *config, const char *file,
                                        void (*on_change)(void *arg), void *arg, struct err **err)
{
    struct marathon_node *n = xcalloc(1, sizeof *n);

    n->loop = loop;
    n->client = marathon_new(loop, http, config,
                             &(struct marathon_user){.on_change = on_apps, .arg = n}, err);
    if (!n->client) {
        free(n);
        return NULL;
    }
    n->file = xstrdup(file);
    n->on_change = on_change;
    n->arg = arg;
    sync_init(&n->sync, loop, AREA, pass, n, 0);
    ev_timer_init(&n->refused, on_refused, 0., 0.);
    n->refused.data = n;
    load(n);
    return n;
}

void marathon_node_free(struct marathon_node *n)
{
    if (!n)
        return;
    http_cancel(n->request);
    ev_timer_stop(n->loop, &n->refused);
    sync_done(&n->sync);
    marathon_free(n->client);
    marathon_defs_done(&n->defs);
    free(n->id);
    free(n->version);
    free(n->file);
    free(n);
}

void marathon_node_start(struct marathon_node *n)
{
    marathon_start(n->client);
}

void marathon_node_set_times(struct marathon_node *n, double resync, double silence)
{
    marathon_set_times(n->client, resync, silence);
}

void marathon_node_see(struct marathon_node *n, const struct inventory *inv)
{
    struct strv apps = {0};

    for (size_t i = 0; i < n->defs.n; i++)
        n->defs.v[i].seen = false;
    for (size_t i = 0; i < inv->n; i++) {
        const struct container *c = inv->v[i].container;
        const char *app = c ? marathon_env_app(&c->env) : NULL;
        const char *version = c ? marathon_env_version(&c->env) : NULL;

        if (app)
            strv_add(&apps, app);
        struct marathon_def *def =
            app && version ? marathon_defs_want(&n->defs, app, version) : NULL;
        if (def)
            def->seen = true;
    }
    strv_sort_unique(&apps);
    marathon_follow(n->client, &apps);
    strv_done(&apps);
    if (marathon_defs_sweep(&n->defs))
        save(n);
    if (marathon_defs_next(&n->defs) && !n->sync.last_error)
        sync_kick(&n->sync);
}

void marathon_node_apply(const struct marathon_node *n, struct endpoints *e)
{
    const struct kvs *joined = NULL;

    for (size_t i = 0; i < e->n; i++) {
        struct endpoint *at = &e->v[i];
        const struct marathon_def *def = known_def(n, at);

        if (!i || strcmp(at->container_id, e->v[i - 1].container_id) != 0)
            joined = def ? join_labels(def, at, e) : at->labels;
        at->labels = joined;
        apply(n, def, at);
    }
}

void marathon_node_resync(struct marathon_node *n)
{
    marathon_refresh(n->client);
}

const struct marathon *marathon_node_client(const struct marathon_node *n)
{
    return n ? n->client : NULL;
}

const struct sync *marathon_node_sync(const struct marathon_node *n)
{
    return &n->sync;
}

/* ---- definitions ---- */

static void pass(void *owner)
{
    struct marathon_node *n = owner;

    double wait = n->refused_until - ev_now(n->loop);

    n->tried = 0;
    if (wait <= 0) {
        fetch_next(n);
        return;
    }
    ev_timer_set(&n->refused, wait < REFUSED_WAIT ? wait : REFUSED_WAIT, 0.);
    ev_timer_start(n->loop, &n->refused);
}

static void on_refused(struct ev_loop *loop, ev_timer *w, int events)
{
    struct marathon_node *n = w->data;

    (void)loop;
    (void)events;
    marathon_api_reread(marathon_api(n->client));
    fetch_next(n);
}

static void fetch_next(struct marathon_node *n)
{
    const struct marathon_def *def = marathon_defs_next(&n->defs);

    if (!def) {
        sync_finish(&n->sync, NULL);
        return;
    }
    CLEAN(free_str) char *path = xasprintf("/v2/apps/%s/versions/%s", def->id, def->version);
    free(n->id);
    free(n->version);
    n->id = xstrdup(def->id);
    n->version = xstrdup(def->version);
    n->request = marathon_api_start(
        marathon_api(n->client), NULL, true, path, "application/json",
        &(struct http_call){.timeout = TIMEOUT, .on_done = on_definition, .arg = n});
}

static void on_definition(void *arg, const struct http_answer *answer)
{
    struct marathon_node *n = arg;
    struct marathon_def *def = marathon_defs_find(&n->defs, n->id, n->version);
    bool final = http_answer_ok(answer) || (!answer->err && answer->status == 404);

    n->request = NULL;
    if (!final) {
        retry(n, answer);
        return;
    }
    if (def)
        take(n, def, answer);
    fetch_next(n);
}

/* One that cannot be read is its own fault: it is not asked for again, and stops no other. */
static void take(struct marathon_node *n, struct marathon_def *def,
                 const struct http_answer *answer)
{
    CLEAN(err) struct err *err = NULL;

    def->state = MARATHON_DEF_GONE;
    if (answer->status == 404) {
        log_warn(AREA, "app %s has no version %s any more: its tasks have no service port", def->id,
                 def->version);
        return;
    }
    if (marathon_defs_take(&n->defs, def, answer->body, answer->len, &err)) {
        log_warn(AREA, "the definition of app %s cannot be used: %s", def->id, err_msg(err));
        return;
    }
    save(n);
    n->on_change(n->arg);
}

static void retry(struct marathon_node *n, const struct http_answer *answer)
{
    struct marathon_api *api = marathon_api(n->client);
    struct err *err = NULL;

    http_answer_err(answer, marathon_api_node(api), &err);
    err_wrap(&err, "the definition of app %s", n->id);
    bool refused = !answer->err && (answer->status == 401 || answer->status == 403);
    if (refused)
        n->refused_until = ev_now(n->loop) + REFUSED_WAIT;
    else
        marathon_api_next(api);
    if (!refused && ++n->tried < api->nodes.n) {
        err_free(err);
        fetch_next(n);
        return;
    }
    sync_finish(&n->sync, err);
}

static void load(struct marathon_node *n)
{
    CLEAN(err) struct err *err = NULL;
    size_t len;
    CLEAN(free_str) char *text = file_read(n->file, FILE_MAX, &len, &err);

    if (text)
        marathon_defs_load(&n->defs, text, len);
    else if (err_code(err) != ENOENT)
        log_warn(AREA, "what Marathon said earlier is not known: %s", err_msg(err));
}

static void save(struct marathon_node *n)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(free_str) char *text = marathon_defs_text(&n->defs);

    if (file_make_dirs_of(n->file, 0755, &err) ||
        file_replace(n->file, text, strlen(text), 0600, &err))
        log_warn(AREA, "what Marathon says is not kept for the next start: %s", err_msg(err));
}

static void on_apps(void *arg, const char *id)
{
    struct marathon_node *n = arg;

    (void)id;
    n->on_change(n->arg);
}

/* ---- endpoints ---- */

/* The definition of its app, or NULL. */
static const struct marathon_def *known_def(const struct marathon_node *n, const struct endpoint *e)
{
    const char *app = marathon_env_app(e->env), *version = marathon_env_version(e->env);
    const struct marathon_def *def =
        app && version ? marathon_defs_find(&n->defs, app, version) : NULL;

    return def && def->state == MARATHON_DEF_KNOWN ? def : NULL;
}

static void apply(const struct marathon_node *n, const struct marathon_def *def, struct endpoint *e)
{
    const char *app = marathon_env_app(e->env);
    const char *task = marathon_env_task(e->labels, e->env);

    if (def)
        apply_definition(def, e);
    if (app && task && e->health == HEALTH_NONE)
        e->health = health_of(n, app, task);
}

/* The container's environment has an app's labels in capitals, and no long one. */
static const struct kvs *join_labels(const struct marathon_def *def, const struct endpoint *e,
                                     struct endpoints *all)
{
    struct kvs joined = {0};

    if (!marathon_env_join(e->labels, e->env, &def->app.labels, &joined))
        return e->labels;
    return endpoints_keep_labels(all, &joined);
}

static void apply_definition(const struct marathon_def *def, struct endpoint *e)
{
    const struct marathon_port *port = find_port(&def->app, e);

    if (port)
        e->service_port = port->service_port;
    if (e->revision)
        e->revision += def->serial << SERIAL_SHIFT;
}

/* With an address of its own, or behind a bridge, a port is known by its number; else by its place.
 * A container port 0 in the definition is the host port that was given. */
static const struct marathon_port *find_port(const struct marathon_app *app,
                                             const struct endpoint *e)
{
    const struct marathon_port *at = e->index < app->ports.n ? &app->ports.v[e->index] : NULL;

    if (app->network == MARATHON_HOST)
        return at;
    for (size_t i = 0; i < app->ports.n; i++) {
        const struct marathon_port *p = &app->ports.v[i];

        if (p->container_port == e->container_port &&
            (e->protocol == IPPROTO_UDP ? p->udp : p->tcp))
            return p;
    }
    return at && !at->container_port ? at : NULL;
}

/* Where no check has a result, nothing is said: Marathon may be away. */
static enum endpoint_health health_of(const struct marathon_node *n, const char *app,
                                      const char *task)
{
    const struct marathon_app *a = marathon_apps_find(marathon_apps(n->client), app);
    const struct marathon_task *t = a ? marathon_tasks_find(&a->tasks, task) : NULL;

    if (!t || !t->checked)
        return HEALTH_NONE;
    return t->alive < t->checked ? HEALTH_UNHEALTHY : HEALTH_HEALTHY;
}

#include "agent/render_watch.h"

#include <stdlib.h>
#include <string.h>

#include "agent/render_answer.h"
#include "agent/render_client.h"
#include "agent/render_hints.h"
#include "agent/render_query.h"
#include "agent/render_queue.h"
#include "agent/render_table.h"
#include "lib/xmalloc.h"

struct render_watch {
    struct ev_loop *loop;
    struct http *http;
    struct consul_client client;
    struct render_watch_options options;
    struct render_watch_user user;
    struct render_hints *hints; /* NULL: everything has a query of its own */
    char *self;                 /* name of the agent's node; NULL: not asked for yet */
    bool follow;
    bool troubled; /* said that Consul does not answer */
    struct render_table table;
    struct render_queue queue; /* to be read */
    size_t reading, watched;
    size_t pending; /* not answered yet */
    size_t bytes;   /* of all answers */
};

static struct render_watch *new_watch(struct ev_loop *loop,
                                      const struct render_watch_options *options,
                                      const struct render_watch_user *user);
static struct render_dep *add(struct render_watch *w, enum tmpl_dep_kind kind, const char *text);
static void drop(struct render_watch *w, struct render_dep *d);
static void end_query(struct render_dep *d);
static void start_some(struct render_watch *w);
static void start(struct render_dep *d);
static void follow_some(struct render_watch *w);
static void set_hints(struct render_watch *w);
static int on_answer(void *arg, const char *body, size_t len, struct err **err);
static int take_self(struct render_dep *d, const char *body, size_t len, struct err **err);
static int take(struct render_dep *d, const char *body, size_t len, struct err **err);
static void on_error(void *arg, const struct err *err);
static void on_given_up(void *arg, const struct err *err);
static void on_hints_trouble(void *arg, const struct err *err);

struct render_watch *render_watch_new(struct ev_loop *loop, const char *address,
                                      const struct render_watch_options *options,
                                      const struct render_watch_user *user, struct err **err)
{
    struct render_watch *w = new_watch(loop, options, user);

    if (!render_client_open(&w->client, loop, w->http, address, err))
        return w;
    render_watch_free(w);
    return NULL;
}

struct render_watch *render_watch_new_configured(struct ev_loop *loop, const struct config *config,
                                                 const struct render_watch_options *options,
                                                 const struct render_watch_user *user,
                                                 struct err **err)
{
    struct render_watch *w = new_watch(loop, options, user);

    if (!render_client_open_configured(&w->client, loop, w->http, config, err))
        return w;
    render_watch_free(w);
    return NULL;
}

void render_watch_free(struct render_watch *w)
{
    if (!w)
        return;
    render_hints_free(w->hints);
    while (w->table.first)
        drop(w, w->table.first);
    render_table_done(&w->table);
    consul_client_done(&w->client);
    http_free(w->http);
    free(w->self);
    free(w);
}

void render_watch_set_access(struct render_watch *w, const struct consul_access *access)
{
    consul_client_set_access(&w->client, access);
}

enum tmpl_answer render_watch_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                                  struct tmpl_arena *arena, struct tmpl_value *ret,
                                  struct err **err)
{
    const struct render_watch *w = arg;
    const struct render_dep *d = render_table_find(&w->table, kind, text, len);

    (void)arena;
    if (!d) {
        CLEAN(free_str) char *copy = xstrndup(text, len);
        CLEAN(sbuf) struct sbuf path = SBUF_INIT;

        return render_query_path(kind, copy, NULL, &path, err) ? TMPL_ERROR : TMPL_PENDING;
    }
    if (d->answer == TMPL_FOUND)
        *ret = d->value;
    return d->answer;
}

void render_watch_begin(struct render_watch *w)
{
    for (struct render_dep *d = w->table.first; d; d = d->next)
        d->used = d->waited = false;
}

void render_watch_use(struct render_watch *w, enum tmpl_dep_kind kind, const char *text,
                      bool missing)
{
    struct render_dep *d = render_table_find(&w->table, kind, text, strlen(text));

    if (!d)
        d = add(w, kind, text);
    d->used = true;
    d->waited |= missing;
}

void render_watch_end(struct render_watch *w)
{
    for (struct render_dep *d = w->table.first, *next; d; d = next) {
        next = d->next;
        if (!d->used)
            drop(w, d);
    }
    if (w->follow) {
        follow_some(w);
        set_hints(w);
    }
    start_some(w);
}

size_t render_watch_pending(const struct render_watch *w)
{
    return w->pending;
}

/* What is waited for comes first. */
void render_watch_follow(struct render_watch *w)
{
    if (w->follow)
        return;
    w->follow = true;
    follow_some(w);
    for (struct render_dep *d = w->table.first; d; d = d->next)
        if (d->state == RENDER_DEP_IDLE)
            render_queue_add(&w->queue, d);
    set_hints(w);
    start_some(w);
}

bool render_watch_say(struct render_watch *w, enum tmpl_dep_kind kind, const char *text)
{
    struct render_dep *d = render_table_find(&w->table, kind, text, strlen(text));
    bool first = d && !d->said;

    if (first)
        d->said = true;
    return first;
}

void render_watch_read_again(struct render_watch *w,
                             bool (*is_meant)(const struct render_dep *d, const char *name),
                             const char *name)
{
    for (struct render_dep *d = w->table.first; d; d = d->next) {
        if (d->state == RENDER_DEP_WATCHED || !is_meant(d, name))
            continue;
        d->again |= d->state == RENDER_DEP_READING;
        if (d->state == RENDER_DEP_IDLE)
            render_queue_add(&w->queue, d);
    }
    start_some(w);
}

static struct render_watch *new_watch(struct ev_loop *loop,
                                      const struct render_watch_options *options,
                                      const struct render_watch_user *user)
{
    struct render_watch *w = xcalloc(1, sizeof *w);

    w->loop = loop;
    w->http = http_new(loop);
    w->options = *options;
    w->options.manner.on_given_up = on_given_up;
    w->user = *user;
    render_table_init(&w->table);
    return w;
}

static struct render_dep *add(struct render_watch *w, enum tmpl_dep_kind kind, const char *text)
{
    struct render_dep *d = render_dep_new(w, kind, text, strlen(text));

    render_table_add(&w->table, d);
    w->pending++;
    render_queue_add(&w->queue, d);
    return d;
}

static void drop(struct render_watch *w, struct render_dep *d)
{
    render_table_remove(&w->table, d);
    end_query(d);
    w->pending -= d->answer == TMPL_PENDING;
    w->bytes -= d->len;
    render_dep_free(d);
}

/* Takes 'd' out of what is asked, or is to be. */
static void end_query(struct render_dep *d)
{
    struct render_watch *w = d->watch;

    if (d->state == RENDER_DEP_QUEUED)
        render_queue_remove(&w->queue, d);
    w->reading -= d->state == RENDER_DEP_READING;
    w->watched -= d->state == RENDER_DEP_WATCHED;
    consul_query_free(TAKE_PTR(d->query));
    d->state = RENDER_DEP_IDLE;
}

static void start_some(struct render_watch *w)
{
    while (w->queue.first && w->reading < RENDER_READS_MAX) {
        struct render_dep *d = render_queue_pop(&w->queue);

        d->state = RENDER_DEP_READING;
        w->reading++;
        start(d);
    }
}

/* Consul has no blocking query for its datacenters. */
static bool can_be_watched(const struct render_dep *d)
{
    return d->kind != TMPL_DEP_DATACENTERS;
}

/* The agent's node is asked for first where its name is needed and not known. */
static bool asks_for_self(const struct render_dep *d)
{
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    render_query_path(d->kind, d->text, d->watch->self, &path, NULL);
    return !strcmp(sbuf_str(&path), RENDER_QUERY_SELF);
}

/* Any server may answer whose data are not older than that: Consul itself asks its leader where
 * they are. A query that hints began reads what the leader has. */
static void add_staleness(const struct render_dep *d, struct sbuf *path)
{
    const struct render_watch *w = d->watch;
    bool first = !w->follow || d->state == RENDER_DEP_WATCHED;

    if (w->options.max_stale > 0. && first && can_be_watched(d))
        sbuf_addf(path, "%cstale&max_stale=%.0fms", strchr(path->data, '?') ? '&' : '?',
                  w->options.max_stale * 1e3);
}

/* The path was good when the template asked for it. */
static void start(struct render_dep *d)
{
    struct render_watch *w = d->watch;
    const struct consul_query_user user = {on_answer, on_error, d};
    bool keys = d->kind == TMPL_DEP_KEY || d->kind == TMPL_DEP_TREE;
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    if (render_query_path(d->kind, d->text, w->self, &path, NULL))
        return;
    bool self = !strcmp(sbuf_str(&path), RENDER_QUERY_SELF);
    if (!self)
        add_staleness(d, &path);
    if (self || (d->state == RENDER_DEP_READING && !keys))
        d->query = consul_query_new_once(&w->client, path.data, &user);
    else if (keys)
        d->query = consul_query_new_keys(&w->client, path.data, &user);
    else
        d->query = consul_query_new(&w->client, path.data, &user);
    consul_query_set_manner(d->query, &w->options.manner);
}

static bool is_waited(const struct render_dep *d)
{
    return d->waited;
}

static bool is_far(const struct render_dep *d)
{
    return !render_dep_is_local(d);
}

/* Gives a query to those that 'is_meant' says, as many as there is room for. */
static void follow_those(struct render_watch *w, bool (*is_meant)(const struct render_dep *d))
{
    for (struct render_dep *d = w->table.first; d; d = d->next) {
        if (w->watched >= RENDER_WATCHED_MAX)
            return;
        if (d->state == RENDER_DEP_WATCHED || !can_be_watched(d) || !is_meant(d))
            continue;
        end_query(d);
        d->state = RENDER_DEP_WATCHED;
        w->watched++;
        start(d);
    }
}

/* First what is waited for, then what hints do not tell of. */
static void follow_some(struct render_watch *w)
{
    follow_those(w, is_waited);
    follow_those(w, is_far);
    follow_those(w, can_be_watched);
}

/* What 'prefix' and 'text' begin with. */
static void shorten(char **prefix, const char *text)
{
    size_t same = 0;

    text += *text == '/';
    if (!*prefix)
        *prefix = xstrdup(text);
    while (text[same] && text[same] == (*prefix)[same])
        same++;
    (*prefix)[same] = '\0';
}

/* Hints are for those without a query of their own. */
static void set_hints(struct render_watch *w)
{
    const struct render_hints_user user = {on_hints_trouble, w};
    CLEAN(free_str) char *keys = NULL;
    bool services = false, others = false;

    for (const struct render_dep *d = w->table.first; d; d = d->next) {
        if (d->state == RENDER_DEP_WATCHED)
            continue;
        if (!render_dep_is_local(d))
            others = true;
        else if (d->service)
            services = true;
        else
            shorten(&keys, d->text);
    }
    if (!w->hints && (services || keys || others))
        w->hints = render_hints_new(w, &w->client, &user);
    if (w->hints)
        render_hints_want(w->hints, services, keys, others);
}

static int on_answer(void *arg, const char *body, size_t len, struct err **err)
{
    struct render_dep *d = arg;
    struct render_watch *w = d->watch;

    if (d->kind == TMPL_DEP_NODE && asks_for_self(d))
        return take_self(d, body, len, err);
    if (w->hints && d->service)
        render_hints_explained(w->hints, consul_query_index(d->query));
    if (take(d, body, len, err))
        return -1;
    w->troubled = false;
    if (d->state == RENDER_DEP_READING) {
        end_query(d);
        if (d->again)
            render_queue_add(&w->queue, d);
        d->again = false;
        start_some(w);
    }
    return 0;
}

static int take_self(struct render_dep *d, const char *body, size_t len, struct err **err)
{
    struct render_watch *w = d->watch;

    free(w->self);
    w->self = render_answer_self(body, len, err);
    if (!w->self)
        return -1;
    consul_query_free(TAKE_PTR(d->query));
    start(d);
    return 0;
}

static int take(struct render_dep *d, const char *body, size_t len, struct err **err)
{
    struct render_watch *w = d->watch;
    bool changed, first = d->answer == TMPL_PENDING;
    size_t before = d->len;

    if (w->bytes - before + len > RENDER_ANSWERS_MAX)
        return err_set(err, "Consul's answers have more than %d bytes together",
                       RENDER_ANSWERS_MAX);
    if (render_dep_take(d, body, len, &changed, err))
        return err_wrap(err, "%s \"%s\"", tmpl_dep_name(d->kind), d->text);
    w->bytes += d->len - before;
    w->pending -= first;
    if (changed)
        w->user.on_change(w->user.arg, d, first);
    return 0;
}

static void trouble(struct render_watch *w, const struct err *err)
{
    if (!w->troubled)
        w->user.on_trouble(w->user.arg, err);
    w->troubled = true;
}

static void on_error(void *arg, const struct err *err)
{
    const struct render_dep *d = arg;

    trouble(d->watch, err);
}

static void on_given_up(void *arg, const struct err *err)
{
    const struct render_dep *d = arg;

    d->watch->user.on_given_up(d->watch->user.arg, err);
}

static void on_hints_trouble(void *arg, const struct err *err)
{
    trouble(arg, err);
}

#include "agent/render_consul.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/consul_login.h"
#include "agent/registrator_env.h"
#include "agent/render_answer.h"
#include "agent/render_query.h"
#include "lib/search.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"
#include "registrator/consul_client.h"
#include "registrator/consul_query.h"

#define VALUES_MAX ((size_t)1024 * 1024 * 1024) /* bytes that one answer may become */
#define DOCKER_SOCKET "/var/run/docker.sock"    /* never opened */

/* One dependency. */
struct want {
    struct render_consul *consul;
    enum tmpl_dep_kind kind;
    char *text; /* owned */
    enum { IDLE, FETCH, WAIT } state;
    struct consul_query *query; /* runs; NULL */
    bool said;                  /* that it is waited for */
    enum tmpl_answer answer;    /* TMPL_PENDING: not known */
    struct tmpl_value value;    /* lies in 'arena' */
    struct tmpl_arena arena;
};

struct render_consul {
    struct ev_loop *loop;
    struct http *http;
    struct consul_client client;
    char *self;          /* name of the agent's node; NULL: not asked for yet */
    struct want **wants; /* sorted by kind and text */
    size_t n, cap;
    size_t fetching, waiting; /* wants in these states */
    size_t running;           /* queries */
    size_t next;              /* no want before it is to be started in this run */
    bool fetches;             /* what this run is for; else it waits */
    size_t bytes;             /* of all answers */
    bool came;                /* something that was waited for */
    bool late;                /* 'deadline' has passed */
    bool troubled;            /* said that Consul does not answer */
    struct err *failed;
    ev_timer deadline;
};

struct want_key {
    enum tmpl_dep_kind kind;
    const char *text;
    size_t len;
};

static void end_run(struct render_consul *c);
static int open_client(struct render_consul *c, const struct config *config, struct err **err);
static char *consul_variable(const char *name);
static void on_deadline(struct ev_loop *loop, ev_timer *w, int events);
static struct want *find(struct render_consul *c, const struct want_key *key, size_t *ret_at);
static struct want *add(struct render_consul *c, const struct want_key *key, size_t at);
static void start_some(struct render_consul *c);
static void start(struct want *w);
static int on_answer(void *arg, const char *body, size_t len, struct err **err);
static void on_error(void *arg, const struct err *err);
static void end_query(struct want *w);
static void forget(struct want *w);
static bool is_over(const struct render_consul *c);

struct render_consul *render_consul_new(struct ev_loop *loop, const char *address, struct err **err)
{
    struct render_consul *c = xcalloc(1, sizeof *c);
    struct config config = {0};
    CLEAN(free_str)
    char *uri = !address                 ? xstrdup("consul://")
                : strstr(address, "://") ? xstrdup(address)
                                         : xasprintf("consul://%s", address);

    c->loop = loop;
    c->http = http_new(loop);
    ev_timer_init(&c->deadline, on_deadline, 0., 0.);
    c->deadline.data = c;
    conf_defaults(&config_table, &config);
    int status = registrator_env_apply(&config, uri, DOCKER_SOCKET, consul_variable, err) ||
                 open_client(c, &config, err);
    conf_done(&config_table, &config);
    if (!status)
        return c;
    render_consul_free(c);
    return NULL;
}

void render_consul_free(struct render_consul *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++) {
        end_query(c->wants[i]);
        forget(c->wants[i]);
        free(c->wants[i]->text);
        free(c->wants[i]);
    }
    ev_timer_stop(c->loop, &c->deadline);
    consul_client_done(&c->client);
    http_free(c->http);
    err_free(c->failed);
    free(c->wants);
    free(c->self);
    free(c);
}

enum tmpl_answer render_consul_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                                   struct tmpl_arena *arena, struct tmpl_value *ret,
                                   struct err **err)
{
    struct render_consul *c = arg;
    size_t at;
    const struct want *w = find(c, &(struct want_key){kind, text, len}, &at);

    (void)arena;
    if (!w) {
        CLEAN(free_str) char *copy = xstrndup(text, len);
        CLEAN(sbuf) struct sbuf path = SBUF_INIT;

        return render_query_path(kind, copy, NULL, &path, err) ? TMPL_ERROR : TMPL_PENDING;
    }
    if (w->answer == TMPL_FOUND)
        *ret = w->value;
    return w->answer;
}

bool render_consul_want(struct render_consul *c, enum tmpl_dep_kind kind, const char *text)
{
    const struct want_key key = {kind, text, strlen(text)};
    size_t at;
    struct want *w = find(c, &key, &at);

    if (!w)
        w = add(c, &key, at);
    if (w->state != IDLE)
        return w->state == FETCH;
    w->state = w->answer == TMPL_PENDING ? FETCH : WAIT;
    if (w->state == FETCH)
        c->fetching++;
    else
        c->waiting++;
    return w->state == FETCH;
}

/* Those that wait have their turn when nothing is left to fetch. */
int render_consul_run(struct render_consul *c, double deadline, struct err **err)
{
    c->next = 0;
    c->fetches = c->fetching;
    c->came = false;
    ev_now_update(c->loop);
    if (deadline > 0.) {
        double left = deadline - ev_now(c->loop);

        ev_timer_set(&c->deadline, left > 0. ? left : 0., 0.);
        ev_timer_start(c->loop, &c->deadline);
    }
    start_some(c);
    if (!is_over(c))
        ev_run(c->loop, 0);
    ev_timer_stop(c->loop, &c->deadline);
    end_run(c);
    if (c->failed)
        return err_set(err, "%s", err_msg(c->failed));
    return c->late ? err_set_code(err, ETIMEDOUT, "the time to wait is over") : 0;
}

/* What is still needed is wanted again. */
static void end_run(struct render_consul *c)
{
    for (size_t i = 0; i < c->n; i++) {
        end_query(c->wants[i]);
        if (c->came)
            forget(c->wants[i]);
    }
    c->bytes = c->came ? 0 : c->bytes;
}

/* Each query names its datacenter. */
static int open_client(struct render_consul *c, const struct config *config, struct err **err)
{
    CLEAN(consul_login) struct consul_login login = {0};
    struct address address = {0};

    if (address_parse(config->registry, &address, err))
        return -1;
    int status = address.kind == ADDRESS_CONSUL
                     ? consul_login_read(&login, config, &address, err)
                     : err_set(err, "'%s' is no address of Consul", config->registry);
    if (!status) {
        login.access.datacenter = NULL;
        status = consul_client_init(&c->client, c->loop, c->http, &login.access, err);
    }
    address_done(&address);
    return status;
}

/* Docker has no say here. */
static char *consul_variable(const char *name)
{
    return strncmp(name, "CONSUL_", strlen("CONSUL_")) ? NULL : getenv(name);
}

static void on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
    struct render_consul *c = w->data;

    (void)events;
    c->late = true;
    ev_break(loop, EVBREAK_ALL);
}

static int compare(const void *key, const void *member)
{
    const struct want_key *k = key;
    const struct want *w = *(struct want *const *)member;
    int order = k->kind < w->kind ? -1 : k->kind > w->kind;

    if (!order)
        order = strncmp(k->text, w->text, k->len);
    return order ? order : w->text[k->len] ? -1 : 0;
}

static struct want *find(struct render_consul *c, const struct want_key *key, size_t *ret_at)
{
    bool found;

    *ret_at = search_sorted(c->wants, c->n, sizeof *c->wants, key, compare, &found);
    return found ? c->wants[*ret_at] : NULL;
}

static struct want *add(struct render_consul *c, const struct want_key *key, size_t at)
{
    struct want *w = xcalloc(1, sizeof *w);

    *w = (struct want){.consul = c,
                       .kind = key->kind,
                       .text = xstrndup(key->text, key->len),
                       .answer = TMPL_PENDING};
    tmpl_arena_init(&w->arena, VALUES_MAX);
    c->wants = xgrow(c->wants, c->n, &c->cap, sizeof *c->wants);
    memmove(c->wants + at + 1, c->wants + at, (c->n - at) * sizeof *c->wants);
    c->wants[at] = w;
    c->n++;
    return w;
}

static void start_some(struct render_consul *c)
{
    for (; c->next < c->n && c->running < RENDER_CONSUL_RUNNING_MAX; c->next++) {
        struct want *w = c->wants[c->next];

        if (w->state == (c->fetches ? FETCH : WAIT))
            start(w);
    }
}

/* The path was good when the template asked for it. */
static void start(struct want *w)
{
    struct render_consul *c = w->consul;
    const struct consul_query_user user = {on_answer, on_error, w};
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    if (w->state == WAIT && !w->said) {
        fprintf(stderr, "berth: waiting for %s \"%s\"\n", tmpl_dep_name(w->kind), w->text);
        w->said = true;
    }
    if (render_query_path(w->kind, w->text, c->self, &path, NULL))
        return;
    c->running++;
    w->query = w->kind == TMPL_DEP_KEY || w->kind == TMPL_DEP_TREE
                   ? consul_query_new_keys(&c->client, sbuf_str(&path), &user)
                   : consul_query_new_once(&c->client, sbuf_str(&path), &user);
}

/* Something to wait for: a key, or any key below a prefix. */
static bool is_enough(const struct want *w)
{
    return w->answer == TMPL_FOUND && (w->value.kind != TMPL_LIST || w->value.list->n);
}

static int read_answer(struct want *w, const char *body, size_t len, struct err **err)
{
    struct render_consul *c = w->consul;

    forget(w);
    if (c->bytes + len > RENDER_CONSUL_ANSWERS_MAX) {
        if (!c->failed)
            err_set(&c->failed, "Consul's answers have more than %d bytes together",
                    RENDER_CONSUL_ANSWERS_MAX);
        ev_break(c->loop, EVBREAK_ALL);
        return 0;
    }
    if (render_answer_read(w->kind, w->text, body, len, &w->arena, &w->value, &w->answer, err))
        return -1;
    c->bytes += len;
    return 0;
}

/* The agent's node is asked for first where its name is needed and not known. */
static int on_answer(void *arg, const char *body, size_t len, struct err **err)
{
    struct want *w = arg;
    struct render_consul *c = w->consul;
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;

    render_query_path(w->kind, w->text, c->self, &path, NULL);
    if (!strcmp(sbuf_str(&path), RENDER_QUERY_SELF)) {
        c->self = render_answer_self(body, len, err);
        if (!c->self)
            return -1;
        consul_query_free(TAKE_PTR(w->query));
        c->running--;
        start(w);
        return 0;
    }
    if (read_answer(w, body, len, err))
        return -1;
    c->troubled = false;
    if (w->state == WAIT && !is_enough(w))
        return 0;
    c->came |= w->state == WAIT;
    end_query(w);
    start_some(c);
    if (is_over(c))
        ev_break(c->loop, EVBREAK_ALL);
    return 0;
}

static void on_error(void *arg, const struct err *err)
{
    struct want *w = arg;

    if (!w->consul->troubled)
        fprintf(stderr, "berth: %s; trying again\n", err_msg(err));
    w->consul->troubled = true;
}

static void end_query(struct want *w)
{
    struct render_consul *c = w->consul;

    if (w->query)
        c->running--;
    consul_query_free(TAKE_PTR(w->query));
    if (w->state == FETCH)
        c->fetching--;
    if (w->state == WAIT)
        c->waiting--;
    w->state = IDLE;
}

static void forget(struct want *w)
{
    tmpl_arena_done(&w->arena);
    tmpl_arena_init(&w->arena, VALUES_MAX);
    w->answer = TMPL_PENDING;
}

static bool is_over(const struct render_consul *c)
{
    return c->failed || c->came || !(c->fetches ? c->fetching : c->waiting);
}

#include "agent/agent_marathon.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent_catalog.h"
#include "agent/agent_want.h"
#include "agent/marathon_node.h"
#include "lib/marathon_client.h"
#include "lib/marathon_stream.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define AREA "marathon"

static struct marathon_config config_of(const struct config *c, struct http_tls *tls, bool all);
static void on_source(void *arg, const char *id);
static void on_again(struct ev_loop *loop, ev_timer *w, int events);
static void update(struct agent *a, const char *id);
static void find_tasks(const struct instances *known, struct strv *ret);
static bool has_task(const struct strv *tasks, const struct instance *i);
static int compare(const void *a, const void *b);

int agent_open_marathon(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct http_tls tls;
    CLEAN(free_str) char *file = xasprintf("%s/marathon.json", c->state_dir);

    ev_timer_init(&a->marathon_again, on_again, 0., 0.);
    a->marathon_again.data = a;
    a->marathon_source.scheme = c->marathon_name;
    if (!*c->marathon)
        return 0;
    struct marathon_config all = config_of(c, &tls, true), own = config_of(c, &tls, false);
    if (c->marathon_source && c->lb) {
        a->marathon = marathon_new(a->loop, a->http, &all,
                                   &(struct marathon_user){.on_change = on_source, .arg = a}, err);
        if (!a->marathon)
            return err_wrap(err, "[marathon]");
    }
    if (!c->registrator || !c->docker || c->as_registrator)
        return 0;
    a->marathon_node = marathon_node_new(a->loop, a->http, &own, file, agent_on_input, a, err);
    return a->marathon_node ? 0 : err_wrap(err, "[marathon]");
}

void agent_close_marathon(struct agent *a)
{
    ev_timer_stop(a->loop, &a->marathon_again);
    marathon_node_free(a->marathon_node);
    marathon_free(a->marathon);
    marathon_source_done(&a->marathon_source);
    problems_done(&a->marathon_problems);
}

void agent_start_marathon(struct agent *a)
{
    if (a->marathon)
        marathon_start(a->marathon);
    if (a->marathon_node)
        marathon_node_start(a->marathon_node);
}

bool agent_marathon_is_ready(const struct agent *a)
{
    return !a->marathon || marathon_is_complete(a->marathon);
}

void agent_marathon_instances(struct agent *a, const struct instances *known, struct instances *ret)
{
    struct problems problems = {0};
    struct strv tasks = {0};
    size_t kept = 0;

    find_tasks(known, &tasks);
    marathon_source_lend(&a->marathon_source, ret, &problems);
    for (size_t i = 0; i < ret->n; i++)
        if (!has_task(&tasks, &ret->v[i]))
            ret->v[kept++] = ret->v[i];
    ret->n = kept;
    free(tasks.v); /* the texts are the instances' */
    problems_report(AREA, &a->marathon_problems, &problems);
    problems_done(&problems);
}

json_t *agent_marathon_json(const struct agent *a)
{
    const struct marathon *m = a->marathon ? a->marathon : marathon_node_client(a->marathon_node);
    const struct marathon_stream *events = m ? marathon_events(m) : NULL;
    json_t *doc = json_object();

    if (!m) {
        json_decref(doc);
        return json_null();
    }
    json_object_set_new(doc, "source", json_boolean(a->marathon != NULL));
    json_object_set_new(doc, "complete", json_boolean(marathon_is_complete(m)));
    json_object_set_new(doc, "apps", json_integer((json_int_t)marathon_apps(m)->n));
    json_object_set_new(doc, "attached", json_boolean(marathon_stream_is_attached(events)));
    json_object_set_new(doc, "attachments",
                        json_integer((json_int_t)marathon_stream_attachments(events)));
    json_set_str(doc, "stream_error", marathon_stream_why(events));
    json_set_str(doc, "error", marathon_sync(m)->last_error);
    return doc;
}

static struct marathon_config config_of(const struct config *c, struct http_tls *tls, bool all)
{
    *tls = (struct http_tls){.ca_file = *c->marathon_ca_file ? c->marathon_ca_file : NULL,
                             .insecure = !c->marathon_tls_verify};
    return (struct marathon_config){.access = {.urls = c->marathon,
                                               .user_file = c->marathon_user_file,
                                               .token_file = c->marathon_token_file,
                                               .tls = tls},
                                    .resync = c->marathon_resync,
                                    .silence = c->marathon_silence,
                                    .all = all};
}

static void on_source(void *arg, const char *id)
{
    update(arg, id);
}

/* A task has had the time that its checks need. */
static void on_again(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    update(w->data, NULL);
}

static void update(struct agent *a, const char *id)
{
    double now = ev_now(a->loop);
    double next = marathon_source_update(&a->marathon_source, marathon_apps(a->marathon), id, now);

    ev_timer_stop(a->loop, &a->marathon_again);
    if (next > 0) {
        ev_timer_set(&a->marathon_again, next > now ? next - now + 0.01 : 0.01, 0.);
        ev_timer_start(a->loop, &a->marathon_again);
    }
    agent_on_machines(a);
}

/* Their ids, sorted; borrowed. */
static void find_tasks(const struct instances *known, struct strv *ret)
{
    for (size_t i = 0; i < known->n; i++) {
        const char *task = kvs_get(&known->v[i].meta, META_MESOS_TASK);

        if (!task)
            continue;
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = (char *)(uintptr_t)task;
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, compare);
}

static bool has_task(const struct strv *tasks, const struct instance *i)
{
    const char *task = kvs_get(&i->meta, META_MESOS_TASK);

    return task && tasks->n && bsearch(&task, tasks->v, tasks->n, sizeof *tasks->v, compare);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

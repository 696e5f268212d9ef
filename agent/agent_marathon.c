#include "agent/agent_marathon.h"

#include <errno.h>
#include <time.h>

#include "agent/agent_catalog.h"
#include "agent/agent_want.h"
#include "agent/marathon_node.h"
#include "lib/log.h"
#include "lib/marathon_client.h"
#include "lib/marathon_stream.h"
#include "lib/xmalloc.h"
#include "registrator/catalog_file.h"

#define AREA "marathon"
#define GRACE                                                                                      \
    3. /* seconds that Marathon has for its first answer, where a file has an earlier one */

static struct marathon_config config_of(const struct config *c, struct http_tls *tls, bool all);
static void open_source(struct agent *a);
static void on_source(void *arg, const char *id);
static void on_again(struct ev_loop *loop, ev_timer *w, int events);
static void took(struct agent *a, double next);
static void on_grace(struct ev_loop *loop, ev_timer *w, int events);

int agent_open_marathon(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct http_tls tls;
    CLEAN(free_str) char *file = xasprintf("%s/marathon.json", c->state_dir);

    ev_timer_init(&a->marathon_again, on_again, 0., 0.);
    ev_timer_init(&a->marathon_grace, on_grace, GRACE, 0.);
    a->marathon_again.data = a->marathon_grace.data = a;
    a->marathon_source.scheme = c->marathon_name;
    if (!*c->marathon)
        return 0;
    struct marathon_config all = config_of(c, &tls, true), own = config_of(c, &tls, false);
    if (c->marathon_source && c->lb) {
        a->marathon = marathon_new(a->loop, a->http, &all,
                                   &(struct marathon_user){.on_change = on_source, .arg = a}, err);
        if (!a->marathon)
            return err_wrap(err, "[marathon]");
        open_source(a);
    }
    if (!c->registrator || !c->docker || c->as_registrator)
        return 0;
    a->marathon_node = marathon_node_new(a->loop, a->http, &own, file, agent_on_input, a, err);
    return a->marathon_node ? 0 : err_wrap(err, "[marathon]");
}

void agent_close_marathon(struct agent *a)
{
    ev_timer_stop(a->loop, &a->marathon_again);
    ev_timer_stop(a->loop, &a->marathon_grace);
    if (a->marathon)
        catalog_saver_done(&a->marathon_saver);
    marathon_node_free(a->marathon_node);
    marathon_free(a->marathon);
    marathon_source_done(&a->marathon_source);
    problems_done(&a->marathon_problems);
}

void agent_set_marathon(struct agent *a)
{
    const struct config *c = a->config;

    a->marathon_source.scheme = c->marathon_name;
    if (a->marathon_node)
        marathon_node_set_times(a->marathon_node, c->marathon_resync, c->marathon_silence);
    if (!a->marathon)
        return;
    marathon_set_times(a->marathon, c->marathon_resync, c->marathon_silence);
    if (marathon_is_complete(a->marathon))
        on_source(a, NULL);
}

void agent_start_marathon(struct agent *a)
{
    if (a->marathon)
        marathon_start(a->marathon);
    if (a->marathon && a->marathon_seen > 0.)
        ev_timer_start(a->loop, &a->marathon_grace);
    if (a->marathon_node)
        marathon_node_start(a->marathon_node);
}

bool agent_marathon_is_ready(const struct agent *a)
{
    return !a->marathon || marathon_is_complete(a->marathon) || a->marathon_from_file;
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
    json_object_set_new(doc, "age",
                        a->marathon_from_file ? json_real(ev_now(a->loop) - a->marathon_seen)
                                              : json_null());
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

/* What the file has is what there is until Marathon answers. */
static void open_source(struct agent *a)
{
    CLEAN(free_str) char *file = xasprintf("%s/marathon-apps.json", a->config->state_dir);
    CLEAN(err) struct err *err = NULL;
    struct catalog *catalog = &a->marathon_source.catalog;

    catalog_saver_init(&a->marathon_saver, a->loop, file, catalog);
    if (catalog_file_read(file, catalog, &a->marathon_seen, &err) && err_code(err) != ENOENT)
        log_warn(AREA, "what Marathon said earlier is not known: %s", err_msg(err));
}

static void on_source(void *arg, const char *id)
{
    struct agent *a = arg;

    took(a, marathon_source_update(&a->marathon_source, marathon_apps(a->marathon), id,
                                   ev_now(a->loop)));
}

/* A task has had the time that its checks need. */
static void on_again(struct ev_loop *loop, ev_timer *w, int events)
{
    struct agent *a = w->data;

    (void)events;
    took(a, marathon_source_again(&a->marathon_source, marathon_apps(a->marathon), ev_now(loop)));
}

/* The source is another one, and will be again at 'next' by itself; 0: it will not. */
static void took(struct agent *a, double next)
{
    struct problems problems = {0};
    double now = ev_now(a->loop);

    a->marathon_from_file = false;
    catalog_saver_change(&a->marathon_saver, now);
    ev_timer_stop(a->loop, &a->marathon_again);
    if (next > 0) {
        ev_timer_set(&a->marathon_again, next > now ? next - now + 0.01 : 0.01, 0.);
        ev_timer_start(a->loop, &a->marathon_again);
    }
    marathon_source_report(&a->marathon_source, &problems);
    problems_report(AREA, &a->marathon_problems, &problems);
    problems_done(&problems);
    agent_on_machines(a);
}

static void on_grace(struct ev_loop *loop, ev_timer *w, int events)
{
    struct agent *a = w->data;
    time_t when = (time_t)a->marathon_seen;
    char text[32] = "";
    struct tm tm;

    (void)events;
    if (marathon_is_complete(a->marathon))
        return;
    a->marathon_from_file = true;
    if (gmtime_r(&when, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    log_warn(AREA,
             "what Marathon said last serves until it answers: seen=%s age=%.0fs instances=%zu",
             text, ev_now(loop) - a->marathon_seen, catalog_instances(&a->marathon_source.catalog));
    agent_on_machines(a);
}

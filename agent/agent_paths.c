#include "agent/agent_paths.h"

#include <jansson.h>

#include "agent/agent.h"
#include "agent/agent_admin.h"
#include "agent/agent_resync.h"
#include "agent/changes.h"
#include "agent/config_reload.h"
#include "agent/page.h"
#include "agent/state.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define JSON_TYPE "application/json"
#define METRICS_TYPE "text/plain; version=0.0.4"

static void answer_health(void *arg, const char *path, struct admin_request *r);
static void answer_metrics(void *arg, const char *path, struct admin_request *r);
static void answer_state(void *arg, const char *path, struct admin_request *r);
static void answer_explain(void *arg, const char *path, struct admin_request *r);
static void answer_changes(void *arg, const char *path, struct admin_request *r);
static void answer_events(void *arg, const char *path, struct admin_request *r);
static void answer_resync(void *arg, const char *path, struct admin_request *r);
static void answer_reload(void *arg, const char *path, struct admin_request *r);
static void answer_preview(void *arg, const char *path, struct admin_request *r);
static void answer_config(void *arg, const char *path, struct admin_request *r);

const struct admin_path agent_paths[] = {
    {"/", ADMIN_READ | ADMIN_OPEN, page_answer},
    {"/health", ADMIN_READ | ADMIN_OPEN, answer_health},
    {"/metrics", ADMIN_READ, answer_metrics},
    {"/v1/state", ADMIN_READ, answer_state},
    {"/v1/explain", ADMIN_READ, answer_explain},
    {"/v1/changes", ADMIN_READ, answer_changes},
    {"/v1/events", ADMIN_READ, answer_events},
    {"/v1/resync", ADMIN_WRITE, answer_resync},
    {"/v1/reload", ADMIN_WRITE, answer_reload},
    {"/v1/reload/preview", ADMIN_READ, answer_preview},
    {"/v1/config", ADMIN_READ, answer_config},
};
const size_t agent_n_paths = ARRAY_LEN(agent_paths);

static void answer_json(struct admin_request *r, unsigned status, json_t *doc)
{
    admin_reply(r, status, JSON_TYPE, json_dumps(doc, JSON_COMPACT));
    json_decref(doc);
}

static void answer_health(void *arg, const char *path, struct admin_request *r)
{
    const struct agent *a = arg;

    (void)path;
    answer_json(r, agent_is_ready(a) ? 200 : 503, state_health(a));
}

static void answer_metrics(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    admin_reply(r, 200, METRICS_TYPE, state_metrics(arg));
}

static void answer_state(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    agent_admin_ask(arg, r, false);
}

static void answer_explain(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    agent_admin_ask(arg, r, true);
}

static void answer_changes(void *arg, const char *path, struct admin_request *r)
{
    const struct agent *a = arg;
    uint64_t since;

    (void)path;
    if (changes_parse_since(admin_request_query(r, "since"), &since))
        admin_reply(r, 400, "text/plain", xstrdup("since= is the number of a change\n"));
    else
        answer_json(r, 200, changes_json(a->changes, since));
}

static void answer_events(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    agent_admin_stream(arg, r);
}

static void answer_resync(void *arg, const char *path, struct admin_request *r)
{
    (void)path;
    answer_json(r, 202, agent_resync(arg));
}

/* 409: it was refused, and everything is as it was. */
static void answer_reload(void *arg, const char *path, struct admin_request *r)
{
    struct agent *a = arg;
    struct config_change change = {0};

    (void)path;
    if (!a->reload) {
        admin_reply(r, 501, "text/plain", xstrdup("this agent does not reload\n"));
        return;
    }
    config_reload(a->reload, &change);
    answer_json(r, change.error ? 409 : 200, config_change_json(&change));
    config_change_done(&change);
}

/* What POST /v1/reload would answer. */
static void answer_preview(void *arg, const char *path, struct admin_request *r)
{
    const struct agent *a = arg;
    struct config_change change = {0};

    (void)path;
    if (!a->reload) {
        admin_reply(r, 501, "text/plain", xstrdup("this agent does not reload\n"));
        return;
    }
    config_reload_preview(a->reload, &change);
    answer_json(r, 200, config_change_json(&change));
    config_change_done(&change);
}

/* Credentials are in files, which are named and not shown. */
static void answer_config(void *arg, const char *path, struct admin_request *r)
{
    const struct agent *a = arg;
    struct sbuf text = SBUF_INIT;

    (void)path;
    conf_dump(&config_table, a->config, NULL, &text);
    admin_reply(r, 200, "text/plain; charset=utf-8", sbuf_take(&text));
}

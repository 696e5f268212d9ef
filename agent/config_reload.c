#include "agent/config_reload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/agent_config.h"
#include "agent/lb_template.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/xmalloc.h"

#define AREA "config"

struct config_reload {
    struct agent *agent;
    struct config_source *source;
    struct config *own;  /* what runs since the last good reload; NULL: there was none */
    struct strv pending; /* of the last good reload */
    struct problems problems;
    bool failed; /* the last one */
    double good; /* ev time of the last good one, or of the start */
};

static void tell_begin(void);
static void tell_end(const struct config_change *change);
static void tell(const char *state);
static int take(struct config_reload *r, struct config_change *change, struct err **err);
static int prepare(const struct config_reload *r, struct config_change *change, struct config **ret,
                   struct err **err);
static int read_next(const struct config_reload *r, struct config *ret, struct err **err);
static int keep_template(const struct agent *a, struct config *next, struct config_change *change,
                         struct err **err);
static void run(struct config_reload *r, struct config *next);
static void free_config(struct config *c);
static void note(struct config_reload *r, const struct config_change *change);

struct config_reload *config_reload_new(struct agent *a, struct config_source *source)
{
    struct config_reload *r = xcalloc(1, sizeof *r);

    r->agent = a;
    r->source = source;
    r->good = ev_now(a->loop);
    return r;
}

void config_reload_free(struct config_reload *r)
{
    if (!r)
        return;
    if (r->own)
        free_config(r->own);
    strv_done(&r->pending);
    problems_done(&r->problems);
    free(r);
}

void config_reload(struct config_reload *r, struct config_change *ret)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const char *file = config_source_file(r->source);

    tell_begin();
    if (take(r, ret, &err)) {
        config_change_done(ret);
        ret->error = xstrdup(err_msg(err));
    }
    r->failed = ret->error;
    if (!r->failed)
        r->good = ev_now(r->agent->loop);
    note(r, ret);
    config_change_add_text(ret, &text);
    if (r->failed)
        log_err(AREA, "not reloaded, the configuration stays as it was: %s", sbuf_str(&text));
    else
        log_info(AREA, "reloaded file=%s %s", file ? file : "none", sbuf_str(&text));
    tell_end(ret);
}

void config_reload_preview(const struct config_reload *r, struct config_change *ret)
{
    CLEAN(err) struct err *err = NULL;
    struct config *next = NULL;

    if (!r->source->fixed && prepare(r, ret, &next, &err)) {
        config_change_done(ret);
        ret->error = xstrdup(err_msg(err));
    }
    if (next)
        free_config(next);
}

const struct problems *config_reload_problems(const struct config_reload *r)
{
    return &r->problems;
}

void config_reload_metrics(const struct config_reload *r, struct sbuf *out)
{
    sbuf_addf(out,
              "# HELP berth_config_last_reload_successful 0 after a reload that was refused.\n"
              "# TYPE berth_config_last_reload_successful gauge\n"
              "berth_config_last_reload_successful %d\n"
              "# HELP berth_config_last_reload_timestamp_seconds When the configuration that "
              "runs was read.\n"
              "# TYPE berth_config_last_reload_timestamp_seconds gauge\n"
              "berth_config_last_reload_timestamp_seconds %.3f\n"
              "# HELP berth_config_pending_options Options whose change waits for a restart.\n"
              "# TYPE berth_config_pending_options gauge\n"
              "berth_config_pending_options %zu\n",
              !r->failed, r->good, r->pending.n);
}

/* A manager that speaks Type=notify-reload compares the time with that of its signal. */
static void tell_begin(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    CLEAN(free_str)
    char *state = xasprintf("RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
                            (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
    tell(state);
}

static void tell_end(const struct config_change *change)
{
    CLEAN(sbuf) struct sbuf state = SBUF_INIT;

    sbuf_adds(&state, "READY=1\nSTATUS=");
    if (change->error) {
        sbuf_adds(&state, "the configuration was not reloaded: ");
        sbuf_add_printable(&state, change->error);
    } else if (change->pending.n) {
        CLEAN(free_str) char *keys = strv_join(&change->pending, ", ");

        sbuf_adds(&state, "a restart is needed for ");
        sbuf_add_printable(&state, keys);
    }
    tell(sbuf_str(&state));
}

static void tell(const char *state)
{
    CLEAN(err) struct err *err = NULL;

    if (notify_send(state, &err))
        log_warn(AREA, "the service manager is not told of the reload: %s", err_msg(err));
}

/* Arguments that were another program's say what they said: only the files that they name may be
 * others. */
static int take(struct config_reload *r, struct config_change *change, struct err **err)
{
    struct config *next = NULL;

    if (r->source->fixed)
        return agent_set_config(r->agent, r->agent->config, err);
    if (prepare(r, change, &next, err))
        return -1;
    if (!next)
        return 0;
    if (agent_set_config(r->agent, next, err)) {
        free_config(next);
        return -1;
    }
    run(r, next);
    return 0;
}

/* The whole is made and checked beside what runs. '*ret' is what can run now, or NULL. */
static int prepare(const struct config_reload *r, struct config_change *change, struct config **ret,
                   struct err **err)
{
    const struct config *running = r->agent->config;
    struct config *next = xcalloc(1, sizeof *next);

    if (read_next(r, next, err)) {
        free_config(next);
        return -1;
    }
    next->as_registrator = running->as_registrator;
    next->consul_token = running->consul_token;
    next->consul_user = running->consul_user;
    if (config_change_make(change, running, next)) {
        free_config(next);
        return 0;
    }
    if (keep_template(r->agent, next, change, err)) {
        free_config(next);
        return -1;
    }
    *ret = next;
    return 0;
}

static int read_next(const struct config_reload *r, struct config *ret, struct err **err)
{
    if (config_source_read(r->source, ret, err))
        return -1;
    return strcmp(ret->pool, r->agent->config->pool) ? config_source_check_host(ret, err) : 0;
}

/* A template that asks for data has watches of its own, and is rendered by somebody else: from one
 * kind to the other it takes a restart. */
static int keep_template(const struct agent *a, struct config *next, struct config_change *change,
                         struct err **err)
{
    if (!a->lb)
        return 0;
    int asks = lb_template_asks(next->lb_template, err);

    if (asks < 0)
        return err_wrap(err, "[lb] template");
    if ((asks != 0) == (a->lb_template != NULL))
        return 0;
    free(next->lb_template);
    next->lb_template = xstrdup(a->config->lb_template);
    config_change_defer(change, "lb.template");
    return 0;
}

/* Nobody borrows the one before any more. */
static void run(struct config_reload *r, struct config *next)
{
    if (r->own)
        free_config(r->own);
    r->own = next;
}

static void free_config(struct config *c)
{
    conf_done(&config_table, c);
    free(c);
}

/* What waited for a restart before a reload that was refused still does. */
static void note(struct config_reload *r, const struct config_change *change)
{
    struct problems now = {0};

    if (!change->error) {
        strv_done(&r->pending);
        strv_copy(&r->pending, &change->pending);
    }
    if (change->error)
        problems_add(&now, "configuration",
                     "it stays as it was, since the new one cannot be used: %s", change->error);
    for (size_t i = 0; i < r->pending.n; i++)
        problems_add(&now, r->pending.v[i],
                     "it has changed in the configuration, and takes effect at the next restart");
    problems_done(&r->problems);
    r->problems = now;
}

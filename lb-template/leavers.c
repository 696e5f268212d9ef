#include "lb-template/leavers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define PAUSE_MIN 0.2 /* seconds: requests under way reach their server */
#define PAUSE_MAX 5.0

static void append(struct leavers *l, struct leaver v);
static void keep_or_forget(struct leavers *l, struct leaver *v, const struct backends *scope);
static int compare(const struct leaver *a, const struct plan_leaver *b);
static const char *answer_about(const struct strv *answers, const char *backend);
static void postpone(struct leaver *v, double now);
static void remove_commands(const struct leaver *v, struct strv *ret);
static void leaver_done(struct leaver *v);

void leavers_update(struct leavers *l, const struct plan *plan, const struct backends *scope,
                    double now)
{
    struct leavers old = *l;
    size_t next = 0;

    *l = (struct leavers){0};
    for (size_t i = 0; i < plan->n_leavers; i++) {
        const struct plan_leaver *p = &plan->leavers[i];

        while (next < old.n && compare(&old.v[next], p) < 0)
            keep_or_forget(l, &old.v[next++], scope);
        if (next < old.n && !compare(&old.v[next], p))
            append(l, old.v[next++]);
        else
            append(l, (struct leaver){
                          .backend = xstrdup(p->backend),
                          .server = xstrdup(p->server),
                          .trace = p->trace,
                          .deadline = now + LEAVERS_DRAIN_MAX,
                          .look_at = now + PAUSE_MIN,
                          .pause = PAUSE_MIN,
                      });
    }
    while (next < old.n)
        keep_or_forget(l, &old.v[next++], scope);
    free(old.v);
}

void leavers_done(struct leavers *l)
{
    for (size_t i = 0; i < l->n; i++)
        leaver_done(&l->v[i]);
    free(l->v);
    *l = (struct leavers){0};
}

double leavers_next(const struct leavers *l)
{
    double next = 0.;

    for (size_t i = 0; i < l->n; i++)
        if (!next || l->v[i].look_at < next)
            next = l->v[i].look_at;
    return next;
}

void leavers_ask(const struct leavers *l, double now, struct strv *ret_commands,
                 struct strv *ret_backends)
{
    const char *asked = NULL;

    for (size_t i = 0; i < l->n; i++) {
        const struct leaver *v = &l->v[i];

        if (v->look_at > now || (asked && !strcmp(asked, v->backend)))
            continue;
        asked = v->backend;
        strv_add(ret_backends, asked);
        strv_add_take(ret_commands, xasprintf("show servers conn %s", v->backend));
    }
}

/* A server that the answer does not name has no connections either. */
void leavers_judge(struct leavers *l, double now, const struct strv *answers,
                   struct strv *ret_commands)
{
    for (size_t i = 0; i < l->n; i++) {
        struct leaver *v = &l->v[i];
        unsigned used = 0;

        if (v->look_at > now)
            continue;
        const char *answer = answer_about(answers, v->backend);
        runtime_parse_used(answer, v->backend, v->server, &used);
        if (!used || now >= v->deadline)
            remove_commands(v, ret_commands);
        postpone(v, now);
    }
}

void leavers_settle(struct leavers *l, const struct runtime_servers *servers,
                    void (*on_gone)(const struct leaver *v))
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (runtime_servers_find(servers, l->v[i].backend, l->v[i].server)) {
            l->v[kept++] = l->v[i];
            continue;
        }
        on_gone(&l->v[i]);
        leaver_done(&l->v[i]);
    }
    l->n = kept;
}

static void append(struct leavers *l, struct leaver v)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = v;
}

static void keep_or_forget(struct leavers *l, struct leaver *v, const struct backends *scope)
{
    if (scope && !backends_find(scope, v->backend))
        append(l, *v);
    else
        leaver_done(v);
}

static int compare(const struct leaver *a, const struct plan_leaver *b)
{
    int c = strcmp(a->backend, b->backend);

    return c ? c : strcmp(a->server, b->server);
}

/* The answers are few: one per backend. */
static const char *answer_about(const struct strv *answers, const char *backend)
{
    CLEAN(free_str) char *begin = xasprintf("\n%s/", backend);

    for (size_t i = 0; i < answers->n; i++)
        if (strstr(answers->v[i], begin))
            return answers->v[i];
    return "";
}

static void postpone(struct leaver *v, double now)
{
    v->look_at = now + v->pause;
    v->pause = v->pause * 2. > PAUSE_MAX ? PAUSE_MAX : v->pause * 2.;
}

static void remove_commands(const struct leaver *v, struct strv *ret)
{
    strv_add_take(ret, xasprintf("set server %s/%s state maint", v->backend, v->server));
    strv_add_take(ret, xasprintf("del server %s/%s", v->backend, v->server));
    strv_add_take(ret, xasprintf("set server %s/%s state drain", v->backend, v->server));
    strv_add_take(ret, xasprintf("set server %s/%s state maint", v->backend, v->server));
    strv_add_take(ret, xasprintf("del server %s/%s", v->backend, v->server));
}

static void leaver_done(struct leaver *v)
{
    free(v->backend);
    free(v->server);
}

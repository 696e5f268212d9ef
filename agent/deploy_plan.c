#include "agent/deploy_plan.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/xmalloc.h"

static void say(struct deploy_step *ret, enum deploy_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void choose(const struct deploy_state *s, struct deploy_step *ret);
static bool waits_for_marathon(const struct deploy_state *s, struct deploy_step *ret);
static const char *under_way(const struct deploy_state *s, const struct marathon_app *app);
static bool gives_up(const struct deploy_state *s, const struct marathon_app *app);
static bool waits_for_lbs(const struct deploy_state *s, struct deploy_step *ret);
static const struct marathon_task *find_missing(const struct deploy_state *s,
                                                const struct deploy_lb *lb);
static bool kills(const struct deploy_state *s, unsigned goal, struct deploy_step *ret);
static unsigned long count_sessions(const struct deploy_state *s, const struct marathon_task *task,
                                    bool *ret_drained);
static unsigned count_healthy(const struct marathon_app *app);
static unsigned count_running(const struct marathon_app *app);
static unsigned next_size(const struct deploy_state *s, unsigned goal);

void deploy_plan(const struct deploy_state *s, struct deploy_step *ret)
{
    ret->grown = count_healthy(s->new);
    ret->left = s->old ? count_running(s->old) : 0;
    if (waits_for_marathon(s, ret) || waits_for_lbs(s, ret))
        return;
    choose(s, ret);
    ret->override = gives_up(s, ret->kind == DEPLOY_SCALE ? s->new : s->old);
}

/* What there is to do when nothing has to be waited for. */
static void choose(const struct deploy_state *s, struct deploy_step *ret)
{
    bool shares = s->split && s->split < s->target;
    unsigned new_goal = shares ? s->split : s->target;
    unsigned old_goal = shares ? s->target - s->split : 0;

    if (s->old && kills(s, old_goal, ret))
        return;
    if (s->new->instances < new_goal) {
        ret->instances = next_size(s, new_goal);
        say(ret, DEPLOY_SCALE, "%s: %u -> %u instances", s->new->id, s->new->instances,
            ret->instances);
    } else if (!s->old || (shares && count_running(s->old) <= old_goal)) {
        say(ret, DEPLOY_DONE, "%s serves with %u instances", s->new->id, s->new->instances);
    } else if (!shares && !count_running(s->old)) {
        say(ret, DEPLOY_DELETE, "%s has no task any more", s->old->id);
    } else {
        say(ret, DEPLOY_WAIT, "%u tasks of %s are left", count_running(s->old), s->old->id);
    }
}

void deploy_step_done(struct deploy_step *step)
{
    strv_done(&step->tasks);
    free(step->why);
    *step = (struct deploy_step){0};
}

static void say(struct deploy_step *ret, enum deploy_kind kind, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ret->why = xvasprintf(format, args);
    va_end(args);
    ret->kind = kind;
}

static bool waits_for_marathon(const struct deploy_state *s, struct deploy_step *ret)
{
    const char *on_new = under_way(s, s->new), *on_old = under_way(s, s->old);

    if (on_new)
        say(ret, DEPLOY_WAIT,
            "Marathon is at work on %s, deployment %s: %u of %u tasks are healthy", s->new->id,
            on_new, ret->grown, s->new->instances);
    else if (on_old)
        say(ret, DEPLOY_WAIT, "Marathon is at work on %s, deployment %s: %u of %u tasks run",
            s->old->id, on_old, ret->left, s->old->instances);
    else if (ret->grown < s->new->instances)
        say(ret, DEPLOY_WAIT, "%u of %u tasks of %s are healthy", ret->grown, s->new->instances,
            s->new->id);
    return ret->why != NULL;
}

/* The first deployment of 'app' that has to be waited for, or NULL. */
static const char *under_way(const struct deploy_state *s, const struct marathon_app *app)
{
    for (size_t i = 0; app && i < app->deployments.n; i++)
        if (!s->given_up || !strv_contains(s->given_up, app->deployments.v[i]))
            return app->deployments.v[i];
    return NULL;
}

/* Marathon refuses to change an app that it is at work on, but for who says that it may. */
static bool gives_up(const struct deploy_state *s, const struct marathon_app *app)
{
    return app && app->deployments.n && !under_way(s, app);
}

static bool waits_for_lbs(const struct deploy_state *s, struct deploy_step *ret)
{
    for (size_t i = 0; i < s->n_lbs; i++) {
        const struct deploy_lb *lb = &s->lbs[i];
        const struct marathon_task *missing = find_missing(s, lb);

        if (missing)
            say(ret, DEPLOY_WAIT, "%s does not serve %s yet", lb->url, missing->id);
        else if (lb->processes > 1)
            say(ret, DEPLOY_WAIT, "%s has %zu processes: an old one finishes what it has", lb->url,
                lb->processes);
        if (ret->why)
            return true;
    }
    return false;
}

/* The first running task of the new app that 'lb' does not have as up. On the way back it drains as
 * many of them as the other app has, until that one's are gone: then it is enough that it has them.
 */
static const struct marathon_task *find_missing(const struct deploy_state *s,
                                                const struct deploy_lb *lb)
{
    for (size_t i = 0; i < s->new->tasks.n; i++) {
        const struct marathon_task *task = &s->new->tasks.v[i];
        const struct deploy_server *server;
        const char *host;
        uint16_t port;
        size_t at = 0;
        bool up = false;

        if (task->state != MARATHON_RUNNING || !marathon_app_reach(s->new, task, 0, &host, &port))
            continue;
        while ((server = deploy_servers_next(&lb->servers, host, port, &at)))
            up |= server->state == DEPLOY_SERVER_UP ||
                  (s->nodes_drain && server->state == DEPLOY_SERVER_DRAINS);
        if (!up)
            return task;
    }
    return NULL;
}

/* As many of the old app's tasks as the new one replaces, of those that nobody uses any more. */
static bool kills(const struct deploy_state *s, unsigned goal, struct deploy_step *ret)
{
    unsigned running = count_running(s->old), healthy = count_healthy(s->new), busy = 0;
    unsigned surplus = healthy + running > s->target ? healthy + running - s->target : 0;
    unsigned may = running > goal ? running - goal : 0;
    unsigned long sessions = 0;

    may = surplus < may ? surplus : may;
    for (size_t i = 0; i < s->old->tasks.n && ret->tasks.n < may; i++) {
        const struct marathon_task *task = &s->old->tasks.v[i];
        bool drained = s->nodes_drain;

        if (!marathon_state_serves(task->state))
            continue;
        unsigned long has = count_sessions(s, task, &drained);
        if (drained) {
            strv_add(&ret->tasks, task->id);
        } else {
            busy++;
            sessions += has;
        }
    }
    if (ret->tasks.n)
        say(ret, DEPLOY_KILL, "%s: %zu of %u tasks are not used any more", s->old->id, ret->tasks.n,
            running);
    else if (may && busy)
        say(ret, DEPLOY_WAIT, "%u tasks of %s still take traffic, or finish it: %lu sessions", busy,
            s->old->id, sessions);
    return ret->why != NULL;
}

/* Over all load balancers. Drained is what each of them keeps out of its turn, or does not have,
 * and has no session left. */
static unsigned long count_sessions(const struct deploy_state *s, const struct marathon_task *task,
                                    bool *ret_drained)
{
    const struct deploy_server *server;
    unsigned long sessions = 0;
    bool used = !s->n_lbs;
    const char *host;
    uint16_t port;

    if (!marathon_app_reach(s->old, task, 0, &host, &port))
        return 0;
    for (size_t i = 0; i < s->n_lbs; i++)
        for (size_t at = 0; (server = deploy_servers_next(&s->lbs[i].servers, host, port, &at));) {
            sessions += server->sessions;
            used |= server->state == DEPLOY_SERVER_UP || server->sessions;
        }
    *ret_drained |= !used;
    return sessions;
}

static unsigned count_healthy(const struct marathon_app *app)
{
    unsigned n = 0;

    for (size_t i = 0; i < app->tasks.n; i++)
        n += app->tasks.v[i].state == MARATHON_RUNNING &&
             app->tasks.v[i].ready != MARATHON_READY_NO &&
             marathon_app_healthy(app, &app->tasks.v[i], false);
    return n;
}

static unsigned count_running(const struct marathon_app *app)
{
    unsigned n = 0;

    for (size_t i = 0; i < app->tasks.n; i++)
        n += marathon_state_serves(app->tasks.v[i].state);
    return n;
}

static unsigned next_size(const struct deploy_state *s, unsigned goal)
{
    unsigned now = s->new->instances;
    unsigned next = now + (s->linear ? s->linear : now / 2 + now % 2);

    next = next > now ? next : now + 1;
    return next < goal ? next : goal;
}

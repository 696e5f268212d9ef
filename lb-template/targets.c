#include "lb-template/targets.h"

#include <stdlib.h>

#include "lib/xmalloc.h"

static void on_one(void *arg);

void targets_init(struct targets *l, struct ev_loop *loop, const struct strv *paths,
                  struct lb_counters *counters)
{
    l->n = paths->n;
    l->v = xcalloc(l->n, sizeof *l->v);
    l->workers = xcalloc(l->n, sizeof *l->workers);
    for (size_t i = 0; i < l->n; i++) {
        l->v[i] = target_new(loop, paths->v[i], counters);
        l->workers[i].path = target_path(l->v[i]);
    }
}

void targets_done(struct targets *l)
{
    for (size_t i = 0; i < l->n; i++)
        target_free(l->v[i]);
    free(l->v);
    free(l->workers);
    *l = (struct targets){0};
}

void targets_look(struct targets *l, enum target_depth depth, const struct target_wish *wish,
                  void (*on_done)(void *arg), void *arg)
{
    l->on_done = on_done;
    l->arg = arg;
    l->waiting = l->n;
    for (size_t i = 0; i < l->n; i++)
        target_look(l->v[i], depth, wish, on_one, l);
}

/* Some may be ready before the others have begun: each counts from the start. */
void targets_apply(struct targets *l, const struct model *loaded, void (*on_done)(void *arg),
                   void *arg)
{
    l->on_done = on_done;
    l->arg = arg;
    l->waiting = l->n;
    for (size_t i = 0; i < l->n; i++)
        target_apply(l->v[i], loaded, on_one, l);
}

struct target *targets_first(const struct targets *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (target_info(l->v[i]))
            return l->v[i];
    return l->v[0];
}

bool targets_any_runs(const struct targets *l)
{
    return target_info(targets_first(l));
}

bool targets_all_run(const struct targets *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!target_info(l->v[i]))
            return false;
    return true;
}

bool targets_are_known(const struct targets *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!target_is_known(l->v[i]))
            return false;
    return true;
}

bool targets_have(const struct targets *l, uint64_t structure)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct runtime_info *info = target_info(l->v[i]);

        if (info && (!info->has_mark || info->structure != structure))
            return false;
    }
    return true;
}

bool targets_are_odd(const struct targets *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (target_is_odd(l->v[i]))
            return true;
    return false;
}

double targets_next(const struct targets *l)
{
    double next = 0.;

    for (size_t i = 0; i < l->n; i++) {
        double one = target_next(l->v[i]);

        if (one > 0. && (!(next > 0.) || one < next))
            next = one;
    }
    return next;
}

const struct err *targets_err(const struct targets *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (target_err(l->v[i]))
            return target_err(l->v[i]);
    return NULL;
}

uint64_t targets_workers_id(const struct targets *l)
{
    uint64_t id = 0;

    for (size_t i = 0; i < l->n; i++)
        id = id * 4194301 + (uint64_t)l->workers[i].pid;
    return id;
}

static void on_one(void *arg)
{
    struct targets *l = arg;

    if (--l->waiting)
        return;
    for (size_t i = 0; i < l->n; i++) {
        const struct runtime_info *info = target_info(l->v[i]);

        l->workers[i].pid = info ? info->pid : 0;
    }
    l->on_done(l->arg);
}

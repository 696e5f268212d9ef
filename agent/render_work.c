#include "agent/render_work.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define ROUNDS_MAX 100 /* executions in a row that each ask for something new */

static bool keep_deps(struct render_work *w);

void render_work_done(struct render_work *w)
{
    render_job_done(&w->job);
    tmpl_deps_done(&w->deps);
    free(w->failure);
}

int render_work_run(struct render_work *w, const struct tmpl_run *run, bool *ret_wants_data,
                    struct err **err)
{
    w->dirty = w->fresh = false;
    int status = render_job_run(&w->job, run, err);
    bool missing = w->job.result.deps.missing, more = keep_deps(w);

    w->rounds = more && missing ? w->rounds + 1 : 0;
    if (w->rounds > ROUNDS_MAX) {
        err_free(*err);
        *err = NULL;
        *ret_wants_data = false;
        return err_set(err, "%s: it asks for something new each time, %d times",
                       render_job_name(&w->job), ROUNDS_MAX);
    }
    *ret_wants_data = missing;
    if (w->job.complete) {
        w->fresh = w->rendered = true;
        free(TAKE_PTR(w->failure));
    }
    return status;
}

bool render_work_uses(const struct render_work *w, enum tmpl_dep_kind kind, const char *text)
{
    for (size_t i = 0; i < w->deps.n; i++)
        if (w->deps.v[i].kind == kind && !strcmp(w->deps.v[i].text, text))
            return true;
    return false;
}

bool render_work_lacks(const struct render_work *w, bool consuls)
{
    for (size_t i = 0; i < w->deps.n; i++)
        if (w->deps.v[i].missing && render_work_is_consuls(w->deps.v[i].kind) == consuls)
            return true;
    return false;
}

bool render_work_is_consuls(enum tmpl_dep_kind kind)
{
    return kind != TMPL_DEP_FILE && kind != TMPL_DEP_ENV;
}

/* Keeps what was used before, too, until an execution is complete: one that stops half-way does not
 * say what the other half uses. Returns whether there is anything new. */
static bool keep_deps(struct render_work *w)
{
    struct tmpl_deps *now = &w->job.result.deps;
    size_t before = w->deps.n;

    if (w->job.complete)
        tmpl_deps_done(&w->deps);
    for (size_t i = 0; i < w->deps.n; i++)
        w->deps.v[i].missing = false;
    for (size_t i = 0; i < now->n; i++)
        tmpl_deps_add(&w->deps, now->v[i].kind, now->v[i].text, now->v[i].missing);
    return w->deps.n > before;
}

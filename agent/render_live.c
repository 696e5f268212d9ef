#include "agent/render_live.h"

#include <string.h>

#define ROUNDS_MAX 100 /* executions that each ask for something new */

static bool want_all(struct render_consul *c, const struct tmpl_deps *deps, bool *ret_fetch);

int render_live_fill(struct render_job *jobs, size_t n, const struct tmpl_run *run,
                     struct render_consul *c, double wait, struct err **err)
{
    double deadline = wait > 0. ? ev_time() + wait : 0.;

    for (unsigned rounds = 0; rounds < ROUNDS_MAX; rounds++) {
        bool wanted = false, fetch = false;

        for (size_t i = 0; i < n; i++) {
            CLEAN(err) struct err *failed = NULL;

            render_job_run(&jobs[i], run, &failed);
            wanted |= want_all(c, &jobs[i].result.deps, &fetch);
        }
        if (!wanted)
            return 0;
        if (render_consul_run(c, deadline, err))
            return -1;
        if (!fetch)
            rounds = 0; /* the world has changed */
    }
    return err_set(err, "the templates ask for something new each time, %d times", ROUNDS_MAX);
}

static bool is_consuls(const struct tmpl_dep *dep)
{
    return dep->kind != TMPL_DEP_FILE && dep->kind != TMPL_DEP_ENV;
}

static bool lacks_file(const struct tmpl_deps *deps)
{
    for (size_t i = 0; i < deps->n; i++)
        if (deps->v[i].missing && !is_consuls(&deps->v[i]))
            return true;
    return false;
}

static bool is_known(struct render_consul *c, const struct tmpl_dep *dep)
{
    struct tmpl_value value;

    return render_consul_get(c, dep->kind, dep->text, strlen(dep->text), NULL, &value, NULL) !=
           TMPL_PENDING;
}

/* Returns whether anything is wanted; '*ret_fetch' becomes true where it is not waited for. */
static bool want_all(struct render_consul *c, const struct tmpl_deps *deps, bool *ret_fetch)
{
    bool in_vain = lacks_file(deps), wanted = false;

    for (size_t i = 0; i < deps->n; i++) {
        const struct tmpl_dep *dep = &deps->v[i];

        if (!dep->missing || !is_consuls(dep) || (in_vain && is_known(c, dep)))
            continue;
        *ret_fetch |= render_consul_want(c, dep->kind, dep->text);
        wanted = true;
    }
    return wanted;
}

#include "agent/docker_runs.h"

#include "lib/log.h"
#include "lib/trace.h"

#define AREA "docker"
#define BEFORE_START 1. /* seconds by which an event of a start may precede Docker's StartedAt */

static void began(const struct inventory_entry *e);

struct docker_run docker_run_of(const struct inventory_entry *e)
{
    const struct container *c = e ? e->container : NULL;

    if (!c)
        return (struct docker_run){0};
    return (struct docker_run){c->trace, e->stop_asked > c->started ? e->stop_asked
                                         : e->died > c->started     ? e->died
                                                                    : 0.};
}

void docker_runs_report(const struct inventory_entry *now, const char *id,
                        const struct docker_run *before)
{
    uint32_t trace = now && now->container ? now->container->trace : 0;

    if (before->trace == trace)
        return;
    docker_runs_ended(id, before);
    if (trace)
        began(now);
}

void docker_runs_stopping(const struct inventory_entry *e, int signal)
{
    const struct container *c = e->container;
    char trace[TRACE_LEN + 1];

    log_info(AREA, "stop asked container=%s name=%s signal=%d trace=%s", c->id, c->name, signal,
             trace_format(c->trace, trace));
    trace_reached(c->trace, TRACE_STOPPING, e->stop_asked);
}

void docker_runs_ended(const char *id, const struct docker_run *run)
{
    char trace[TRACE_LEN + 1];

    if (!run->trace)
        return;
    log_info(AREA, "container ended container=%s trace=%s", id, trace_format(run->trace, trace));
    trace_reached(run->trace, TRACE_STOPPING, run->stop);
}

/* What a listing finds has no event that could tell when Docker said so. */
static void began(const struct inventory_entry *e)
{
    const struct container *c = e->container;
    char trace[TRACE_LEN + 1];

    log_info(AREA, "container runs container=%s name=%s image=%s trace=%s", c->id, c->name,
             c->image, trace_format(c->trace, trace));
    if (e->told > c->started - BEFORE_START)
        trace_reached(c->trace, TRACE_STARTED, e->told);
}

#include "registrator/standing.h"

#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

static bool waits_for_health(const struct source *s);
static enum instance_state state_of(const struct endpoint *e);

bool standing_registers(const struct source *s)
{
    if (s->e->draining && s->config->deregister_on_kill)
        return false;
    return s->e->health == HEALTH_NONE || s->e->health == HEALTH_HEALTHY || !waits_for_health(s);
}

void standing_add(const struct source *s, struct instance *i)
{
    i->state = state_of(s->e);
    i->fed = s->e->health != HEALTH_NONE;
    if (!i->fed)
        return;
    struct probe *p = probes_add(&i->probes);
    CLEAN(free_str) char *id = xasprintf(STANDING_PROBE "%s", i->id);
    CLEAN(free_str) char *ttl = xasprintf("%ds", STANDING_TTL);
    probe_set(p, PROBE_ID, id);
    probe_set(p, PROBE_NAME, "Docker's health check");
    probe_set(p, PROBE_TTL, ttl);
    probe_set(p, PROBE_STATUS, s->e->health == HEALTH_HEALTHY ? "passing" : "critical");
}

static bool waits_for_health(const struct source *s)
{
    const char *said = kvs_get(s->e->labels, STANDING_LABEL);

    if (!said)
        said = kvs_get(s->e->env, STANDING_LABEL);
    if (!said)
        return s->config->healthy_only;
    if (!strcmp(said, "healthy"))
        return true;
    if (!strcmp(said, "started"))
        return false;
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    text_add_shown(&shown, said);
    problems_add(s->problems, s->subject, STANDING_LABEL "=%s is ignored; use healthy or started",
                 sbuf_str(&shown));
    return s->config->healthy_only;
}

static enum instance_state state_of(const struct endpoint *e)
{
    if (e->draining)
        return INSTANCE_DRAINING;
    if (e->paused)
        return INSTANCE_PAUSED;
    switch (e->health) {
    case HEALTH_NONE:
    case HEALTH_HEALTHY:
        return INSTANCE_PASSING;
    case HEALTH_STARTING:
        return INSTANCE_STARTING;
    case HEALTH_UNHEALTHY:
        return INSTANCE_CRITICAL;
    }
    return INSTANCE_PASSING;
}

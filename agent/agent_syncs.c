#include "agent/agent_syncs.h"

#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "lib/clean.h"

static void add(struct agent_syncs *l, const struct sync *s);
static void add_wanted(struct agent_syncs *l, const struct agent *a);
static void add_served(struct agent_syncs *l, const struct agent *a);

void agent_syncs(const struct agent *a, struct agent_syncs *ret)
{
    ret->n = 0;
    add_wanted(ret, a);
    add_served(ret, a);
}

/* NULL: the room is not enabled. */
static void add(struct agent_syncs *l, const struct sync *s)
{
    if (s && l->n < ARRAY_LEN(l->v))
        l->v[l->n++] = s;
}

static void add_wanted(struct agent_syncs *l, const struct agent *a)
{
    add(l, a->config->docker ? docker_sync(a->docker) : NULL);
    for (size_t i = 0; a->vm && vm_sync(a->vm, i); i++)
        add(l, vm_sync(a->vm, i));
    add(l, a->marathon ? marathon_sync(a->marathon) : NULL);
    if (a->marathon_node) {
        add(l, marathon_sync(marathon_node_client(a->marathon_node)));
        add(l, marathon_node_sync(a->marathon_node));
    }
}

static void add_served(struct agent_syncs *l, const struct agent *a)
{
    add(l, a->portmap ? portmap_sync(a->portmap) : NULL);
    add(l, a->registrator ? registrator_sync(a->registrator) : NULL);
    add(l, agent_dubbo_sync(a));
    add(l, a->lb ? lb_sync(a->lb) : NULL);
    add(l, a->announcer ? announcer_sync(a->announcer) : NULL);
    for (size_t i = 0; agent_dns_sync(a, i); i++)
        add(l, agent_dns_sync(a, i));
}

#include "agent/agent_resync.h"

#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "lib/log.h"

#define AREA "agent"

static void add(json_t *list, const struct sync *s);
static void resync_sources(struct agent *a, json_t *list);
static void resync_served(struct agent *a, json_t *list);

json_t *agent_resync(struct agent *a)
{
    json_t *doc = json_object(), *list = json_array();

    log_info(AREA, "everything is compared now, as was asked for");
    resync_sources(a, list);
    resync_served(a, list);
    json_object_set_new(doc, "kicked", list);
    return doc;
}

static void add(json_t *list, const struct sync *s)
{
    if (s)
        json_array_append_new(list, json_string(s->name));
}

/* Where what is wanted comes from. */
static void resync_sources(struct agent *a, json_t *list)
{
    if (a->config->docker) {
        docker_resync(a->docker);
        add(list, docker_sync(a->docker));
    }
    if (a->vm) {
        vm_resync(a->vm);
        add(list, vm_sync(a->vm, 0));
    }
    if (a->marathon_node) {
        marathon_node_resync(a->marathon_node);
        add(list, marathon_sync(marathon_node_client(a->marathon_node)));
    }
    if (a->marathon) {
        marathon_refresh(a->marathon);
        add(list, marathon_sync(a->marathon));
    }
}

/* What is kept in step with it. */
static void resync_served(struct agent *a, json_t *list)
{
    if (a->portmap) {
        portmap_resync(a->portmap);
        add(list, portmap_sync(a->portmap));
    }
    if (a->registrator) {
        registrator_resync(a->registrator);
        add(list, registrator_sync(a->registrator));
    }
    agent_dubbo_resync(a);
    add(list, agent_dubbo_sync(a));
    if (a->lb) {
        lb_kick(a->lb);
        add(list, lb_sync(a->lb));
    }
    if (a->announcer) {
        announcer_resync(a->announcer);
        add(list, announcer_sync(a->announcer));
    }
    agent_dns_resync(a);
    add(list, agent_dns_sync(a, 0));
}

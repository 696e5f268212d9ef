#include "agent/agent_problems.h"

#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/config_reload.h"
#include "lib/json.h"

static void add_problems(json_t *list, const char *area, const struct problems *p);
static void add_sync_problem(json_t *list, const struct sync *s);

json_t *agent_problems_json(const struct agent *a)
{
    json_t *list = json_array();

    if (a->reload)
        add_problems(list, "config", config_reload_problems(a->reload));
    if (a->config->docker)
        add_sync_problem(list, docker_sync(a->docker));
    add_problems(list, "agent", &a->problems);
    add_problems(list, "docker", docker_problems(a->docker));
    if (a->portmap) {
        add_sync_problem(list, portmap_sync(a->portmap));
        add_problems(list, "portmap", portmap_problems(a->portmap));
    }
    if (a->registrator) {
        add_sync_problem(list, registrator_sync(a->registrator));
        add_problems(list, "registrator", registrator_problems(a->registrator));
    }
    for (size_t i = 0; a->vm && vm_sync(a->vm, i); i++)
        add_sync_problem(list, vm_sync(a->vm, i));
    if (a->vm) {
        add_problems(list, "services.d", vm_file_problems(a->vm));
        add_problems(list, "services.d", vm_problems(a->vm));
    }
    if (agent_dubbo_sync(a)) {
        add_sync_problem(list, agent_dubbo_sync(a));
        add_problems(list, "dubbo", agent_dubbo_problems(a));
    }
    if (a->marathon) {
        add_sync_problem(list, marathon_sync(a->marathon));
        add_problems(list, "marathon", marathon_problems(a->marathon));
        add_problems(list, "marathon", &a->marathon_problems);
    }
    if (a->marathon_node) {
        add_sync_problem(list, marathon_sync(marathon_node_client(a->marathon_node)));
        add_sync_problem(list, marathon_node_sync(a->marathon_node));
    }
    if (a->lb) {
        add_sync_problem(list, lb_sync(a->lb));
        add_problems(list, "lb", lb_problems(a->lb));
    }
    if (a->announcer) {
        add_sync_problem(list, announcer_sync(a->announcer));
        add_problems(list, "announce", &a->announce_problems);
    }
    for (size_t i = 0; agent_dns_sync(a, i); i++)
        add_sync_problem(list, agent_dns_sync(a, i));
    if (agent_dns_problems(a))
        add_problems(list, "dns", agent_dns_problems(a));
    return list;
}

size_t agent_problems_count(const struct agent *a)
{
    CLEAN(json) json_t *list = agent_problems_json(a);

    return json_array_size(list);
}

static void add_problems(json_t *list, const char *area, const struct problems *p)
{
    for (size_t i = 0; i < p->n; i++) {
        json_t *doc = json_object();
        json_set_str(doc, "area", area);
        json_set_str(doc, "subject", p->v[i].subject);
        json_set_str(doc, "text", p->v[i].text);
        json_array_append_new(list, doc);
    }
}

/* A room whose pass keeps failing is a problem like any other. */
static void add_sync_problem(json_t *list, const struct sync *s)
{
    if (!s->last_error)
        return;
    json_t *doc = json_object();
    json_set_str(doc, "area", s->name);
    json_set_str(doc, "subject", s->name);
    json_set_str(doc, "text", s->last_error);
    json_array_append_new(list, doc);
}

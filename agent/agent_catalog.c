#include "agent/agent_catalog.h"

#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/agent_marathon.h"
#include "agent/agent_want.h"
#include "lib/log.h"
#include "registrator/catalog.h"

#define AREA "agent"

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err);
static void join_catalog(struct agent *a);
static bool catalog_is_true(const struct agent *a);

void agent_watch_catalog(struct agent *a)
{
    if (!a->lb || a->catalog_watched || !catalog_is_true(a))
        return;
    a->catalog_watched = true;
    a->registry->ops->watch_catalog(a->registry, on_catalog, a);
}

void agent_on_machines(void *arg)
{
    struct agent *a = arg;

    agent_dubbo_want_machines(a);
    if (a->catalog)
        join_catalog(a);
    else
        agent_on_notice(a);
}

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err)
{
    struct agent *a = arg;

    if (err) {
        log_warn(AREA, "the catalog cannot be read, the last one stays: %s", err_msg(err));
        return;
    }
    agent_dns_on_catalog(a, catalog);
    if (a->marathon || (a->vm && !a->registry->ops->watch_own)) {
        a->catalog = catalog;
        join_catalog(a);
    } else {
        lb_on_catalog(a->lb, catalog);
    }
}

/* The local catalog has the containers; the declared machines join it here, and what Marathon says
 * that runs. */
static void join_catalog(struct agent *a)
{
    static const struct instances none;
    bool with_machines = a->vm && !a->registry->ops->watch_own;
    struct instances registered = {0}, tasks = {0}, known = {0}, all = {0};

    catalog_lend(a->catalog, &registered);
    instances_join(&registered, with_machines ? vm_instances(a->vm) : &none, &known);
    if (a->marathon)
        agent_marathon_instances(a, &known, &tasks);
    instances_join(&known, &tasks, &all);
    catalog_set_all(&a->joined, &all);
    lb_on_catalog(a->lb, &a->joined);
    free(registered.v); /* the instances themselves are only lent */
    free(tasks.v);
    instances_done(&known);
    instances_done(&all);
}

/* The local registry is empty until this host's containers are in it, and declared machines join it
 * when they have been checked: HAProxy must not see less. */
static bool catalog_is_true(const struct agent *a)
{
    if (!agent_marathon_is_ready(a))
        return false;
    return a->registry->ops->watch_own ||
           ((!a->registrator || registrator_sync(a->registrator)->last_ok > 0.) &&
            (!a->vm || vm_is_ready(a->vm)));
}

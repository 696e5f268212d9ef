#include "agent/agent_catalog.h"

#include "agent/agent_want.h"
#include "agent/agent_dubbo.h"
#include "lib/log.h"

#define AREA "agent"

static void on_catalog(void *arg, const struct instances *catalog, const struct err *err);
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
    if (a->has_catalog)
        join_catalog(a);
    else
        agent_on_notice(a);
}

static void on_catalog(void *arg, const struct instances *catalog, const struct err *err)
{
    struct agent *a = arg;

    if (err) {
        log_warn(AREA, "the catalog cannot be read, the last one stays: %s", err_msg(err));
    } else if (a->vm && !a->registry->ops->watch_own) {
        instances_done(&a->catalog);
        instances_copy(&a->catalog, catalog);
        a->has_catalog = true;
        join_catalog(a);
    } else {
        lb_on_catalog(a->lb, catalog);
    }
}

/* The local catalog has the containers; the declared machines join it here. */
static void join_catalog(struct agent *a)
{
    struct instances all = {0};

    instances_join(&a->catalog, vm_instances(a->vm), &all);
    lb_on_catalog(a->lb, &all);
    instances_done(&all);
}

/* The local registry is empty until this host's containers are in it, and declared machines join it
 * when they have been checked: HAProxy must not see less. */
static bool catalog_is_true(const struct agent *a)
{
    return a->registry->ops->watch_own ||
           ((!a->registrator || registrator_sync(a->registrator)->last_ok > 0.) &&
            (!a->vm || vm_is_ready(a->vm)));
}

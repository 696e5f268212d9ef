#include "agent/agent_catalog.h"

#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/agent_marathon.h"
#include "agent/agent_want.h"
#include "lib/json.h"
#include "lib/log.h"
#include "registrator/catalog.h"

#define AREA "agent"
#define AGE_MAX 10. /* seconds; a catalog that is older fails to be read */

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err);
static bool something_joins(const struct agent *a);
static void join_catalog(struct agent *a);
static void log_first(struct agent *a, const struct catalog *catalog);
static bool read_watch(const struct agent *a, struct catalog_watch *ret);
static double age_of(const struct agent *a, const struct catalog_watch *watch);
static bool catalog_is_true(const struct agent *a);

void agent_watch_catalog(struct agent *a)
{
    if (!a->lb || a->lb_template || a->catalog_watched || !catalog_is_true(a))
        return;
    a->catalog_watched = true;
    a->registry->ops->watch_catalog(a->registry, on_catalog, a);
}

void agent_on_machines(void *arg)
{
    struct agent *a = arg;

    agent_dubbo_want_machines(a);
    if (something_joins(a))
        a->catalog = a->seen;
    if (a->catalog)
        join_catalog(a);
    else
        agent_on_notice(a);
}

json_t *agent_catalog_json(const struct agent *a)
{
    struct catalog_watch watch;

    if (!read_watch(a, &watch))
        return json_null();
    json_t *doc = json_object();
    json_set_str(doc, "watch", watch.scheme);
    json_object_set_new(doc, "services", json_integer((json_int_t)watch.services));
    json_object_set_new(doc, "watched", json_integer((json_int_t)watch.watched));
    json_object_set_new(doc, "age", watch.seen > 0. ? json_real(age_of(a, &watch)) : json_null());
    return doc;
}

json_t *agent_catalog_source(const struct agent *a)
{
    struct catalog_watch watch;

    if (!read_watch(a, &watch))
        return NULL;
    double age = watch.seen > 0. ? age_of(a, &watch) : 0.;
    json_t *doc = json_object();
    json_object_set_new(doc, "last_ok_age", watch.seen > 0. ? json_real(age) : json_null());
    json_object_set_new(doc, "resync", json_null());
    json_set_str(doc, "error", age > AGE_MAX ? "the registry cannot be read" : NULL);
    return doc;
}

void agent_catalog_metrics(const struct agent *a, struct sbuf *out)
{
    struct catalog_watch watch;

    if (!read_watch(a, &watch))
        return;
    sbuf_addf(out,
              "# HELP berth_catalog_services Services in the registry's catalog.\n"
              "# TYPE berth_catalog_services gauge\n"
              "berth_catalog_services{watch=\"%s\"} %zu\n",
              watch.scheme, watch.services);
    if (watch.seen > 0.)
        sbuf_addf(out,
                  "# HELP berth_catalog_age_seconds How old the catalog is; 0: up to date.\n"
                  "# TYPE berth_catalog_age_seconds gauge\n"
                  "berth_catalog_age_seconds %.3f\n",
                  age_of(a, &watch));
}

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err)
{
    struct agent *a = arg;

    if (!err)
        log_first(a, catalog);
    if (err) {
        log_warn(AREA, "the catalog cannot be read, the last one stays: %s", err_msg(err));
        return;
    }
    a->seen = catalog;
    agent_dns_on_catalog(a);
    if (something_joins(a)) {
        a->catalog = catalog;
        join_catalog(a);
    } else {
        lb_on_catalog(a->lb, catalog);
    }
}

/* Has something joined once, its end is to be seen, too. */
static bool something_joins(const struct agent *a)
{
    return a->catalog || a->marathon || (a->vm && !a->registry->ops->watch_own);
}

/* The local catalog has the containers; the declared machines join it here, and what Marathon says
 * that runs. */
static void join_catalog(struct agent *a)
{
    static const struct instances none;
    const struct catalog *from[CATALOG_JOIN_SOURCES] = {[CATALOG_JOIN_REGISTRY] = a->catalog,
                                                        [CATALOG_JOIN_MACHINES] = &a->machines,
                                                        [CATALOG_JOIN_TASKS] =
                                                            &a->marathon_source.catalog};

    if (!a->registry->ops->watch_own)
        catalog_set_all(&a->machines, a->vm ? vm_instances(a->vm) : &none);
    catalog_join_update(&a->join, from);
    lb_on_catalog(a->lb, &a->join.joined);
}

/* Says once what there is, and how it is followed. */
static void log_first(struct agent *a, const struct catalog *catalog)
{
    struct catalog_watch watch;

    if (a->catalog_told || !read_watch(a, &watch))
        return;
    a->catalog_told = true;
    log_info(AREA, "the catalog is there: services=%zu instances=%zu watch=%s age=%.0fs",
             catalog->n, catalog_instances(catalog), watch.scheme, age_of(a, &watch));
}

/* Is there one to follow? */
static bool read_watch(const struct agent *a, struct catalog_watch *ret)
{
    if (!a->catalog_watched || !a->registry->ops->catalog_watch)
        return false;
    a->registry->ops->catalog_watch(a->registry, ret);
    return true;
}

/* In seconds. */
static double age_of(const struct agent *a, const struct catalog_watch *watch)
{
    double age = ev_now(a->loop) - watch->seen;

    return age > 0. ? age : 0.;
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

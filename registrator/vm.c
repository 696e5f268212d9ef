#include "registrator/vm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/xmalloc.h"
#include "registrator/consul_client.h"
#include "registrator/vmcatalog.h"
#include "registrator/vmdir.h"
#include "registrator/vmlock.h"
#include "registrator/vmname.h"
#include "registrator/vmtarget.h"
#include "registrator/vmwatch.h"

#define AREA "services.d"

struct vm {
    struct ev_loop *loop;
    void (*on_change)(void *arg);
    void *arg;
    struct vm_dir *dir;
    struct vm_names *names;
    struct vm_watch *watch;
    bool has_consul;
    bool dubbo; /* Consul is Dubbo's registry */
    struct consul_client client;
    struct vm_locks *locks;     /* NULL: the local registry */
    struct vm_catalog *catalog; /* the same */
    struct instances instances;
    bool ready;
    struct problems problems;
    ev_timer derive; /* 0: as soon as the loop runs again */
};

static int open_consul(struct vm *v, struct http *http, const struct vm_config *config,
                       struct err **err);
static void on_input(void *arg);
static void on_derive(struct ev_loop *loop, ev_timer *w, int events);
static bool is_served(void *arg, const char *file);
static const struct ipaddr *resolve(void *arg, const char *name, size_t *ret_n,
                                    const char **ret_error);
static void want_names(struct vm *v, const struct vm_file *files, size_t n);
static void want_catalog(struct vm *v, const struct vm_file *files, size_t n,
                         const struct vm_targets *targets, const struct strv *waiting,
                         struct problems *problems);
static bool take_instances(struct vm *v, const struct vm_targets *targets,
                           const struct strv *waiting);
static void keep_previous(const struct vm *v, const struct strv *waiting, struct instances *now);
static void files_waiting(const struct vm_targets *targets, struct strv *ret);

struct vm *vm_new(struct ev_loop *loop, struct http *http, const struct vm_config *config,
                  void (*on_change)(void *arg), void *arg, struct err **err)
{
    struct vm *v = xcalloc(1, sizeof *v);

    v->loop = loop;
    v->on_change = on_change;
    v->arg = arg;
    ev_timer_init(&v->derive, on_derive, 0., 0.);
    v->derive.data = v;
    v->names = vm_names_new(loop, on_input, v, err);
    if (!v->names || (config->consul && open_consul(v, http, config, err))) {
        vm_free(v);
        return NULL;
    }
    v->watch = vm_watch_new(loop, http, on_input, v);
    v->dir = vm_dir_new(loop, config->dir, config->resync, on_input, v);
    return v;
}

void vm_set_config(struct vm *v, const struct vm_config *config)
{
    if (strcmp(vm_dir_path(v->dir), config->dir)) {
        vm_dir_free(v->dir);
        v->dir = vm_dir_new(v->loop, config->dir, config->resync, on_input, v);
    }
    vm_dir_set_resync(v->dir, config->resync);
    if (v->catalog)
        vm_catalog_set_resync(v->catalog, config->resync);
}

void vm_set_access(struct vm *v, const struct consul_access *access)
{
    if (v->has_consul)
        consul_client_set_access(&v->client, access);
}

void vm_free(struct vm *v)
{
    if (!v)
        return;
    ev_timer_stop(v->loop, &v->derive);
    vm_dir_free(v->dir);
    vm_names_free(v->names);
    vm_watch_free(v->watch);
    vm_catalog_free(v->catalog);
    vm_locks_free(v->locks);
    if (v->has_consul)
        consul_client_done(&v->client);
    instances_done(&v->instances);
    problems_done(&v->problems);
    free(v);
}

const struct instances *vm_instances(const struct vm *v)
{
    return &v->instances;
}

bool vm_is_registered(const struct vm *v, const struct instance *i)
{
    return !v->catalog || vm_catalog_has(v->catalog, i);
}

bool vm_is_ready(const struct vm *v)
{
    return v->ready;
}

const struct problems *vm_file_problems(const struct vm *v)
{
    return vm_dir_problems(v->dir);
}

const struct problems *vm_problems(const struct vm *v)
{
    return &v->problems;
}

void vm_resync(struct vm *v)
{
    vm_dir_resync(v->dir);
    if (v->catalog)
        vm_catalog_resync(v->catalog);
}

const struct sync *vm_sync(const struct vm *v, size_t n)
{
    switch (n) {
    case 0:
        return vm_dir_sync(v->dir);
    case 1:
        return v->locks ? vm_locks_sync(v->locks) : NULL;
    case 2:
        return v->locks ? vm_catalog_sync(v->catalog) : NULL;
    }
    return NULL;
}

static int open_consul(struct vm *v, struct http *http, const struct vm_config *config,
                       struct err **err)
{
    if (consul_client_init(&v->client, v->loop, http, config->consul, err))
        return -1;
    v->has_consul = true;
    v->dubbo = config->dubbo;
    v->locks = vm_locks_new(&v->client, &vm_lock_services, config->node, on_input, v);
    v->catalog = vm_catalog_new(&v->client, v->locks, config->node, config->resync);
    return 0;
}

/* Files, addresses, states or locks have changed: work out anew what is wanted. */
static void on_input(void *arg)
{
    struct vm *v = arg;

    if (ev_is_active(&v->derive))
        return;
    ev_timer_set(&v->derive, 0., 0.);
    ev_timer_start(v->loop, &v->derive);
}

static void on_derive(struct ev_loop *loop, ev_timer *w, int events)
{
    struct vm *v = w->data;
    struct problems problems = {0};
    struct vm_targets targets = {0}; /* borrow from the files */
    struct strv waiting = {0};
    size_t n;
    const struct vm_file *files = vm_dir_files(v->dir, &n);
    const struct vm_target_rules rules = {is_served, resolve, v};

    (void)loop;
    (void)events;
    if (!vm_dir_is_read(v->dir))
        return;
    want_names(v, files, n);
    vm_targets_make(&rules, files, n, &targets, &problems);
    vm_watch_want(v->watch, targets.v, targets.n);
    files_waiting(&targets, &waiting);
    if (v->catalog)
        want_catalog(v, files, n, &targets, &waiting, &problems);
    bool settled = !waiting.n && !targets.open;
    bool changed = take_instances(v, &targets, &waiting) || (settled && !v->ready);
    v->ready = v->ready || settled;
    vm_targets_done(&targets);
    strv_done(&waiting);
    if (problems_report(AREA, &v->problems, &problems) || changed)
        v->on_change(v->arg);
}

/* With Consul, whoever has the lock checks the machines. */
static bool is_served(void *arg, const char *file)
{
    const struct vm *v = arg;

    return !v->locks || vm_locks_has(v->locks, file);
}

static const struct ipaddr *resolve(void *arg, const char *name, size_t *ret_n,
                                    const char **ret_error)
{
    const struct vm *v = arg;

    *ret_error = vm_names_error(v->names, name);
    return vm_names_find(v->names, name, ret_n);
}

static void want_names(struct vm *v, const struct vm_file *files, size_t n)
{
    struct strv names = {0};

    vm_targets_names(files, n, &names);
    vm_names_want(v->names, &names);
    strv_done(&names);
}

static void want_catalog(struct vm *v, const struct vm_file *files, size_t n,
                         const struct vm_targets *targets, const struct strv *waiting,
                         struct problems *problems)
{
    struct vm_groups groups = {0};
    struct strv stems = {0}, unsure = {0};

    strv_copy(&unsure, &targets->unsure);
    for (size_t i = 0; i < waiting->n; i++)
        strv_add(&unsure, waiting->v[i]);

    for (size_t i = 0; i < n; i++)
        strv_add(&stems, files[i].stem);
    vm_groups_make(targets->v, targets->n, &groups);
    if (v->dubbo)
        vm_groups_add_dubbo(&groups, problems);
    vm_catalog_want(v->catalog, &stems, &unsure, &groups);
    strv_done(&stems);
    strv_done(&unsure);
}

/* Returns whether they differ from before. */
static bool take_instances(struct vm *v, const struct vm_targets *targets,
                           const struct strv *waiting)
{
    struct instances now = {0};

    for (size_t i = 0; i < targets->n; i++)
        if (targets->v[i].state != VM_UNKNOWN)
            vm_node_instance(&targets->v[i], instances_add(&now));
    instances_sort(&now);
    keep_previous(v, waiting, &now);
    bool same = instances_equal(&now, &v->instances);
    instances_done(&v->instances);
    v->instances = now;
    return !same;
}

/* A file that was changed keeps what it had until the new machines have been checked: no service is
 * empty in between. */
static void keep_previous(const struct vm *v, const struct strv *waiting, struct instances *now)
{
    struct instances kept = {0}, all = {0}; /* 'kept' borrows */

    for (size_t i = 0; i < v->instances.n; i++)
        if (strv_contains(waiting, kvs_get(&v->instances.v[i].meta, META_FILE)))
            *instances_add(&kept) = v->instances.v[i];
    instances_join(now, &kept, &all);
    free(kept.v);
    instances_done(now);
    *now = all;
}

/* The files with a machine that has not been checked yet. */
static void files_waiting(const struct vm_targets *targets, struct strv *ret)
{
    for (size_t i = 0; i < targets->n; i++)
        if (targets->v[i].state == VM_UNKNOWN && !strv_contains(ret, targets->v[i].file))
            strv_add(ret, targets->v[i].file);
}

#include "registrator/vmgroup.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/dubbo_consul.h"

static struct vm_group *touch(struct vm_groups *l, const struct vm_target *t);
static void add_dubbo(struct vm_group *g, struct problems *problems);
static void add_member(struct vm_group *g, const struct vm_target *t);
static void group_done(struct vm_group *g);

void vm_groups_make(const struct vm_target *v, size_t n, struct vm_groups *ret)
{
    for (size_t i = 0; i < n; i++)
        add_member(touch(ret, &v[i]), &v[i]);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, vm_group_cmp);
}

void vm_groups_add_dubbo(struct vm_groups *l, struct problems *problems)
{
    for (size_t i = 0; i < l->n; i++)
        add_dubbo(&l->v[i], problems);
}

void vm_groups_done(struct vm_groups *l)
{
    for (size_t i = 0; i < l->n; i++)
        group_done(&l->v[i]);
    free(l->v);
    *l = (struct vm_groups){0};
}

bool vm_group_is_known(const struct vm_group *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->v[i].state == VM_UNKNOWN)
            return false;
    return true;
}

int vm_group_cmp(const void *a, const void *b)
{
    return strcmp(((const struct vm_group *)a)->node, ((const struct vm_group *)b)->node);
}

/* The group of the machine of 't', added where it is missing. A file's targets come together. */
static struct vm_group *touch(struct vm_groups *l, const struct vm_target *t)
{
    char buf[IPADDR_STRLEN], *node = vm_node_name(t->file, &t->address);

    for (size_t i = l->n; i-- && !strcmp(l->v[i].file, t->file);)
        if (!strcmp(l->v[i].node, node)) {
            free(node);
            return &l->v[i];
        }
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct vm_group){
        .node = node,
        .file = xstrdup(t->file),
        .address = xstrdup(ipaddr_format(&t->address, buf)),
    };
    return &l->v[l->n++];
}

static void add_member(struct vm_group *g, const struct vm_target *t)
{
    g->v = xreallocarray(g->v, g->n + 1, sizeof *g->v);
    struct vm_member *m = &g->v[g->n++];
    *m = (struct vm_member){.state = t->state, .why = t->why ? xstrdup(t->why) : NULL};
    vm_node_instance(t, &m->instance);
}

/* They stand and fall with the service that is checked. */
static void add_dubbo(struct vm_group *g, struct problems *problems)
{
    for (size_t i = 0, members = g->n; i < members; i++) {
        struct instances added = {0};

        dubbo_consul_add_machine(&g->v[i].instance, &added, problems);
        for (size_t k = 0; k < added.n; k++) {
            if (g->n >= VM_MEMBERS_MAX) {
                problems_add(problems, g->node,
                             "Dubbo services are left out: a machine can have %d services with "
                             "Consul, all kinds together; spread them over several files",
                             VM_MEMBERS_MAX);
                instance_done(&added.v[k]);
                continue;
            }
            g->v = xreallocarray(g->v, g->n + 1, sizeof *g->v);
            g->v[g->n++] = (struct vm_member){.instance = added.v[k],
                                              .state = g->v[i].state,
                                              .why = g->v[i].why ? xstrdup(g->v[i].why) : NULL};
        }
        free(added.v);
    }
}

static void group_done(struct vm_group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        instance_done(&g->v[i].instance);
        free(g->v[i].why);
    }
    free(g->v);
    free(g->node);
    free(g->file);
    free(g->address);
}

/* The machines of targets, put together: one node with all its services. Pure. */
#ifndef REGISTRATOR_VMGROUP_H
#define REGISTRATOR_VMGROUP_H

#include <stdbool.h>

#include "lib/problem.h"
#include "registrator/instance.h"
#include "registrator/vmnode.h"

/* One service of a node. */
struct vm_member {
    struct instance instance;
    enum vm_state state;
    char *why; /* what the last check said, or NULL */
};

struct vm_group {
    char *node;
    char *file;
    char *address;
    struct vm_member *v; /* in the file's order */
    size_t n;
};

struct vm_groups {
    struct vm_group *v; /* sorted by node */
    size_t n;
    size_t cap;
};

/* So many services of one node fit into one transaction of Consul. */
#define VM_MEMBERS_MAX 30

/* Makes the nodes of the 'n' targets 'v' in the empty 'ret'. */
void vm_groups_make(const struct vm_target *v, size_t n, struct vm_groups *ret);

/* Adds the Dubbo services of the members. What cannot be registered goes to 'problems'. */
void vm_groups_add_dubbo(struct vm_groups *l, struct problems *problems);
void vm_groups_done(struct vm_groups *l);

/* Has every service of the node been checked? */
bool vm_group_is_known(const struct vm_group *g);

/* By node, for diff_sorted(). */
int vm_group_cmp(const void *a, const void *b);

#endif

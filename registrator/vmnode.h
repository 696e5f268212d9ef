/* The machines of declared services, as nodes with instances. Pure.
 *
 * Each machine of each file is one node "vm-<file>-<address>" with an instance for each service. In
 * Consul it becomes an external node; the local catalog takes the instances as they are. */
#ifndef REGISTRATOR_VMNODE_H
#define REGISTRATOR_VMNODE_H

#include <stdbool.h>

#include "lib/ipaddr.h"
#include "registrator/instance.h"
#include "registrator/vmservice.h"

#define META_FILE "berth-file" /* which file of services.d/ declared it */
#define META_WEIGHT "weight"   /* decimal */
#define VM_NODE_OWN_META 8     /* so many keys are berth's own, at most */

enum vm_state { VM_UNKNOWN, VM_UP, VM_DOWN };

/* One service on one machine. */
struct vm_target {
    const char *file;                 /* without .conf; borrowed */
    const struct vm_service *service; /* borrowed */
    struct ipaddr address;
    enum vm_state state;
    const char *why; /* what the last check said, one line; NULL: nothing yet; borrowed */
};

/* The node's name; the caller frees it. */
char *vm_node_name(const char *file, const struct ipaddr *address);

/* Makes the instance of 't' in the zeroed 'ret'; one that is not VM_UP is critical. */
void vm_node_instance(const struct vm_target *t, struct instance *ret);

/* Is 'key' a Meta key that berth writes itself? */
bool vm_node_is_own_meta(const char *key);

#endif

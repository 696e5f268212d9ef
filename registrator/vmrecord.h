/* What Consul's catalog has of declared machines, and the transactions that mend it. Pure.
 *
 * A machine is an external node of Consul's: NodeMeta external-node=true, managed-by=berth, and
 * which file and berth it is from. A digest of its definition lies beside them, so that two
 * listings tell what differs, however many nodes there are. Every transaction begins with
 * check-session on the file's lock: who has lost the lock writes nothing. */
#ifndef REGISTRATOR_VMRECORD_H
#define REGISTRATOR_VMRECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/kv.h"
#include "registrator/vmgroup.h"

#define VM_RECORD_FILTER "?node-meta=managed-by:berth"

struct vm_record {
    char *node;
    char *file;
    char *writer;      /* the berth that wrote it last */
    char *digest;      /* of its definition */
    struct kvs checks; /* service id -> status, for the checks that are ours */
    struct kvs names;  /* service id -> service, for the same */
};

struct vm_records {
    struct vm_record *v; /* sorted by node */
    size_t n;
    size_t cap;
};

/* Reads the answers to /v1/catalog/nodes and /v1/health/state/any, both with VM_RECORD_FILTER, into
 * the empty 'ret'. Nodes that do not carry our mark are left out. */
int vm_records_read(const char *nodes, size_t nodes_len, const char *checks, size_t checks_len,
                    struct vm_records *ret, struct err **err);
void vm_records_done(struct vm_records *l);

/* Is the instance 'i' of a machine there, in its state? */
bool vm_records_have(const struct vm_records *l, const struct instance *i);

/* Order by node. */
int vm_record_cmp_group(const struct vm_record *r, const struct vm_group *g);

/* Does Consul have 'g' as it is? */
bool vm_record_matches(const struct vm_record *r, const struct vm_group *g);

/* The body of PUT /v1/txn that makes 'r' (NULL: it is not there) what 'g' says, in the name of
 * 'writer' and while 'session' holds the lock at 'key'. The caller frees it. */
char *vm_record_put(const struct vm_record *r, const struct vm_group *g, const char *writer,
                    const char *key, const char *session);

/* The same to remove 'r'. */
char *vm_record_remove(const struct vm_record *r, const char *key, const char *session);

#endif

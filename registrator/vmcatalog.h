/* Keeps the declared machines in Consul's catalog: lists our external nodes, compares, and writes
 * what differs, for the files whose lock we hold (vmlock.h).
 *
 * A node whose file is gone is removed by whoever holds the file's lock, or by the berth that wrote
 * it, once it has got the lock. Nodes of others are never touched. */
#ifndef REGISTRATOR_VMCATALOG_H
#define REGISTRATOR_VMCATALOG_H

#include "lib/strv.h"
#include "lib/sync.h"
#include "registrator/consul_client.h"
#include "registrator/vmgroup.h"
#include "registrator/vmlock.h"

struct vm_catalog;

/* 'node' is our name, copied; 'c' and 'locks' are borrowed. 'resync' in seconds. */
struct vm_catalog *vm_catalog_new(struct consul_client *c, struct vm_locks *locks, const char *node,
                                  double resync);
void vm_catalog_free(struct vm_catalog *g);

/* Seconds between listings that nothing asked for, from now on. */
void vm_catalog_set_resync(struct vm_catalog *g, double resync);

/* Lists what is there now. */
void vm_catalog_resync(struct vm_catalog *g);

/* What is wanted from now on: 'files' are the files that there are, sorted; 'groups', taken over,
 * the machines of those whose lock we hold. Nothing of the files 'unsure' is removed: their
 * machines are not all known. */
void vm_catalog_want(struct vm_catalog *g, const struct strv *files, const struct strv *unsure,
                     struct vm_groups *groups);

/* Did the last listing have the instance 'i' of a machine, in its state? */
bool vm_catalog_has(const struct vm_catalog *g, const struct instance *i);

const struct sync *vm_catalog_sync(const struct vm_catalog *g);

#endif

/* Who writes a file's machines to Consul: one berth at a time, by a lock for each file at
 * berth/services.d/<file>/lock, which our session holds (vmsession.h).
 *
 * When the session ends, Consul frees the locks, and another berth that has the file takes them.
 * What a lock protects is written in transactions that check the session (vmrecord.h): a lock that
 * was lost without notice does no harm. */
#ifndef REGISTRATOR_VMLOCK_H
#define REGISTRATOR_VMLOCK_H

#include <stdbool.h>

#include "lib/strv.h"
#include "lib/sync.h"
#include "registrator/consul_client.h"

struct vm_locks;

/* What locks are for. */
struct vm_lock_kind {
    const char *area;   /* in the log, and in the session's name: "services.d" */
    const char *name;   /* of the sync */
    const char *prefix; /* of the keys: "berth/services.d/" */
    const char *rule;   /* that lets a token write them */
    const char *duty;   /* what who has a lock does, up to the lock's name */
    const char *ending; /* behind the name in the log: ".conf" */
};

extern const struct vm_lock_kind vm_lock_services; /* of the files in services.d */

/* 'node' is our name, copied; 'c' and 'kind' are borrowed. 'on_change' is called, from the loop,
 * when a lock was won or lost. */
struct vm_locks *vm_locks_new(struct consul_client *c, const struct vm_lock_kind *kind,
                              const char *node, void (*on_change)(void *arg), void *arg);

/* Leaves the locks to a berth that starts soon; if none does, Consul frees them with the session.
 */
void vm_locks_free(struct vm_locks *l);

/* We want these files' locks, and no others: what is held beyond is released. */
void vm_locks_want(struct vm_locks *l, const struct strv *files);

/* Do we hold the lock of 'file', as far as we know? */
bool vm_locks_has(const struct vm_locks *l, const char *file);

/* The session that holds our locks, or NULL. Valid until the loop runs again. */
const char *vm_locks_session(const struct vm_locks *l);

/* The key of a file's lock; the caller frees it. */
char *vm_lock_key(const char *file);

const struct sync *vm_locks_sync(const struct vm_locks *l);

#endif

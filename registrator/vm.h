/* Services on virtual machines: files in services.d/ -> machines -> the catalog.
 *
 *     vmdir.c      the directory, by inotify            files
 *     vmname.c     host names, by c-ares                addresses
 *     vmwatch.c    checks them                          states
 *     vmcatalog.c  Consul's catalog, under vmlock.c's locks; else vm_instances() joins the local
 * one
 *
 * agent/agent.c owns it. The room keeps no state of its own: what it has registered is listed. */
#ifndef REGISTRATOR_VM_H
#define REGISTRATOR_VM_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/problem.h"
#include "lib/sync.h"
#include "registrator/consul_client.h"
#include "registrator/instance.h"

struct vm;

struct vm_config {
    const char *dir;                    /* services.d/ */
    const char *node;                   /* our name */
    const struct consul_access *consul; /* NULL: the local registry */
    bool dubbo;                         /* Consul is Dubbo's registry, too */
    double resync;                      /* seconds */
};

/* 'http' is borrowed, the strings are copied. 'on_change' is called, from the loop, when
 * vm_instances() or the problems may have changed. */
struct vm *vm_new(struct ev_loop *loop, struct http *http, const struct vm_config *config,
                  void (*on_change)(void *arg), void *arg, struct err **err);

/* Another directory or resync from now on; the rest of 'config' is not looked at. What the old one
 * declared is there until the new one has been read. */
void vm_set_config(struct vm *v, const struct vm_config *config);

/* Consul is spoken to with these credentials from now on; see consul_client_set_access(). */
void vm_set_access(struct vm *v, const struct consul_access *access);

/* Leaves what is registered as it is. */
void vm_free(struct vm *v);

/* The machines that have been checked, sorted by instance_cmp(); with Consul, those that we
 * register. Valid until the loop runs again. */
const struct instances *vm_instances(const struct vm *v);

/* Is 'i', one of them, in the catalog as it is? */
bool vm_is_registered(const struct vm *v, const struct instance *i);

/* Has everything been read, resolved and checked once? Before that, more may work than is known. */
bool vm_is_ready(const struct vm *v);

/* What is wrong with files and names, for people. */
const struct problems *vm_file_problems(const struct vm *v);
const struct problems *vm_problems(const struct vm *v);

/* Reads the directory now, and what the catalog has, as every 'resync' seconds. */
void vm_resync(struct vm *v);

/* The n-th of its syncs, from 0; NULL after the last. */
const struct sync *vm_sync(const struct vm *v, size_t n);

#endif

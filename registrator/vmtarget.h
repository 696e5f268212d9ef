/* Files of services.d/ -> the machines that they mean. Pure: the caller resolves names. */
#ifndef REGISTRATOR_VMTARGET_H
#define REGISTRATOR_VMTARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/ipaddr.h"
#include "lib/problem.h"
#include "lib/strv.h"
#include "registrator/vmnode.h"
#include "registrator/vmservice.h"

#define VM_TARGETS_MAX 2048 /* machines' services in all */

struct vm_file {
    char *stem; /* "billing" for billing.conf */
    struct vm_services services;
};

struct vm_targets {
    struct vm_target *v; /* in the order of the files; borrow from them */
    size_t n;
    size_t cap;
    struct strv unsure; /* files with a name that has no address */
    size_t open;        /* names that may get one yet */
};

struct vm_target_rules {
    /* Do the machines of 'file' concern us? */
    bool (*is_served)(void *arg, const char *file);
    /* The addresses of a host name; '*ret_n' is 0 where there are none, and '*ret_error' then says
     * why, or is NULL while the question is open. */
    const struct ipaddr *(*resolve)(void *arg, const char *name, size_t *ret_n,
                                    const char **ret_error);
    void *arg;
};

/* Makes the targets of the 'n' files 'v', sorted by stem, in the empty 'ret'. A machine's port that
 * two files declare for one service is taken from the first. */
void vm_targets_make(const struct vm_target_rules *rules, const struct vm_file *v, size_t n,
                     struct vm_targets *ret, struct problems *problems);

/* Appends the host names of the files, sorted and unique, to the empty 'ret'. */
void vm_targets_names(const struct vm_file *v, size_t n, struct strv *ret);

void vm_targets_done(struct vm_targets *l);

#endif

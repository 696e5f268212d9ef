/* Does a machine work? Rise and fall over the results of its checks. Pure: 'now' and 'jitter' are
 * arguments.
 *
 *     VM_UNKNOWN --first result--> VM_UP or VM_DOWN
 *     VM_UP --'fall' bad ones in a row--> VM_DOWN --'rise' good ones in a row--> VM_UP */
#ifndef REGISTRATOR_VMHEALTH_H
#define REGISTRATOR_VMHEALTH_H

#include <stdbool.h>

#include "registrator/vmnode.h"
#include "registrator/vmservice.h"

struct vm_health {
    enum vm_state state;
    unsigned streak; /* results in a row that speak against 'state' */
    double due;      /* when the next check is made, in the caller's time */
};

/* Nothing is known yet: a check is due at once. One that is not checked is up. */
void vm_health_init(struct vm_health *h, const struct vm_check *check, double now);

/* Takes the result 'good' of a check that ended at 'now'. 'jitter' (0..1) spreads the checks: the
 * next one is due after 0.9 to 1.1 intervals. Returns whether the state has changed. */
bool vm_health_result(struct vm_health *h, const struct vm_check *check, bool good, double now,
                      double jitter);

#endif

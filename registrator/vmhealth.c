#include "registrator/vmhealth.h"

void vm_health_init(struct vm_health *h, const struct vm_check *check, double now)
{
    *h = (struct vm_health){
        .state = check->type == VM_CHECK_NONE ? VM_UP : VM_UNKNOWN,
        .due = now,
    };
}

bool vm_health_result(struct vm_health *h, const struct vm_check *check, bool good, double now,
                      double jitter)
{
    enum vm_state said = good ? VM_UP : VM_DOWN, before = h->state;
    unsigned enough = before == VM_UNKNOWN ? 1 : good ? check->rise : check->fall;

    h->due = now + check->interval * (.9 + .2 * jitter);
    h->streak = said == before ? 0 : h->streak + 1;
    if (h->streak < enough || said == before)
        return false;
    h->state = said;
    h->streak = 0;
    return true;
}

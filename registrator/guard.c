#include "registrator/guard.h"

#define LOST_MIN 3 /* a service that loses fewer may well have been scaled down */

bool guard_suspects(size_t had, size_t lost, bool doubted)
{
    if (lost >= LOST_MIN && lost > had / 2)
        return true;
    return doubted && had && lost == had;
}

size_t guard_count_lost(const struct instances *before, const struct instances *now)
{
    size_t lost = 0, k = 0;

    for (size_t i = 0; i < before->n; i++) {
        while (k < now->n && instance_cmp(&now->v[k], &before->v[i]) < 0)
            k++;
        if (k == now->n || instance_cmp(&now->v[k], &before->v[i]))
            lost++;
    }
    return lost;
}

#include "portmap/quarantine.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/xmalloc.h"

static size_t find(const struct quarantine *q, uint8_t protocol, uint16_t host_port,
                   bool *ret_found);

void quarantine_done(struct quarantine *q)
{
    free(q->v);
    *q = (struct quarantine){0};
}

void quarantine_add(struct quarantine *q, uint8_t protocol, uint16_t host_port, double ends)
{
    bool found;
    size_t at = find(q, protocol, host_port, &found);

    if (!found) {
        q->v = xgrow(q->v, q->n, &q->cap, sizeof *q->v);
        memmove(&q->v[at + 1], &q->v[at], (q->n++ - at) * sizeof *q->v);
    }
    q->v[at] = (struct rest){protocol, host_port, ends};
}

void quarantine_remove(struct quarantine *q, uint8_t protocol, uint16_t host_port)
{
    bool found;
    size_t at = find(q, protocol, host_port, &found);

    if (found)
        memmove(&q->v[at], &q->v[at + 1], (--q->n - at) * sizeof *q->v);
}

const struct rest *quarantine_find(const struct quarantine *q, uint8_t protocol, uint16_t host_port)
{
    bool found;
    size_t at = find(q, protocol, host_port, &found);

    return found ? &q->v[at] : NULL;
}

void quarantine_expire(struct quarantine *q, double now)
{
    size_t kept = 0;

    for (size_t i = 0; i < q->n; i++)
        if (q->v[i].ends > now)
            q->v[kept++] = q->v[i];
    q->n = kept;
}

double quarantine_next_end(const struct quarantine *q)
{
    double next = 0.;

    for (size_t i = 0; i < q->n; i++)
        if (next == 0. || q->v[i].ends < next)
            next = q->v[i].ends;
    return next;
}

static int compare_place(const void *key, const void *member)
{
    const struct rest *m = member;
    uint32_t wanted = *(const uint32_t *)key, there = (uint32_t)m->protocol << 16 | m->host_port;

    return (wanted > there) - (wanted < there);
}

/* The place of the port, or where it would be inserted. */
static size_t find(const struct quarantine *q, uint8_t protocol, uint16_t host_port,
                   bool *ret_found)
{
    uint32_t key = (uint32_t)protocol << 16 | host_port;

    return search_sorted(q->v, q->n, sizeof *q->v, &key, compare_place, ret_found);
}

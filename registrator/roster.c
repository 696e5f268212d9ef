#include "registrator/roster.h"

#include <stdlib.h>
#include <string.h>

#include "lib/endpoint.h"

static size_t place(const struct instances *roster, const char *id);
static bool is_at(const struct instances *roster, size_t at, const char *id);
static void close_gap(struct instances *roster, size_t at);

void roster_fill(struct instances *roster, const struct instances *list)
{
    instances_done(roster);
    instances_copy(roster, list);
    if (roster->n)
        qsort(roster->v, roster->n, sizeof *roster->v, roster_cmp);
}

void roster_lend(struct instances *roster, const struct instances *list)
{
    for (size_t i = 0; i < list->n; i++)
        *instances_add(roster) = list->v[i];
    if (list->n)
        qsort(roster->v, roster->n, sizeof *roster->v, roster_cmp);
}

void roster_leave_out(struct instances *roster, const char *id)
{
    size_t at = place(roster, id);

    if (is_at(roster, at, id))
        close_gap(roster, at);
}

void roster_return(struct instances *roster)
{
    free(roster->v);
    *roster = (struct instances){0};
}

const struct instance *roster_find(const struct instances *roster, const char *id)
{
    size_t at = place(roster, id);

    return is_at(roster, at, id) ? &roster->v[at] : NULL;
}

void roster_put(struct instances *roster, const struct instance *i)
{
    size_t at = place(roster, i->id);

    if (is_at(roster, at, i->id)) {
        instance_done(&roster->v[at]);
    } else {
        instances_add(roster);
        memmove(&roster->v[at + 1], &roster->v[at], (roster->n - 1 - at) * sizeof *roster->v);
    }
    instance_copy(&roster->v[at], i);
}

void roster_remove(struct instances *roster, const char *id)
{
    size_t at = place(roster, id);

    if (!is_at(roster, at, id))
        return;
    instance_done(&roster->v[at]);
    close_gap(roster, at);
}

int roster_cmp(const void *a, const void *b)
{
    const struct instance *x = a, *y = b;

    return strcmp(x->id, y->id);
}

bool roster_has_port(const struct instances *roster, const char *container_id, uint8_t protocol,
                     uint16_t container_port)
{
    for (const struct instance *i = roster->v; i < roster->v + roster->n; i++) {
        const char *id = kvs_get(&i->meta, META_CONTAINER_ID);
        const char *name = kvs_get(&i->meta, META_PROTOCOL);

        if (i->container_port == container_port && id && !strcmp(id, container_id) && name &&
            !strcmp(name, protocol_name(protocol)))
            return true;
    }
    return false;
}

/* Where the instance with 'id' is, or would be. */
static size_t place(const struct instances *roster, const char *id)
{
    size_t low = 0, high = roster->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(roster->v[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct instances *roster, size_t at, const char *id)
{
    return at < roster->n && !strcmp(roster->v[at].id, id);
}

static void close_gap(struct instances *roster, size_t at)
{
    roster->n--;
    memmove(&roster->v[at], &roster->v[at + 1], (roster->n - at) * sizeof *roster->v);
}

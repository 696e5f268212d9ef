#include "agent/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/xmalloc.h"

static size_t position(const struct inventory *inv, const char *id, bool *ret_found);
static void entry_done(struct inventory_entry *e);

void inventory_done(struct inventory *inv)
{
    for (size_t i = 0; i < inv->n; i++)
        entry_done(&inv->v[i]);
    free(inv->v);
    inventory_set_networks(inv, NULL, 0);
    *inv = (struct inventory){0};
}

struct inventory_entry *inventory_find(const struct inventory *inv, const char *id)
{
    bool found;
    size_t at = position(inv, id, &found);

    return found ? &inv->v[at] : NULL;
}

struct inventory_entry *inventory_touch(struct inventory *inv, const char *id)
{
    bool found;
    size_t at = position(inv, id, &found);

    if (found)
        return &inv->v[at];
    inv->v = xgrow(inv->v, inv->n, &inv->cap, sizeof *inv->v);
    memmove(&inv->v[at + 1], &inv->v[at], (inv->n - at) * sizeof *inv->v);
    inv->n++;
    inv->v[at] = (struct inventory_entry){0};
    memcpy(inv->v[at].id, id, CONTAINER_ID_LEN + 1);
    return &inv->v[at];
}

void inventory_remove(struct inventory *inv, const char *id)
{
    bool found;
    size_t at = position(inv, id, &found);

    if (!found)
        return;
    entry_done(&inv->v[at]);
    memmove(&inv->v[at], &inv->v[at + 1], (inv->n - at - 1) * sizeof *inv->v);
    inv->n--;
}

void inventory_forget(struct inventory *inv)
{
    for (size_t i = 0; i < inv->n; i++)
        inv->v[i].digest = 0;
}

const struct container *inventory_lookup(const struct inventory *inv, const char *ref)
{
    for (size_t i = 0; i < inv->n; i++) {
        const struct container *c = inv->v[i].container;

        if (c && (!strcmp(c->id, ref) || !strcmp(c->name, ref)))
            return c;
    }
    return NULL;
}

void inventory_names(const struct inventory *inv, struct strv *ret)
{
    for (size_t i = 0; i < inv->n; i++)
        if (inv->v[i].container)
            strv_add(ret, inv->v[i].container->name);
}

bool inventory_entry_draining(const struct inventory_entry *e, double now, double drain_max)
{
    return e->container && e->stop_asked > e->container->started && now < e->stop_asked + drain_max;
}

const char *inventory_driver(const struct inventory *inv, const char *id)
{
    for (size_t i = 0; i < inv->n_networks; i++)
        if (!strcmp(inv->networks[i].id, id))
            return inv->networks[i].driver;
    return NULL;
}

void inventory_set_networks(struct inventory *inv, struct docker_network *v, size_t n)
{
    for (size_t i = 0; i < inv->n_networks; i++) {
        free(inv->networks[i].id);
        free(inv->networks[i].driver);
    }
    free(inv->networks);
    inv->networks = v;
    inv->n_networks = n;
}

static int compare_id(const void *id, const void *entry)
{
    return strcmp(id, ((const struct inventory_entry *)entry)->id);
}

/* Where 'id' is, or where it belongs. */
static size_t position(const struct inventory *inv, const char *id, bool *ret_found)
{
    return search_sorted(inv->v, inv->n, sizeof *inv->v, id, compare_id, ret_found);
}

static void entry_done(struct inventory_entry *e)
{
    container_free(e->container);
    free(e->quarantine);
}

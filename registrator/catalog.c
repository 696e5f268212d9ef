#include "registrator/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/packing.h"

static size_t position(const struct catalog *c, const char *name, bool *ret_found);
static void insert_at(struct catalog *c, size_t at, const char *name);
static void remove_at(struct catalog *c, size_t at);
static void service_free(struct catalog_service *s);
static uint64_t next_stamp(void);
static bool drop_absent(struct catalog *c, const struct instances *all);

const struct catalog_service *catalog_find(const struct catalog *c, const char *name)
{
    bool found;
    size_t at = position(c, name, &found);

    return found ? c->v[at] : NULL;
}

const struct catalog_service *catalog_next(const struct catalog *c, const char *name)
{
    bool found;
    size_t at = position(c, name, &found);

    at += found;
    return at < c->n ? c->v[at] : NULL;
}

bool catalog_set(struct catalog *c, const char *name, struct instances *now)
{
    bool found;
    size_t at = position(c, name, &found);

    if (found && instances_equal(&c->v[at]->instances, now)) {
        instances_done(now);
        return false;
    }
    if (!now->n) {
        if (found)
            remove_at(c, at);
        return found;
    }
    if (!found)
        insert_at(c, at, name);
    packing_pack(now);
    instances_done(&c->v[at]->instances);
    c->v[at]->instances = *now;
    c->v[at]->stamp = next_stamp();
    *now = (struct instances){0};
    return true;
}

bool catalog_set_all(struct catalog *c, const struct instances *all)
{
    bool changed = drop_absent(c, all);

    for (size_t i = 0, end; i < all->n; i = end) {
        struct instances of_service = {0};

        for (end = i; end < all->n && !strcmp(all->v[end].service, all->v[i].service); end++)
            instance_copy(instances_add(&of_service), &all->v[end]);
        changed |= catalog_set(c, all->v[i].service, &of_service);
    }
    return changed;
}

void catalog_lend(const struct catalog *c, struct instances *ret)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->v[i]->instances.n; k++)
            *instances_add(ret) = c->v[i]->instances.v[k];
}

size_t catalog_instances(const struct catalog *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->v[i]->instances.n;
    return n;
}

void catalog_done(struct catalog *c)
{
    for (size_t i = 0; i < c->n; i++)
        service_free(c->v[i]);
    free(c->v);
    *c = (struct catalog){0};
}

/* Where it is, or would be. */
static size_t position(const struct catalog *c, const char *name, bool *ret_found)
{
    size_t low = 0, high = c->n;

    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(c->v[middle]->name, name);

        if (!order) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert_at(struct catalog *c, size_t at, const char *name)
{
    struct catalog_service *s = xcalloc(1, sizeof *s);

    s->name = xstrdup(name);
    c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
    memmove(c->v + at + 1, c->v + at, (c->n - at) * sizeof *c->v);
    c->v[at] = s;
    c->n++;
}

static void remove_at(struct catalog *c, size_t at)
{
    service_free(c->v[at]);
    c->n--;
    memmove(c->v + at, c->v + at + 1, (c->n - at) * sizeof *c->v);
}

static void service_free(struct catalog_service *s)
{
    instances_done(&s->instances);
    free(s->name);
    free(s);
}

static uint64_t next_stamp(void)
{
    static uint64_t last;

    return ++last;
}

/* Both are sorted by service name. */
static bool drop_absent(struct catalog *c, const struct instances *all)
{
    bool changed = false;
    size_t at = all->n;

    for (size_t i = c->n; i-- > 0;) {
        while (at > 0 && strcmp(all->v[at - 1].service, c->v[i]->name) > 0)
            at--;
        if (at > 0 && !strcmp(all->v[at - 1].service, c->v[i]->name))
            continue;
        remove_at(c, i);
        changed = true;
    }
    return changed;
}

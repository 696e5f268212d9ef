#include "agent/render_table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

#define SLOTS_MIN 64

static struct render_dep **slot_of(const struct render_table *t, enum tmpl_dep_kind kind,
                                   const char *text, size_t len);
static void put(struct render_table *t, struct render_dep *d);
static void grow(struct render_table *t);

void render_table_init(struct render_table *t)
{
    *t = (struct render_table){.n_slots = SLOTS_MIN};
    t->slots = xcalloc(t->n_slots, sizeof(struct render_dep *));
}

void render_table_done(struct render_table *t)
{
    free(t->slots);
}

struct render_dep *render_table_find(const struct render_table *t, enum tmpl_dep_kind kind,
                                     const char *text, size_t len)
{
    struct render_dep *d = *slot_of(t, kind, text, len);

    while (d && (d->kind != kind || strncmp(d->text, text, len) != 0 || d->text[len]))
        d = d->next_in_slot;
    return d;
}

void render_table_add(struct render_table *t, struct render_dep *d)
{
    if (t->n >= t->n_slots)
        grow(t);
    put(t, d);
    d->before = t->last;
    d->next = NULL;
    *(t->last ? &t->last->next : &t->first) = d;
    t->last = d;
    t->n++;
}

void render_table_remove(struct render_table *t, struct render_dep *d)
{
    struct render_dep **at = slot_of(t, d->kind, d->text, strlen(d->text));

    while (*at != d)
        at = &(*at)->next_in_slot;
    *at = d->next_in_slot;
    *(d->before ? &d->before->next : &t->first) = d->next;
    *(d->next ? &d->next->before : &t->last) = d->before;
    t->n--;
}

static struct render_dep **slot_of(const struct render_table *t, enum tmpl_dep_kind kind,
                                   const char *text, size_t len)
{
    uint64_t h = 14695981039346656037u + kind;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return &t->slots[(size_t)(h ^ h >> 32) & (t->n_slots - 1)];
}

static void put(struct render_table *t, struct render_dep *d)
{
    struct render_dep **slot = slot_of(t, d->kind, d->text, strlen(d->text));

    d->next_in_slot = *slot;
    *slot = d;
}

static void grow(struct render_table *t)
{
    free(t->slots);
    t->n_slots *= 2;
    t->slots = xcalloc(t->n_slots, sizeof(struct render_dep *));
    for (struct render_dep *d = t->first; d; d = d->next)
        put(t, d);
}

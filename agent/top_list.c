#include "agent/top_list.h"

#include <stdlib.h>
#include <string.h>

#include "agent/top.h"
#include "lib/xmalloc.h"

#define PORTS 65536

/* What is sorted: the key, then the place that the row has anyway. */
struct place {
    const char *text;
    long long number;
    size_t index;
};

static bool is_listed(const struct top *t, size_t index);
static struct place place_of(const struct top *t, size_t index);
static int compare_places(const void *a, const void *b);
static char *key_of(const struct top *t, size_t index);

void top_list_make(struct top *t, const char *selected)
{
    size_t n = t->by_service ? t->services.n : t->rows.n;
    struct place *places = xcalloc(n, sizeof *places);

    t->n_shown = 0;
    for (size_t i = 0; i < n; i++)
        if (is_listed(t, i))
            places[t->n_shown++] = place_of(t, i);
    if (t->n_shown)
        qsort(places, t->n_shown, sizeof *places, compare_places);
    t->shown = xreallocarray(t->shown, t->n_shown + 1, sizeof *t->shown);
    for (size_t i = 0; i < t->n_shown; i++)
        t->shown[i] = places[i].index;
    free(places);
    if (!selected)
        t->selected = 0;
    for (size_t i = 0; selected && i < t->n_shown; i++) {
        CLEAN(free_str) char *key = key_of(t, t->shown[i]);

        if (strcmp(key, selected) != 0)
            continue;
        t->selected = i;
        return;
    }
}

char *top_list_key(const struct top *t, size_t at)
{
    return at < t->n_shown ? key_of(t, t->shown[at]) : NULL;
}

static const char *text_of(const char *s)
{
    return s ? s : "";
}

static char *key_of(const struct top *t, size_t index)
{
    if (t->by_service)
        return xstrdup(t->services.v[index].name);
    const struct row *r = &t->rows.v[index];
    return xasprintf("%s %s %s %s", text_of(r->container), text_of(r->inside), text_of(r->outside),
                     text_of(r->service));
}

static bool is_found(const char *text, const char *search)
{
    return text && strcasestr(text, search);
}

static bool is_listed(const struct top *t, size_t index)
{
    const struct service_row *s = t->by_service ? &t->services.v[index] : NULL;
    const struct row *r = t->by_service ? NULL : &t->rows.v[index];

    if (t->problems_only && (s ? s->health : r->health) <= ROW_GOOD)
        return false;
    if (!t->search[0])
        return true;
    if (s)
        return is_found(s->name, t->search) || is_found(s->ways, t->search);
    return is_found(r->container, t->search) || is_found(r->node, t->search) ||
           is_found(r->inside, t->search) || is_found(r->outside, t->search) ||
           is_found(r->service, t->search) || is_found(r->ways, t->search) ||
           is_found(r->said, t->search);
}

static long long port_of(const char *address)
{
    const char *colon = address ? strrchr(address, ':') : NULL;

    return colon ? strtol(colon + 1, NULL, 10) : 0;
}

/* The worst first; what has no port or service last. */
static struct place place_of(const struct top *t, size_t index)
{
    const struct row *r = t->by_service ? NULL : &t->rows.v[index];
    enum row_health health = r ? r->health : t->services.v[index].health;
    struct place p = {.text = "", .index = index};

    switch (t->sort) {
    case TOP_SORT_STATE:
        p.number = -(long long)health;
        break;
    case TOP_SORT_SERVICE:
        p.text = r ? text_of(r->service) : "";
        p.number = !*p.text;
        break;
    case TOP_SORT_PORT:
        p.number = r ? port_of(r->outside) : strtol(text_of(t->services.v[index].ways), NULL, 10);
        p.number += p.number ? 0 : PORTS;
        break;
    case TOP_SORT_NAME:
    case TOP_SORTS:
        break;
    }
    return p;
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int c = (x->number > y->number) - (x->number < y->number);

    if (!c)
        c = strcmp(x->text, y->text);
    return c ? c : (x->index > y->index) - (x->index < y->index);
}

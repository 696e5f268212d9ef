#include "registrator/instance.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static bool equal_but_for_tags(const struct instance *x, const struct instance *y);
static int compare(const char *a, const char *b);
static char *copy(const char *s);

int instance_cmp(const void *a, const void *b)
{
    const struct instance *x = a, *y = b;
    int order = compare(x->service, y->service);

    if (!order)
        order = compare(x->node, y->node);
    return order ? order : compare(x->id, y->id);
}

int instance_equal(const void *a, const void *b)
{
    const struct instance *x = a, *y = b;

    return equal_but_for_tags(x, y) && strv_equal(&x->tags, &y->tags);
}

int instance_satisfied(const void *wanted, const void *actual)
{
    const struct instance *w = wanted, *a = actual;

    return w->tag_override ? equal_but_for_tags(w, a) : instance_equal(w, a);
}

void instance_copy(struct instance *dst, const struct instance *src)
{
    *dst = (struct instance){
        .id = copy(src->id),
        .service = copy(src->service),
        .node = copy(src->node),
        .address = copy(src->address),
        .address6 = copy(src->address6),
        .port = src->port,
        .container_address = copy(src->container_address),
        .container_port = src->container_port,
        .weight = src->weight,
        .weight_warning = src->weight_warning,
        .tag_override = src->tag_override,
        .fed = src->fed,
        .state = src->state,
    };
    probes_copy(&dst->probes, &src->probes);
    strv_copy(&dst->tags, &src->tags);
    kvs_copy(&dst->meta, &src->meta);
}

void instance_done(struct instance *i)
{
    free(i->id);
    free(i->service);
    free(i->node);
    free(i->address);
    free(i->address6);
    probes_done(&i->probes);
    free(i->container_address);
    strv_done(&i->tags);
    kvs_done(&i->meta);
    *i = (struct instance){0};
}

struct instance *instances_add(struct instances *l)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct instance){0};
    return &l->v[l->n++];
}

void instances_sort(struct instances *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, instance_cmp);
}

bool instances_equal(const struct instances *a, const struct instances *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!instance_equal(&a->v[i], &b->v[i]))
            return false;
    return true;
}

void instances_copy(struct instances *dst, const struct instances *src)
{
    for (size_t i = 0; i < src->n; i++)
        instance_copy(instances_add(dst), &src->v[i]);
}

void instances_join(const struct instances *now, const struct instances *before,
                    struct instances *ret)
{
    size_t i = 0, k = 0;

    while (i < now->n || k < before->n) {
        int order = i == now->n ? 1 : k == before->n ? -1 : instance_cmp(&now->v[i], &before->v[k]);

        instance_copy(instances_add(ret), order <= 0 ? &now->v[i] : &before->v[k]);
        i += order <= 0;
        k += order >= 0;
    }
}

void instances_without(const struct instances *all, const struct instances *some,
                       struct instances *ret)
{
    size_t k = 0;

    for (size_t i = 0; i < all->n; i++) {
        while (k < some->n && instance_cmp(&some->v[k], &all->v[i]) < 0)
            k++;
        if (k == some->n || instance_cmp(&some->v[k], &all->v[i]))
            instance_copy(instances_add(ret), &all->v[i]);
    }
}

void instances_done(struct instances *l)
{
    for (size_t i = 0; i < l->n && !l->texts; i++)
        instance_done(&l->v[i]);
    free(l->texts);
    free(l->v);
    *l = (struct instances){0};
}

const char *instance_state_name(enum instance_state state)
{
    switch (state) {
    case INSTANCE_PASSING:
        return "passing";
    case INSTANCE_WARNING:
        return "warning";
    case INSTANCE_DRAINING:
        return "draining";
    case INSTANCE_PAUSED:
        return "paused";
    case INSTANCE_STARTING:
        return "starting";
    case INSTANCE_CRITICAL:
        return "critical";
    }
    return "?";
}

bool instance_state_serves(enum instance_state state)
{
    return state == INSTANCE_PASSING || state == INSTANCE_WARNING || state == INSTANCE_DRAINING;
}

unsigned instance_weight(const struct instance *i)
{
    if (i->state == INSTANCE_PASSING)
        return i->weight ? i->weight : 1;
    if (i->state == INSTANCE_WARNING)
        return i->weight_warning ? i->weight_warning : 1;
    return 0;
}

static bool equal_but_for_tags(const struct instance *x, const struct instance *y)
{
    return !instance_cmp(x, y) && x->state == y->state && x->port == y->port &&
           x->container_port == y->container_port && x->weight == y->weight &&
           x->weight_warning == y->weight_warning && x->tag_override == y->tag_override &&
           x->fed == y->fed && !compare(x->address, y->address) &&
           !compare(x->address6, y->address6) &&
           !compare(x->container_address, y->container_address) && kvs_equal(&x->meta, &y->meta);
}

/* What is missing counts as the empty string. */
static int compare(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static char *copy(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

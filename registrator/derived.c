#include "registrator/derived.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/metadata.h"

struct derived_container {
    char *id;
    struct endpoint *v; /* what it was derived from; their texts are gone */
    size_t n;
    struct strv networks;       /* of each of 'v' */
    struct instances instances; /* in the ports' order */
    struct problems problems;
};

static void derive(struct derived_container *c, const struct registrator_config *config,
                   const struct strv *tags, const struct endpoint *v, size_t n);
static void fit(struct instances *l);
static bool take_over(struct derived_container *c, struct derived_container *old);
static void container_done(struct derived_container *c);
static bool is_same(const struct derived_container *c, const struct endpoint *v, size_t n);
static bool same_endpoint(const struct endpoint *a, const struct endpoint *b);
static void add_tags(struct instances *l, const struct strv *tags);

void derived_done(struct derived *d)
{
    for (size_t i = 0; i < d->n; i++)
        container_done(&d->v[i]);
    free(d->v);
    *d = (struct derived){0};
}

/* Both are sorted by container id: one walk finds what is new, the same, and gone. */
bool derived_update(struct derived *d, const struct registrator_config *config,
                    const struct strv *tags, const struct endpoint *v, size_t n)
{
    struct derived before = *d;
    size_t old = 0, cap = 0;
    bool changed = false;

    *d = (struct derived){0};
    for (size_t i = 0, len; i < n; i += len) {
        len = metadata_same_container(v + i, n - i);
        for (; old < before.n && strcmp(before.v[old].id, v[i].container_id) < 0; old++)
            changed |= take_over(NULL, &before.v[old]);
        d->v = xgrow(d->v, d->n, &cap, sizeof *d->v);
        struct derived_container *c = &d->v[d->n++], *known = NULL;
        if (old < before.n && !strcmp(before.v[old].id, v[i].container_id))
            known = &before.v[old++];
        if (known && !before.stale && is_same(known, v + i, len)) {
            *c = *known;
            continue;
        }
        derive(c, config, tags, v + i, len);
        changed |= take_over(c, known);
    }
    for (; old < before.n; old++)
        changed |= take_over(NULL, &before.v[old]);
    free(before.v);
    return changed;
}

void derived_forget(struct derived *d)
{
    d->stale = true;
}

void derived_collect(const struct derived *d, struct instances *ret, struct problems *problems)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct derived_container *c = &d->v[i];

        for (size_t k = 0; k < c->instances.n; k++)
            *instances_add(ret) = c->instances.v[k];
        for (size_t k = 0; k < c->problems.n; k++)
            problems_add(problems, c->problems.v[k].subject, "%s", c->problems.v[k].text);
    }
    ret->n = metadata_unique_ids(ret, problems);
    instances_sort(ret);
}

static void derive(struct derived_container *c, const struct registrator_config *config,
                   const struct strv *tags, const struct endpoint *v, size_t n)
{
    *c = (struct derived_container){.v = xcalloc(n, sizeof *v), .n = n};
    c->id = xstrdup(v->container_id);
    for (size_t i = 0; i < n; i++) {
        c->v[i] = v[i];
        strv_add(&c->networks, v[i].network);
    }
    instances_from_container(config, v, n, &c->instances, &c->problems);
    fit(&c->instances);
    add_tags(&c->instances, tags);
}

/* There is one such list for each container: no room to grow in each. */
static void fit(struct instances *l)
{
    if (!l->n)
        return;
    l->v = xreallocarray(l->v, l->n, sizeof *l->v);
    l->cap = l->n;
}

/* Frees 'old' and returns whether 'c' differs in anything that is collected. Where it does not, the
 * old instances stay: somebody may have borrowed them. Each may be NULL: there is none. */
static bool take_over(struct derived_container *c, struct derived_container *old)
{
    static struct derived_container none;
    const struct derived_container *now = c ? c : &none, *was = old ? old : &none;
    bool same = instances_equal(&now->instances, &was->instances) &&
                problems_equal(&now->problems, &was->problems);

    if (same && c && old) {
        struct instances keep = old->instances;

        old->instances = c->instances;
        c->instances = keep;
    }
    if (old)
        container_done(old);
    return !same;
}

static void container_done(struct derived_container *c)
{
    free(c->v);
    strv_done(&c->networks);
    free(c->id);
    instances_done(&c->instances);
    problems_done(&c->problems);
}

static bool is_same(const struct derived_container *c, const struct endpoint *v, size_t n)
{
    if (c->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!same_endpoint(&c->v[i], &v[i]) || strcmp(c->networks.v[i], v[i].network))
            return false;
    return true;
}

/* But for the name of the network. 'why' is nothing that an instance tells. */
static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return a->revision && a->revision == b->revision && a->reach == b->reach &&
           a->protocol == b->protocol && a->container_port == b->container_port &&
           a->index == b->index && !ipaddr_cmp(&a->container_addr, &b->container_addr) &&
           !ipaddr_cmp(&a->container_addr6, &b->container_addr6) &&
           !ipaddr_cmp(&a->host_addr, &b->host_addr) && a->host_port == b->host_port &&
           a->service_port == b->service_port && a->draining == b->draining &&
           a->paused == b->paused && a->health == b->health;
}

/* Registrator's order: the service's own tags, those of every service, "udp". */
static void add_tags(struct instances *l, const struct strv *tags)
{
    for (size_t i = 0; tags->n && i < l->n; i++) {
        struct strv *own = &l->v[i].tags;
        const char *protocol = kvs_get(&l->v[i].meta, META_PROTOCOL);
        char *udp = own->n && protocol && !strcmp(protocol, "udp") ? own->v[--own->n] : NULL;

        for (size_t t = 0; t < tags->n; t++)
            strv_add(own, tags->v[t]);
        if (udp)
            strv_add_take(own, udp);
    }
}

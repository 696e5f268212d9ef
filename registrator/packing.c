#include "registrator/packing.h"

#include <stdint.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

/* Where the next things go. */
struct cursor {
    char *lists;
    char *texts;
};

/* The members that are texts. */
static const size_t members[] = {
    offsetof(struct instance, id),       offsetof(struct instance, service),
    offsetof(struct instance, node),     offsetof(struct instance, address),
    offsetof(struct instance, address6), offsetof(struct instance, container_address),
};

static size_t lists_size(const struct instances *l);
static size_t texts_size(const struct instances *l);
static size_t own_size(const struct instance *i, const struct instance *before);
static size_t needs(const char *s, const char *same);
static void copy(struct cursor *c, const struct instances *l, size_t at, struct instance *ret);
static char *put(struct cursor *c, const char *s, const char *same, char *there);
static char **member(const struct instance *i, size_t k);

void packing_pack(struct instances *l)
{
    if (!l->n || l->texts)
        return;
    size_t fixed = l->n * sizeof *l->v;
    struct instances packed = {.v = xmalloc(fixed + lists_size(l)), .n = l->n};
    packed.texts = xmalloc(texts_size(l));
    struct cursor c = {(char *)packed.v + fixed, packed.texts};

    for (size_t i = 0; i < l->n; i++)
        copy(&c, l, i, &packed.v[i]);
    instances_done(l);
    *l = packed;
}

static size_t lists_size(const struct instances *l)
{
    size_t size = 0;

    for (size_t i = 0; i < l->n; i++)
        size += l->v[i].meta.n * sizeof(struct kv) + l->v[i].tags.n * sizeof(char *);
    return size;
}

static size_t texts_size(const struct instances *l)
{
    static const struct instance none;
    size_t size = 0;

    for (size_t i = 0; i < l->n; i++)
        size += own_size(&l->v[i], i ? &l->v[i - 1] : &none);
    return size;
}

/* Bytes of what 'i' does not share with the one before it. */
static size_t own_size(const struct instance *i, const struct instance *before)
{
    size_t size = 0;

    for (size_t k = 0; k < ARRAY_LEN(members); k++)
        size += needs(*member(i, k), *member(before, k));
    for (size_t k = 0; k < i->tags.n; k++)
        size += needs(i->tags.v[k], k < before->tags.n ? before->tags.v[k] : NULL);
    for (size_t k = 0; k < i->meta.n; k++) {
        const struct kv *same = k < before->meta.n ? &before->meta.v[k] : NULL;

        size += needs(i->meta.v[k].key, same ? same->key : NULL);
        size += needs(i->meta.v[k].value, same ? same->value : NULL);
    }
    return size;
}

static size_t needs(const char *s, const char *same)
{
    return !s || (same && !strcmp(s, same)) ? 0 : strlen(s) + 1;
}

/* Puts a copy of the one at 'at' into 'ret', whose predecessor is a copy already. */
static void copy(struct cursor *c, const struct instances *l, size_t at, struct instance *ret)
{
    static const struct instance none;
    const struct instance *i = &l->v[at], *before = at ? i - 1 : &none;
    const struct instance *there = at ? ret - 1 : &none;

    *ret = *i;
    ret->probes = (struct probes){0};
    ret->meta = (struct kvs){.v = (struct kv *)(void *)c->lists, .n = i->meta.n};
    ret->tags = (struct strv){.v = (char **)(void *)(ret->meta.v + i->meta.n), .n = i->tags.n};
    c->lists = (char *)(ret->tags.v + i->tags.n);
    for (size_t k = 0; k < ARRAY_LEN(members); k++)
        *member(ret, k) = put(c, *member(i, k), *member(before, k), *member(there, k));
    for (size_t k = 0; k < i->tags.n; k++) {
        bool has = k < before->tags.n;

        ret->tags.v[k] =
            put(c, i->tags.v[k], has ? before->tags.v[k] : NULL, has ? there->tags.v[k] : NULL);
    }
    for (size_t k = 0; k < i->meta.n; k++) {
        const struct kv empty = {0}, *now = &i->meta.v[k];
        const struct kv *same = k < before->meta.n ? &before->meta.v[k] : &empty;
        const struct kv *kept = k < before->meta.n ? &there->meta.v[k] : &empty;

        ret->meta.v[k] = (struct kv){put(c, now->key, same->key, kept->key),
                                     put(c, now->value, same->value, kept->value)};
    }
}

/* 's', or 'there', which is equal to 'same'. */
static char *put(struct cursor *c, const char *s, const char *same, char *there)
{
    size_t size = needs(s, same);

    if (!s || !size)
        return s ? there : NULL;
    char *p = memcpy(c->texts, s, size);
    c->texts += size;
    return p;
}

static char **member(const struct instance *i, size_t k)
{
    return (char **)(uintptr_t)((const char *)i + members[k]);
}

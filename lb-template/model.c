#include "lb-template/model.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

struct model_part {
    size_t users;   /* models that have it */
    uint64_t stamp; /* of the piece; 0: it is never found again */
    struct haproxy_cfg cfg;
};

/* Where the parts of a model are: mostly one behind the other, else by stamp. */
struct finder {
    const struct model *model;
    size_t next;
    struct model_part **sorted; /* by stamp; made when it is needed */
};

static struct model_part *parse(const char *text, uint64_t stamp);
static void add(struct model *m, struct model_part *part);
static struct model_part *find(struct finder *f, uint64_t stamp);
static int by_stamp(const void *a, const void *b);
static int stamp_cmp(const void *key, const void *member);
static void finish(struct model *m, const struct model *before);

void model_from_rendering(struct model *ret, const struct rendering *r, const struct strv *without,
                          const struct model *before)
{
    struct finder f = {.model = before};

    for (size_t i = 0; i < r->n; i++) {
        const struct rendering_piece *p = &r->v[i];

        if (rendering_leaves_out(p, without))
            continue;
        struct model_part *known = p->stamp ? find(&f, p->stamp) : NULL;
        add(ret, known ? known : parse(p->text, p->stamp));
    }
    free(f.sorted);
    finish(ret, before);
}

void model_from_text(struct model *ret, const char *text)
{
    static const struct model none;

    add(ret, parse(text, 0));
    finish(ret, &none);
}

void model_copy(struct model *dst, const struct model *src)
{
    struct model copy = {.structure = src->structure, .ports = src->ports};

    if (dst == src)
        return;
    for (size_t i = 0; i < src->n; i++)
        add(&copy, src->v[i]);
    model_done(dst);
    *dst = copy;
}

void model_done(struct model *m)
{
    for (size_t i = 0; i < m->n; i++) {
        if (--m->v[i]->users)
            continue;
        haproxy_cfg_done(&m->v[i]->cfg);
        free(m->v[i]);
    }
    free(m->v);
    *m = (struct model){0};
}

bool model_same(const struct model *a, const struct model *b)
{
    return a->n == b->n && (!a->n || !memcmp(a->v, b->v, a->n * sizeof *a->v));
}

void model_difference(const struct model *a, const struct model *b, struct backends *ret_a,
                      struct backends *ret_b)
{
    bool all = a->n != b->n || a->structure != b->structure;

    for (size_t i = 0; i < a->n; i++)
        if (all || a->v[i] != b->v[i])
            backends_add(ret_a, &a->v[i]->cfg);
    for (size_t i = 0; i < b->n; i++)
        if (all || a->v[i] != b->v[i])
            backends_add(ret_b, &b->v[i]->cfg);
    backends_sort(ret_a);
    backends_sort(ret_b);
}

void model_backends(const struct model *m, struct backends *ret)
{
    for (size_t i = 0; i < m->n; i++)
        backends_add(ret, &m->v[i]->cfg);
    backends_sort(ret);
}

bool model_has_socket(const struct model *m, const char *path)
{
    for (size_t i = 0; i < m->n; i++)
        if (strv_contains(&m->v[i]->cfg.sockets, path))
            return true;
    return false;
}

void model_count(const struct model *m, size_t *ret_backends, size_t *ret_servers)
{
    *ret_backends = *ret_servers = 0;
    for (size_t i = 0; i < m->n; i++) {
        const struct haproxy_cfg *c = &m->v[i]->cfg;

        *ret_backends += c->n;
        for (size_t j = 0; j < c->n; j++)
            *ret_servers += c->v[j].n;
    }
}

static struct model_part *parse(const char *text, uint64_t stamp)
{
    struct model_part *part = xcalloc(1, sizeof *part);

    part->stamp = stamp;
    haproxy_cfg_parse(text, &part->cfg);
    return part;
}

static void add(struct model *m, struct model_part *part)
{
    m->v = xgrow(m->v, m->n, &m->cap, sizeof *m->v);
    m->v[m->n++] = part;
    if (part->stamp > m->newest)
        m->newest = part->stamp;
    part->users++;
}

static struct model_part *find(struct finder *f, uint64_t stamp)
{
    const struct model *m = f->model;

    if (f->next < m->n && m->v[f->next]->stamp == stamp)
        return m->v[f->next++];
    /* A piece that has changed stands where the old one stood. */
    f->next++;
    if (stamp > m->newest)
        return NULL;
    if (!f->sorted) {
        f->sorted = xreallocarray(NULL, m->n, sizeof *f->sorted);
        memcpy(f->sorted, m->v, m->n * sizeof *f->sorted);
        qsort(f->sorted, m->n, sizeof *f->sorted, by_stamp);
    }
    struct model_part **found = bsearch(&stamp, f->sorted, m->n, sizeof *found, stamp_cmp);
    return found ? *found : NULL;
}

static int by_stamp(const void *a, const void *b)
{
    const struct model_part *const *x = a, *const *y = b;

    return ((*x)->stamp > (*y)->stamp) - ((*x)->stamp < (*y)->stamp);
}

static int stamp_cmp(const void *key, const void *member)
{
    const uint64_t *stamp = key;
    const struct model_part *const *part = member;

    return (*stamp > (*part)->stamp) - (*stamp < (*part)->stamp);
}

/* The ports are counted anew only where the structure is another one: it tells them. */
static void finish(struct model *m, const struct model *before)
{
    for (size_t i = 0; i < m->n; i++)
        m->structure = haproxy_cfg_join(m->structure, &m->v[i]->cfg);
    if (m->structure == before->structure && before->n) {
        m->ports = before->ports;
        return;
    }
    for (size_t i = 0; i < m->n; i++)
        for (size_t j = 0; j < m->v[i]->cfg.n_ports; j++)
            portset_add(&m->ports, m->v[i]->cfg.ports[j], m->v[i]->cfg.ports[j]);
}

#include "lb-template/tmpl/source.h"

#include <ctype.h>
#include <stdlib.h>

#include "lib/xmalloc.h"

static const char *const names[TMPL_DEP_KINDS] = {
    [TMPL_DEP_SERVICE] = "service",   [TMPL_DEP_CONNECT] = "connect",
    [TMPL_DEP_SERVICES] = "services", [TMPL_DEP_NODE] = "node",
    [TMPL_DEP_NODES] = "nodes",       [TMPL_DEP_DATACENTERS] = "datacenters",
    [TMPL_DEP_KEY] = "key",           [TMPL_DEP_TREE] = "tree",
    [TMPL_DEP_FILE] = "file",         [TMPL_DEP_ENV] = "env",
};

const char *tmpl_dep_name(enum tmpl_dep_kind kind)
{
    return names[kind];
}

void tmpl_deps_done(struct tmpl_deps *d)
{
    for (size_t i = 0; i < d->n; i++)
        free(d->v[i].text);
    free(d->v);
    free(d->index);
    *d = (struct tmpl_deps){0};
}

static size_t slot_of(const struct tmpl_deps *d, enum tmpl_dep_kind kind, const char *text)
{
    uint64_t h = 14695981039346656037u + kind;

    for (const char *c = text; *c; c++)
        h = (h ^ (unsigned char)*c) * 1099511628211u;
    size_t slot = (size_t)(h ^ h >> 32) & (d->slots - 1);
    while (d->index[slot]) {
        const struct tmpl_dep *dep = &d->v[d->index[slot] - 1];

        if (dep->kind == kind && !strcmp(dep->text, text))
            break;
        slot = (slot + 1) & (d->slots - 1);
    }
    return slot;
}

static void grow_index(struct tmpl_deps *d)
{
    d->slots = d->slots ? d->slots * 2 : 64;
    free(d->index);
    d->index = xcalloc(d->slots, sizeof *d->index);
    for (size_t i = 0; i < d->n; i++)
        d->index[slot_of(d, d->v[i].kind, d->v[i].text)] = i + 1;
}

void tmpl_deps_add(struct tmpl_deps *d, enum tmpl_dep_kind kind, const char *text, bool missing)
{
    if (d->n * 2 >= d->slots)
        grow_index(d);
    size_t slot = slot_of(d, kind, text);
    if (!d->index[slot]) {
        size_t cap = d->cap;

        d->v = xgrow(d->v, d->n, &cap, sizeof *d->v);
        d->cap = cap;
        d->v[d->n++] = (struct tmpl_dep){.kind = kind, .text = xstrdup(text)};
        d->index[slot] = d->n;
    }
    struct tmpl_dep *dep = &d->v[d->index[slot] - 1];
    d->missing += missing && !dep->missing;
    dep->missing |= missing;
}

/* Which parts a kind has, in this order: tag. name ?query @dc ~near |filter. Names of services and
 * nodes are words; a key is any path. */
static const struct grammar {
    bool tag, name, path, near, filter;
} grammars[TMPL_DEP_KINDS] = {
    [TMPL_DEP_SERVICE] = {.tag = true, .name = true, .near = true, .filter = true},
    [TMPL_DEP_CONNECT] = {.tag = true, .name = true, .near = true, .filter = true},
    [TMPL_DEP_NODE] = {.name = true},
    [TMPL_DEP_NODES] = {.near = true},
    [TMPL_DEP_KEY] = {.path = true},
    [TMPL_DEP_TREE] = {.path = true},
};

/* Takes the part that 'sign' begins, and the characters that may follow it, off '*at'. */
static struct tmpl_value take(const char **at, const char *end, char sign, const char *others)
{
    const char *from = *at + 1, *to = from;

    if (*at == end || **at != sign)
        return tmpl_str("", 0);
    while (to < end && (isalnum((unsigned char)*to) || (*to && strchr(others, *to))))
        to++;
    *at = to;
    return tmpl_str(from, (size_t)(to - from));
}

/* "tag.name": what is before the last dot is the tag. */
static void take_name(const char **at, const char *end, bool tag, struct tmpl_query *q)
{
    const char *from = *at, *to = from, *dot = NULL;

    while (to < end && (isalnum((unsigned char)*to) || (*to && strchr("_-", *to)) ||
                        (tag && *to && strchr(".=:", *to)))) {
        dot = *to == '.' ? to : dot;
        to++;
    }
    q->tag = dot ? tmpl_str(from, (size_t)(dot - from)) : tmpl_str("", 0);
    from = dot ? dot + 1 : from;
    q->name = tmpl_str(from, (size_t)(to - from));
    *at = to;
}

/* A key ends where ?query or @dc begins. */
static void take_path(const char **at, const char *end, struct tmpl_query *q)
{
    const char *to = *at;

    while (to < end && *to != '?' && *to != '@')
        to++;
    q->name = tmpl_str(*at, (size_t)(to - *at));
    *at = to;
}

int tmpl_query_parse(enum tmpl_dep_kind kind, const char *text, size_t len,
                     struct tmpl_query *ret_query, struct err **err)
{
    const struct grammar *g = &grammars[kind];
    struct tmpl_value none = tmpl_str("", 0);
    struct tmpl_query q = {none, none, none, none, none, none};
    const char *at = text, *end = text + len;

    if (g->path)
        take_path(&at, end, &q);
    else if (g->name)
        take_name(&at, end, g->tag, &q);
    q.query = take(&at, end, '?', "_-=&");
    q.dc = take(&at, end, '@', "_.-");
    if (g->near)
        q.near = take(&at, end, '~', "_.-");
    if (g->filter)
        q.filter = take(&at, end, '|', ",_");
    bool no_name = (g->tag && !q.name.len) || (kind == TMPL_DEP_KEY && !q.name.len);
    if (at != end || no_name)
        return err_set(err, "%s: invalid format: \"%.*s\"", names[kind],
                       (int)(len > 100 ? 100 : len), text);
    *ret_query = q;
    return 0;
}

#include "lb-template/bans.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static uint64_t stamp_of(const struct rendering *r, const char *owner);
static void drop(struct bans *l, size_t at);
static bool forget(struct ban *b);

bool bans_add(struct bans *l, const char *owner, const struct rendering *r, const char *why,
              double until)
{
    if (strv_contains(&l->owners, owner))
        return false;
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct ban){
        .owner = xstrdup(owner), .why = xstrdup(why), .stamp = stamp_of(r, owner), .until = until};
    strv_add(&l->owners, owner);
    strv_sort_unique(&l->owners);
    return true;
}

void bans_keep(struct bans *l, const char *owner, char *text)
{
    bans_forget(l, owner);
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->v[i].owner, owner))
            continue;
        l->v[i].kept = TAKE_PTR(text);
        l->v[i].kept_stamp = rendering_stamp();
        break;
    }
    free(text);
}

bool bans_forget(struct bans *l, const char *owner)
{
    bool found = false;

    for (size_t i = 0; i < l->n; i++)
        if (!owner || !strcmp(l->v[i].owner, owner))
            found |= forget(&l->v[i]);
    return found;
}

const struct ban *bans_kept(const struct bans *l, const char *owner)
{
    for (size_t i = 0; owner && i < l->n; i++)
        if (l->v[i].kept && !strcmp(l->v[i].owner, owner))
            return &l->v[i];
    return NULL;
}

/* An owner that the renderer leaves out altogether shows no stamp: only its time ends its ban. */
bool bans_review(struct bans *l, const struct rendering *r, double now)
{
    size_t before = l->n;

    for (size_t i = l->n; i-- > 0;) {
        uint64_t stamp = stamp_of(r, l->v[i].owner);

        if (now >= l->v[i].until || (stamp && stamp != l->v[i].stamp))
            drop(l, i);
    }
    return l->n < before;
}

double bans_next(const struct bans *l)
{
    double next = 0.;

    for (size_t i = 0; i < l->n; i++)
        if (!(next > 0.) || l->v[i].until < next)
            next = l->v[i].until;
    return next;
}

void bans_report(const struct bans *l, struct problems *problems)
{
    for (size_t i = 0; i < l->n; i++) {
        CLEAN(free_str) char *subject = xasprintf("service %s", l->v[i].owner);

        problems_add(problems, subject, "HAProxy refuses what it brings, so it %s: %s",
                     l->v[i].kept ? "stays as it was" : "is left out", l->v[i].why);
    }
}

void bans_done(struct bans *l)
{
    while (l->n)
        drop(l, l->n - 1);
    free(l->v);
    strv_done(&l->owners);
    *l = (struct bans){0};
}

/* One number for all of the owner's pieces. */
static uint64_t stamp_of(const struct rendering *r, const char *owner)
{
    uint64_t stamp = 0;

    for (size_t i = 0; i < r->n; i++)
        if (r->v[i].owner && !strcmp(r->v[i].owner, owner))
            stamp = stamp * 31 + r->v[i].stamp;
    return stamp;
}

static void drop(struct bans *l, size_t at)
{
    forget(&l->v[at]);
    strv_drop(&l->owners, l->v[at].owner);
    free(l->v[at].owner);
    free(l->v[at].why);
    l->v[at] = l->v[--l->n];
}

static bool forget(struct ban *b)
{
    bool had = b->kept != NULL;

    free(TAKE_PTR(b->kept));
    return had;
}

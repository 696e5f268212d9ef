#include "lb-template/mapview.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static void follow(struct mapviews *l, const struct rendering *r);
static uint64_t stamp_of(const struct mapviews *l, const char *path);

void mapviews_ask(struct mapviews *l, const struct rendering *r, bool all,
                  struct strv *ret_commands)
{
    follow(l, r);
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].asked = all || l->v[i].stamp != r->maps[i].stamp || !r->maps[i].stamp;
        if (l->v[i].asked)
            strv_add_take(ret_commands, xasprintf("show map %s", l->v[i].path));
    }
}

/* A map that no rule uses is not known to HAProxy. */
int mapviews_read(struct mapviews *l, char *const *answers, size_t n, struct err **err)
{
    size_t next = 0;

    for (size_t i = 0; i < l->n && next < n; i++) {
        struct mapview *m = &l->v[i];

        if (!m->asked)
            continue;
        m->known = !strstr(answers[next], "Unknown map identifier");
        if (m->known && runtime_parse_map(answers[next], &m->pairs, err))
            return -1;
        next++;
    }
    return 0;
}

void mapviews_plan(const struct mapviews *l, const struct rendering *r,
                   const struct backends *loaded, struct plan *plan)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].asked && l->v[i].known)
            plan_map(plan, l->v[i].path, &r->maps[i].pairs, &l->v[i].pairs, loaded);
}

void mapviews_settle(struct mapviews *l, const struct rendering *r)
{
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].stamp = r->maps[i].stamp;
        kvs_done(&l->v[i].pairs);
    }
}

void mapviews_forget(struct mapviews *l)
{
    for (size_t i = 0; i < l->n; i++)
        l->v[i].stamp = 0;
}

void mapviews_done(struct mapviews *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].path);
        kvs_done(&l->v[i].pairs);
    }
    free(l->v);
    *l = (struct mapviews){0};
}

/* One view for each map of 'r'; those known keep their stamps. */
static void follow(struct mapviews *l, const struct rendering *r)
{
    struct mapviews now = {.v = xcalloc(r->n_maps, sizeof *now.v), .n = r->n_maps};

    for (size_t i = 0; i < r->n_maps; i++) {
        now.v[i].path = xstrdup(r->maps[i].path);
        now.v[i].stamp = stamp_of(l, r->maps[i].path);
    }
    mapviews_done(l);
    *l = now;
}

static uint64_t stamp_of(const struct mapviews *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->v[i].path, path))
            return l->v[i].stamp;
    return 0;
}

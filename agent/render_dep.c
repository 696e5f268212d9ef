#include "agent/render_dep.h"

#include <stdlib.h>
#include <string.h>

#include "agent/render_answer.h"
#include "lib/xmalloc.h"

#define VALUE_MAX ((size_t)1024 * 1024 * 1024) /* bytes that one answer may become */

static uint64_t hash_of(const char *body, size_t len);

struct render_dep *render_dep_new(struct render_watch *w, enum tmpl_dep_kind kind, const char *text,
                                  size_t len)
{
    struct render_dep *d = xcalloc(1, sizeof *d);
    struct tmpl_query q;

    *d = (struct render_dep){
        .watch = w, .kind = kind, .text = xstrndup(text, len), .answer = TMPL_PENDING};
    tmpl_arena_init(&d->arena, VALUE_MAX);
    if ((kind == TMPL_DEP_SERVICE || kind == TMPL_DEP_CONNECT) &&
        !tmpl_query_parse(kind, text, len, &q, NULL) && !q.dc.len)
        d->service = xstrndup(q.name.s, q.name.len);
    return d;
}

void render_dep_free(struct render_dep *d)
{
    consul_query_free(d->query);
    tmpl_arena_done(&d->arena);
    free(d->text);
    free(d->service);
    free(d);
}

bool render_dep_is_local(const struct render_dep *d)
{
    bool keys = d->kind == TMPL_DEP_KEY || d->kind == TMPL_DEP_TREE;

    return d->service || (keys && !strpbrk(d->text, "?@"));
}

int render_dep_take(struct render_dep *d, const char *body, size_t len, bool *ret_changed,
                    struct err **err)
{
    struct tmpl_arena arena;
    struct tmpl_value value = tmpl_none();
    enum tmpl_answer answer;
    uint64_t hash = hash_of(body, len);

    *ret_changed = d->answer == TMPL_PENDING || len != d->len || hash != d->hash;
    if (!*ret_changed)
        return 0;
    tmpl_arena_init(&arena, VALUE_MAX);
    if (render_answer_read(d->kind, d->text, body, len, &arena, &value, &answer, err)) {
        tmpl_arena_done(&arena);
        return -1;
    }
    tmpl_arena_done(&d->arena);
    d->arena = arena;
    d->value = value;
    d->answer = answer;
    d->len = len;
    d->hash = hash;
    return 0;
}

/* FNV-1a over words, for speed, and what is left. */
static uint64_t hash_of(const char *body, size_t len)
{
    uint64_t h = 14695981039346656037u ^ len, word;

    for (; len >= sizeof word; body += sizeof word, len -= sizeof word) {
        memcpy(&word, body, sizeof word);
        h = (h ^ word) * 1099511628211u;
        h ^= h >> 32;
    }
    for (; len; len--)
        h = (h ^ (unsigned char)*body++) * 1099511628211u;
    return h;
}

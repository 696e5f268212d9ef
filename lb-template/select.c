#include "lb-template/select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strv.h"
#include "lib/xmalloc.h"

#define META_PREFIX "meta."
#define TERMS_MAX 64

struct select_term {
    bool negated;
    char *key; /* "service", "tag" or "meta.<key>" */
    struct strv values;
};

static int add_term(struct select *s, const char *text, size_t len, struct err **err);
static bool is_known(const char *key);
static bool term_holds(const struct select_term *t, const struct instance *i);
static bool any_matches(const struct strv *patterns, const char *text);

int select_parse(struct select *ret, const char *text, struct err **err)
{
    struct select s = {0};

    for (const char *p = text + strspn(text, " \t"); *p;) {
        size_t len = strcspn(p, " \t");

        if (add_term(&s, p, len, err)) {
            select_done(&s);
            return -1;
        }
        p += len;
        p += strspn(p, " \t");
    }
    *ret = s;
    return 0;
}

void select_done(struct select *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->v[i].key);
        strv_done(&s->v[i].values);
    }
    free(s->v);
    *s = (struct select){0};
}

bool select_matches(const struct select *s, const struct instance *i)
{
    for (size_t k = 0; k < s->n; k++)
        if (term_holds(&s->v[k], i) == s->v[k].negated)
            return false;
    return true;
}

static int add_term(struct select *s, const char *text, size_t len, struct err **err)
{
    CLEAN(free_str) char *term = xstrndup(text, len);
    bool negated = *term == '!';
    char *equals = strchr(term, '=');

    if (s->n == TERMS_MAX)
        return err_set(err, "it has more than %d terms", TERMS_MAX);
    if (!equals || !equals[1])
        return err_set(err, "\"%s\" is no KEY=VALUE[,VALUE]", term);
    *equals = '\0';
    if (!is_known(term + negated))
        return err_set(err, "\"%s\" is none of service, tag and meta.KEY", term + negated);
    s->v = xreallocarray(s->v, s->n + 1, sizeof *s->v);
    struct select_term *t = &s->v[s->n++];
    *t = (struct select_term){.negated = negated, .key = xstrdup(term + negated)};
    for (const char *p = equals + 1; *p;) {
        size_t n = strcspn(p, ",");

        if (n)
            strv_addn(&t->values, p, n);
        p += n + (p[n] == ',');
    }
    return 0;
}

static bool is_known(const char *key)
{
    return !strcmp(key, "service") || !strcmp(key, "tag") ||
           (!strncmp(key, META_PREFIX, strlen(META_PREFIX)) && key[strlen(META_PREFIX)]);
}

static bool term_holds(const struct select_term *t, const struct instance *i)
{
    if (!strcmp(t->key, "service"))
        return any_matches(&t->values, i->service);
    if (!strcmp(t->key, "tag")) {
        for (size_t k = 0; k < i->tags.n; k++)
            if (any_matches(&t->values, i->tags.v[k]))
                return true;
        return false;
    }
    const char *value = kvs_get(&i->meta, t->key + strlen(META_PREFIX));
    return value && any_matches(&t->values, value);
}

static bool any_matches(const struct strv *patterns, const char *text)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (!fnmatch(patterns->v[i], text, 0))
            return true;
    return false;
}

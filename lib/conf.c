#include "lib/conf.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf_value.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

/* inih cuts longer ones without a word. */
#define LINE_MAX_BYTES 199
#define SECTION_MAX_BYTES 49

struct loading {
    const struct conf_table *table;
    void *config;
    struct err *err; /* of the first bad line */
};

static int assign(const struct conf_table *t, void *config, const char *section, const char *key,
                  const char *value, struct err **err);
static int assign_named(const struct conf_kind *kind, void *config, const char *name,
                        const char *key, const char *value, struct err **err);
static const struct conf_key *find(const struct conf_key *keys, size_t n, const char *section,
                                   const char *key);
static const struct conf_kind *find_kind(const struct conf_table *t, const char *word, size_t len);
static char *quoted_name(const char *section, size_t kind_len);
static struct conf_list *list_of(const struct conf_kind *kind, void *config);
static void *member(const struct conf_kind *kind, const struct conf_list *list, size_t i);
static void *touch_member(const struct conf_kind *kind, struct conf_list *list, const char *name);
static void list_done(const struct conf_kind *kind, struct conf_list *list);
static void set_defaults(const struct conf_key *keys, size_t n, void *base);
static int unknown_key(const struct conf_key *keys, size_t n, const char *section,
                       const char *label, const char *key, struct err **err);
static int unknown_section(const struct conf_table *t, const char *section, struct err **err);
static int on_line(void *user, const char *section, const char *key, const char *value);
static int refuse_long_lines(const char *path, const char *text, struct err **err);
static void diff_kind(const struct conf_kind *kind, const void *a, const void *b, bool missing,
                      struct strv *ret);
static void *find_member(const struct conf_kind *kind, const struct conf_list *list,
                         const char *name);
static void dump_kind(const struct conf_kind *kind, const void *config,
                      const struct conf_origin *origin, struct sbuf *out);

void conf_defaults(const struct conf_table *t, void *config)
{
    set_defaults(t->keys, t->n, config);
}

void conf_done(const struct conf_table *t, void *config)
{
    for (size_t i = 0; i < t->n; i++)
        conf_value_done(&t->keys[i], config);
    for (size_t k = 0; k < t->n_kinds; k++)
        list_done(&t->kinds[k], list_of(&t->kinds[k], config));
}

int conf_load(const struct conf_table *t, void *config, const char *path, struct err **err)
{
    struct loading l = {.table = t, .config = config};
    CLEAN(free_str) char *text = file_read(path, CONF_FILE_MAX, NULL, err);

    if (!text || refuse_long_lines(path, text, err))
        return -1;
    int line = ini_parse_string(text, on_line, &l);
    if (!line)
        return 0;
    if (l.err) {
        err_set(err, "%s:%d: %s", path, line, err_msg(l.err));
        err_free(l.err);
        return -1;
    }
    return err_set(err, "%s:%d: this is no \"key = value\", no [section] and no comment", path,
                   line);
}

int conf_set(const struct conf_table *t, void *config, const char *assignment, struct err **err)
{
    const char *dot = strchr(assignment, '.'), *equals = strchr(assignment, '=');

    if (!dot || !equals || dot > equals)
        return err_set(err, "'%s' is not of the form section.key=value", assignment);
    const char *last = memrchr(assignment, '.', (size_t)(equals - assignment));
    CLEAN(free_str) char *key = xstrndup(last + 1, (size_t)(equals - last - 1));
    const struct conf_kind *kind = find_kind(t, assignment, (size_t)(dot - assignment));

    if (!kind) {
        CLEAN(free_str) char *section = xstrndup(assignment, (size_t)(last - assignment));
        return assign(t, config, section, key, equals + 1, err);
    }
    if (last <= dot + 1)
        return err_set(err, "'%s' is not of the form %s.NAME.key=value", assignment, kind->kind);
    CLEAN(free_str) char *name = xstrndup(dot + 1, (size_t)(last - dot - 1));
    return assign_named(kind, config, name, key, equals + 1, err);
}

void conf_diff(const struct conf_table *t, const void *a, const void *b, struct strv *live,
               struct strv *restart)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct conf_key *k = &t->keys[i];

        if (!conf_value_equal(k, a, b))
            strv_add_take(k->effect == CONF_LIVE ? live : restart,
                          xasprintf("%s.%s", k->section, k->key));
    }
    for (size_t i = 0; i < t->n_kinds; i++) {
        diff_kind(&t->kinds[i], a, b, false, live);
        diff_kind(&t->kinds[i], b, a, true, live);
    }
}

void conf_keep(const struct conf_table *t, const void *running, void *config)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->keys[i].effect == CONF_RESTART)
            conf_value_copy(&t->keys[i], config, running);
}

static void dump_help(const struct conf_key *k, struct sbuf *out)
{
    sbuf_addf(out, "# %s%s Default: %s\n", k->help, k->effect == CONF_RESTART ? " [restart]" : "",
              *k->def ? k->def : "(none)");
}

/* 'name' is what conf_set() calls the section. */
static void dump_key(const struct conf_key *k, const void *base, const char *name,
                     const struct conf_origin *origin, struct sbuf *out)
{
    CLEAN(free_str) char *whole = xasprintf("%s.%s", name, k->key);
    CLEAN(free_str) char *from = origin ? origin->of(origin->arg, whole) : NULL;

    dump_help(k, out);
    if (from)
        sbuf_addf(out, "# Set by %s:\n", from);
    sbuf_addf(out, "%s = ", k->key);
    conf_value_add(k, base, out);
    sbuf_addch(out, '\n');
}

void conf_dump(const struct conf_table *t, const void *config, const struct conf_origin *origin,
               struct sbuf *out)
{
    const char *section = "";

    for (size_t i = 0; i < t->n; i++) {
        const struct conf_key *k = &t->keys[i];

        if (strcmp(section, k->section)) {
            sbuf_addf(out, "%s[%s]\n", i ? "\n" : "", k->section);
            section = k->section;
        }
        dump_key(k, config, section, origin, out);
    }
    for (size_t i = 0; i < t->n_kinds; i++)
        dump_kind(&t->kinds[i], config, origin, out);
}

/* Sets the value of 'key' in 'section', as a file writes it: with or without a name. */
static int assign(const struct conf_table *t, void *config, const char *section, const char *key,
                  const char *value, struct err **err)
{
    size_t word = strcspn(section, " \t");
    const struct conf_kind *kind = find_kind(t, section, word);

    if (kind) {
        CLEAN(free_str) char *name = quoted_name(section, word);
        return name ? assign_named(kind, config, name, key, value, err)
                    : err_set(err, "section [%s] must be of the form [%s \"NAME\"]", section,
                              kind->kind);
    }
    const struct conf_key *k = find(t->keys, t->n, section, key);
    if (k)
        return conf_value_set(k, section, config, value, err);
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->keys[i].section, section))
            return unknown_key(t->keys, t->n, section, section, key, err);
    return unknown_section(t, section, err);
}

static int assign_named(const struct conf_kind *kind, void *config, const char *name,
                        const char *key, const char *value, struct err **err)
{
    const struct conf_key *k = find(kind->keys, kind->n, kind->kind, key);
    CLEAN(free_str) char *label = xasprintf("%s \"%s\"", kind->kind, name);

    if (!k)
        return unknown_key(kind->keys, kind->n, kind->kind, label, key, err);
    return conf_value_set(k, label, touch_member(kind, list_of(kind, config), name), value, err);
}

static const struct conf_key *find(const struct conf_key *keys, size_t n, const char *section,
                                   const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(keys[i].section, section) && !strcmp(keys[i].key, key))
            return &keys[i];
    return NULL;
}

static const struct conf_kind *find_kind(const struct conf_table *t, const char *word, size_t len)
{
    for (size_t i = 0; i < t->n_kinds; i++)
        if (strlen(t->kinds[i].kind) == len && !strncmp(t->kinds[i].kind, word, len))
            return &t->kinds[i];
    return NULL;
}

/* The NAME of `kind "NAME"`, which the caller frees, or NULL. */
static char *quoted_name(const char *section, size_t kind_len)
{
    const char *s = section + kind_len + strspn(section + kind_len, " \t");
    size_t len = *s == '"' ? strcspn(s + 1, "\"") : 0;

    return len && !strcmp(s + 1 + len, "\"") ? xstrndup(s + 1, len) : NULL;
}

static struct conf_list *list_of(const struct conf_kind *kind, void *config)
{
    return (struct conf_list *)((char *)config + kind->offset);
}

static void *member(const struct conf_kind *kind, const struct conf_list *list, size_t i)
{
    return (char *)list->v + i * kind->size;
}

/* The struct of that name, added with its defaults where it is missing. */
static void *touch_member(const struct conf_kind *kind, struct conf_list *list, const char *name)
{
    void *known = find_member(kind, list, name);

    if (known)
        return known;
    list->v = xgrow(list->v, list->n, &list->cap, kind->size);
    void *m = member(kind, list, list->n++);
    memset(m, 0, kind->size);
    *(char **)m = xstrdup(name);
    set_defaults(kind->keys, kind->n, m);
    return m;
}

static void set_defaults(const struct conf_key *keys, size_t n, void *base)
{
    for (size_t i = 0; i < n; i++) {
        CLEAN(err) struct err *err = NULL;

        if (conf_value_set(&keys[i], keys[i].section, base, keys[i].def, &err)) {
            fprintf(stderr, "berth: bad default in the option table: %s\n", err_msg(err));
            abort();
        }
    }
}

static int unknown_key(const struct conf_key *keys, size_t n, const char *section,
                       const char *label, const char *key, struct err **err)
{
    CLEAN(sbuf) struct sbuf known = SBUF_INIT;

    for (size_t i = 0; i < n; i++)
        if (!strcmp(keys[i].section, section))
            sbuf_addf(&known, " %s", keys[i].key);
    return err_set(err, "unknown key '%s' in [%s]; it has:%s", key, label, sbuf_str(&known));
}

static int unknown_section(const struct conf_table *t, const char *section, struct err **err)
{
    CLEAN(sbuf) struct sbuf known = SBUF_INIT;
    const char *last = "";

    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(last, t->keys[i].section))
            sbuf_addf(&known, " [%s]", t->keys[i].section);
        last = t->keys[i].section;
    }
    for (size_t i = 0; i < t->n_kinds; i++)
        sbuf_addf(&known, " [%s \"NAME\"]", t->kinds[i].kind);
    return err_set(err, "unknown section [%s]; there are:%s", section, sbuf_str(&known));
}

/* inih's handler: 1 for success, 0 for a bad line. */
static int on_line(void *user, const char *section, const char *key, const char *value)
{
    struct loading *l = user;

    return !l->err && !assign(l->table, l->config, section, key, value, &l->err);
}

static int refuse_long_lines(const char *path, const char *text, struct err **err)
{
    unsigned line = 1;

    for (const char *p = text; *p; line++) {
        size_t len = strcspn(p, "\n");
        const char *head = p + strspn(p, " \t");

        if (len > LINE_MAX_BYTES)
            return err_set(err, "%s:%u: a line may have %d bytes, this one has %zu", path, line,
                           LINE_MAX_BYTES, len);
        if (*head == '[' && strcspn(head + 1, "]\n") > SECTION_MAX_BYTES)
            return err_set(err, "%s:%u: a section may have %d bytes within its brackets", path,
                           line, SECTION_MAX_BYTES);
        p += len + (p[len] == '\n');
    }
    return 0;
}

/* The options of the sections of 'a' that differ from those of 'b'; 'missing': only of the sections
 * that 'b' has not. */
static void diff_kind(const struct conf_kind *kind, const void *a, const void *b, bool missing,
                      struct strv *ret)
{
    const struct conf_list *mine = (const struct conf_list *)((const char *)a + kind->offset);
    const struct conf_list *others = (const struct conf_list *)((const char *)b + kind->offset);
    struct conf_list none = {0};

    for (size_t i = 0; i < mine->n; i++) {
        const void *m = member(kind, mine, i);
        const char *name = *(char *const *)m;
        const void *other = find_member(kind, others, name);

        if (other && missing)
            continue;
        if (!other)
            other = touch_member(kind, &none, name);
        for (size_t k = 0; k < kind->n; k++)
            if (!conf_value_equal(&kind->keys[k], m, other))
                strv_add_take(ret, xasprintf("%s.%s.%s", kind->kind, name, kind->keys[k].key));
    }
    list_done(kind, &none);
}

static void *find_member(const struct conf_kind *kind, const struct conf_list *list,
                         const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (!strcmp(*(char **)member(kind, list, i), name))
            return member(kind, list, i);
    return NULL;
}

static void list_done(const struct conf_kind *kind, struct conf_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(*(char **)member(kind, list, i));
        for (size_t j = 0; j < kind->n; j++)
            conf_value_done(&kind->keys[j], member(kind, list, i));
    }
    free(list->v);
    *list = (struct conf_list){0};
}

static void dump_kind(const struct conf_kind *kind, const void *config,
                      const struct conf_origin *origin, struct sbuf *out)
{
    const struct conf_list *list = (const struct conf_list *)((const char *)config + kind->offset);

    for (size_t i = 0; i < list->n; i++) {
        const void *m = member(kind, list, i);

        const char *name = *(char *const *)m;
        CLEAN(free_str) char *section = xasprintf("%s.%s", kind->kind, name);

        sbuf_addf(out, "\n[%s \"%s\"]\n", kind->kind, name);
        for (size_t k = 0; k < kind->n; k++)
            dump_key(&kind->keys[k], m, section, origin, out);
    }
    if (list->n)
        return;
    sbuf_addf(out, "\n#[%s \"NAME\"]\n", kind->kind);
    for (size_t k = 0; k < kind->n; k++) {
        const struct conf_key *key = &kind->keys[k];

        dump_help(key, out);
        sbuf_addf(out, "#%s = %s\n", key->key, key->def);
    }
}

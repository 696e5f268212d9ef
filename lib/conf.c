#include "lib/conf.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/file.h"
#include "lib/xmalloc.h"

#define FILE_MAX (256 * 1024)
/* inih cuts longer lines without a word. */
#define LINE_MAX_BYTES 199

struct loading {
    const struct conf_table *table;
    void *config;
    struct err *err; /* of the first bad line */
};

static const struct conf_key *find(const struct conf_table *t, const char *section,
                                   const char *key);
static int assign(const struct conf_key *k, void *config, const char *value, struct err **err);
static int unknown(const struct conf_table *t, const char *section, const char *key,
                   struct err **err);
static int on_line(void *user, const char *section, const char *key, const char *value);
static int refuse_long_lines(const char *path, const char *text, struct err **err);

void conf_defaults(const struct conf_table *t, void *config)
{
    for (size_t i = 0; i < t->n; i++) {
        CLEAN(err) struct err *err = NULL;

        if (assign(&t->keys[i], config, t->keys[i].def, &err)) {
            fprintf(stderr, "berth: bad default in the option table: %s\n", err_msg(err));
            abort();
        }
    }
}

void conf_done(const struct conf_table *t, void *config)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->keys[i].type == CONF_STRING) {
            char **s = (char **)((char *)config + t->keys[i].offset);
            free(*s);
            *s = NULL;
        }
}

int conf_load(const struct conf_table *t, void *config, const char *path, struct err **err)
{
    struct loading l = {.table = t, .config = config};
    CLEAN(free_str) char *text = file_read(path, FILE_MAX, NULL, err);

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
    CLEAN(free_str) char *section = xstrndup(assignment, (size_t)(dot - assignment));
    CLEAN(free_str) char *key = xstrndup(dot + 1, (size_t)(equals - dot - 1));
    const struct conf_key *k = find(t, section, key);

    if (!k)
        return unknown(t, section, key, err);
    return assign(k, config, equals + 1, err);
}

static void add_value(const struct conf_key *k, const void *config, struct sbuf *out)
{
    const void *at = (const char *)config + k->offset;

    switch (k->type) {
    case CONF_STRING:
        sbuf_adds(out, *(char *const *)at);
        break;
    case CONF_BOOL:
        sbuf_adds(out, *(const bool *)at ? "yes" : "no");
        break;
    case CONF_UINT:
        sbuf_addf(out, "%u", *(const unsigned *)at);
        break;
    case CONF_SECONDS:
        sbuf_addf(out, "%g", *(const double *)at);
        break;
    }
}

void conf_dump(const struct conf_table *t, const void *config, struct sbuf *out)
{
    const char *section = "";

    for (size_t i = 0; i < t->n; i++) {
        const struct conf_key *k = &t->keys[i];

        if (strcmp(section, k->section)) {
            sbuf_addf(out, "%s[%s]\n", i ? "\n" : "", k->section);
            section = k->section;
        }
        sbuf_addf(out, "# %s Default: %s\n%s = ", k->help, *k->def ? k->def : "(none)", k->key);
        add_value(k, config, out);
        sbuf_addch(out, '\n');
    }
}

static const struct conf_key *find(const struct conf_table *t, const char *section, const char *key)
{
    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->keys[i].section, section) && !strcmp(t->keys[i].key, key))
            return &t->keys[i];
    return NULL;
}

static int parse_bool(const char *value, bool *ret)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (!strcasecmp(value, yes[i]) || !strcasecmp(value, no[i])) {
            *ret = !strcasecmp(value, yes[i]);
            return 0;
        }
    }
    return -1;
}

static int assign_uint(const struct conf_key *k, unsigned *at, const char *value, struct err **err)
{
    char *end;

    errno = 0;
    unsigned long n = strtoul(value, &end, strncmp(value, "0x", 2) ? 10 : 16);
    if (errno || *end || end == value || *value == '-' || *value == '+' || n < k->min || n > k->max)
        return err_set(err, "[%s] %s = %s: it must be a whole number from %u to %u", k->section,
                       k->key, value, k->min, k->max);
    *at = (unsigned)n;
    return 0;
}

static int assign_seconds(const struct conf_key *k, double *at, const char *value, struct err **err)
{
    char *end;
    double n = strtod(value, &end);

    if (*end || end == value || !(n >= k->min && n <= k->max))
        return err_set(err, "[%s] %s = %s: it must be a number of seconds from %u to %u",
                       k->section, k->key, value, k->min, k->max);
    *at = n;
    return 0;
}

static int assign(const struct conf_key *k, void *config, const char *value, struct err **err)
{
    void *at = (char *)config + k->offset;

    if (k->check) {
        struct err *why = NULL;
        if (k->check(value, &why)) {
            err_set(err, "[%s] %s = %s: %s", k->section, k->key, value, err_msg(why));
            err_free(why);
            return -1;
        }
    }
    switch (k->type) {
    case CONF_STRING:
        free(*(char **)at);
        *(char **)at = xstrdup(value);
        return 0;
    case CONF_BOOL:
        if (parse_bool(value, at))
            return err_set(err, "[%s] %s = %s: it must be yes or no", k->section, k->key, value);
        return 0;
    case CONF_UINT:
        return assign_uint(k, at, value, err);
    case CONF_SECONDS:
        return assign_seconds(k, at, value, err);
    }
    return -1;
}

static int unknown(const struct conf_table *t, const char *section, const char *key,
                   struct err **err)
{
    struct sbuf known = SBUF_INIT;
    const char *last = "";

    for (size_t i = 0; i < t->n; i++)
        if (!strcmp(t->keys[i].section, section))
            sbuf_addf(&known, " %s", t->keys[i].key);
    if (known.len) {
        err_set(err, "unknown key '%s' in [%s]; it has:%s", key, section, sbuf_str(&known));
    } else {
        for (size_t i = 0; i < t->n; i++) {
            if (strcmp(last, t->keys[i].section))
                sbuf_addf(&known, " [%s]", t->keys[i].section);
            last = t->keys[i].section;
        }
        err_set(err, "unknown section [%s]; there are:%s", section, sbuf_str(&known));
    }
    sbuf_done(&known);
    return -1;
}

/* inih's handler: 1 for success, 0 for a bad line. */
static int on_line(void *user, const char *section, const char *key, const char *value)
{
    struct loading *l = user;
    const struct conf_key *k = find(l->table, section, key);

    if (l->err)
        return 0;
    if (!k)
        return unknown(l->table, section, key, &l->err) == 0;
    return assign(k, l->config, value, &l->err) == 0;
}

static int refuse_long_lines(const char *path, const char *text, struct err **err)
{
    unsigned line = 1;

    for (const char *p = text; *p; line++) {
        size_t len = strcspn(p, "\n");

        if (len > LINE_MAX_BYTES)
            return err_set(err, "%s:%u: a line may have %d bytes, this one has %zu", path, line,
                           LINE_MAX_BYTES, len);
        p += len + (p[len] == '\n');
    }
    return 0;
}

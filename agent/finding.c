#include "agent/finding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define SYSCTL_ROOT "proc/sys/"
#define SYSCTL "sysctl -w "
#define PLAIN                                                                                      \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,=@%+" /* as it is */

static struct finding *add(struct findings *l, enum finding_level level, const char *why,
                           char *found);
static char *cut(char *text);
static char *sysctl_name(const char *path);

void findings_done(struct findings *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct finding *f = &l->v[i];

        free(f->found);
        free(f->remedy);
        for (size_t k = 0; k < f->n_fixes; k++) {
            free(f->fixes[k].path);
            free(f->fixes[k].value);
        }
        free(f->fixes);
    }
    free(l->v);
    *l = (struct findings){0};
}

struct finding *findings_add(struct findings *l, enum finding_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    struct finding *f = add(l, level, NULL, xvasprintf(format, args));
    va_end(args);
    return f;
}

struct finding *findings_add_why(struct findings *l, enum finding_level level, const char *why,
                                 const char *format, ...)
{
    va_list args;

    va_start(args, format);
    struct finding *f = add(l, level, why, xvasprintf(format, args));
    va_end(args);
    return f;
}

void finding_remedy(struct finding *f, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *more = xvasprintf(format, args);
    va_end(args);
    char *all = xasprintf("%s%s", f->remedy ? f->remedy : "", more);
    free(f->remedy);
    f->remedy = cut(all);
}

void finding_sysctl(struct finding *f, bool safe, const char *path, const char *value)
{
    CLEAN(free_str) char *assignment = xasprintf("%s=%s", path + strlen(SYSCTL_ROOT), value);
    CLEAN(free_str) char *name = sysctl_name(assignment);
    CLEAN(free_str) char *word = finding_shell_word(name);

    finding_remedy(f, "%s%s", f->remedy ? " " : SYSCTL, word);
    if (safe)
        finding_add_fix(f, path, value);
}

void finding_add_fix(struct finding *f, const char *path, const char *value)
{
    f->fixes = xreallocarray(f->fixes, f->n_fixes + 1, sizeof *f->fixes);
    f->fixes[f->n_fixes++] = (struct finding_fix){xstrdup(path), xstrdup(value)};
}

enum finding_level findings_worst(const struct findings *l)
{
    enum finding_level worst = FINDING_OK;

    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].level > worst)
            worst = l->v[i].level;
    return worst;
}

const char *finding_level_name(enum finding_level level)
{
    switch (level) {
    case FINDING_OK:
        return "ok";
    case FINDING_INFO:
        return "info";
    case FINDING_UNKNOWN:
        return "unknown";
    case FINDING_WARN:
        return "warn";
    case FINDING_FAIL:
        return "fail";
    }
    return "?";
}

char *finding_shell_word(const char *word)
{
    struct sbuf b = SBUF_INIT;

    if (*word && !word[strspn(word, PLAIN)])
        return xstrdup(word);
    sbuf_addch(&b, '\'');
    for (; *word; word++)
        if (*word == '\'')
            sbuf_adds(&b, "'\\''");
        else
            sbuf_addch(&b, *word);
    sbuf_addch(&b, '\'');
    return sbuf_take(&b);
}

/* Beyond the limit findings go into the last one's place, the worst kept. */
static struct finding *add(struct findings *l, enum finding_level level, const char *why,
                           char *found)
{
    if (l->n == FINDINGS_MAX) {
        struct finding *last = &l->v[l->n - 1];

        l->left_out++;
        if (level > last->level)
            last->level = level;
        free(found);
        return last;
    }
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    struct finding *f = &l->v[l->n++];
    *f = (struct finding){.check = l->check, .level = level, .found = cut(found), .why = why};
    return f;
}

/* In place. */
static char *cut(char *text)
{
    static const char dots[] = " ...";

    if (strlen(text) > FINDING_TEXT_MAX)
        memcpy(text + FINDING_TEXT_MAX - sizeof dots, dots, sizeof dots);
    return text;
}

/* sysctl takes slashes, too: they stay where a part has a dot, as eth0.10 does. */
static char *sysctl_name(const char *path)
{
    char *name = xstrdup(path);

    if (!strchr(name, '.'))
        for (char *p = name; *p && *p != '='; p++)
            if (*p == '/')
                *p = '.';
    return name;
}

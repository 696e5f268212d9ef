#include "lib/goflag.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/strv.h"

static const struct goflag *find(const struct goflag *flags, size_t n, const char *name,
                                 size_t len);
static int assign(const struct goflag *f, const char *value, struct err **err);
static int assign_bool(const struct goflag *f, const char *value, struct err **err);
static int assign_int(const struct goflag *f, const char *value, struct err **err);

int goflag_parse(const struct goflag *flags, size_t n, int argc, char **argv, int *ret_first,
                 struct err **err)
{
    int at = 1;

    for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
        const char *name = argv[at] + 1 + (argv[at][1] == '-');
        size_t len = strcspn(name, "=");
        const char *value = name[len] ? name + len + 1 : NULL;

        if (!*name) { /* "--" */
            at++;
            break;
        }
        if (*name == '-' || *name == '=')
            return err_set(err, "bad flag syntax: %s", argv[at]);
        const struct goflag *f = find(flags, n, name, len);
        if (!f && ((len == 4 && !strncmp(name, "help", 4)) || (len == 1 && *name == 'h')))
            return 1;
        if (!f)
            return err_set(err, "flag provided but not defined: -%.*s", (int)len, name);
        if (!value && f->type == GOFLAG_BOOL)
            value = "true";
        else if (!value && at + 1 < argc)
            value = argv[++at];
        if (!value)
            return err_set(err, "flag needs an argument: -%s", f->name);
        if (assign(f, value, err))
            return -1;
    }
    *ret_first = at;
    return 0;
}

void goflag_hide(const char *name, int first, char **argv)
{
    size_t len = strlen(name);

    for (int at = 1; at < first; at++) {
        char *flag = argv[at] + strspn(argv[at], "-");

        if (flag == argv[at] || strncmp(flag, name, len) != 0)
            continue;
        if (flag[len] == '=')
            memset(flag + len + 1, 'x', strlen(flag + len + 1));
        else if (!flag[len] && at + 1 < first)
            memset(argv[at + 1], 'x', strlen(argv[at + 1]));
    }
}

void goflag_usage(const struct goflag *flags, size_t n, struct sbuf *out)
{
    static const char *const types[] = {"", " int", " string", " string"};

    for (size_t i = 0; i < n; i++)
        sbuf_addf(out, "  -%s%s\n    \t%s\n", flags[i].name, types[flags[i].type], flags[i].help);
}

static const struct goflag *find(const struct goflag *flags, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(flags[i].name) == len && !strncmp(flags[i].name, name, len))
            return &flags[i];
    return NULL;
}

static int assign(const struct goflag *f, const char *value, struct err **err)
{
    switch (f->type) {
    case GOFLAG_BOOL:
        return assign_bool(f, value, err);
    case GOFLAG_INT:
        return assign_int(f, value, err);
    case GOFLAG_STRING:
        *(const char **)f->value = value;
        return 0;
    case GOFLAG_LIST:
        strv_add(f->value, value);
        return 0;
    }
    return -1;
}

static int assign_bool(const struct goflag *f, const char *value, struct err **err)
{
    static const char *const words[] = {"0",     "1",    "f",     "t",    "F",     "T",
                                        "false", "true", "False", "True", "FALSE", "TRUE"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(value, words[i])) {
            *(bool *)f->value = i % 2;
            return 0;
        }
    return err_set(err, "invalid boolean value \"%s\" for -%s: parse error", value, f->name);
}

static int assign_int(const struct goflag *f, const char *value, struct err **err)
{
    char *end;

    errno = 0;
    long n = strtol(value, &end, 0);
    if (errno == ERANGE)
        return err_set(err, "invalid value \"%s\" for flag -%s: value out of range", value,
                       f->name);
    if (*end || end == value || *value == ' ')
        return err_set(err, "invalid value \"%s\" for flag -%s: parse error", value, f->name);
    *(long *)f->value = n;
    return 0;
}

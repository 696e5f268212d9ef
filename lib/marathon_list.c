#include "lib/marathon_list.h"

#include <stdbool.h>
#include <string.h>

#include "lib/json.h"
#include "lib/marathon_app.h"

#define KEY "apps"

struct reader {
    const char *text;
    size_t len, at;
    size_t n; /* elements so far */
    void (*each)(void *arg, const json_t *app);
    void *arg;
};

static int read_member(struct reader *r, bool *found, struct err **err);
static int read_elements(struct reader *r, struct err **err);
static json_t *read_value(struct reader *r, struct err **err);
static bool is_key(const json_t *name);
static bool take(struct reader *r, char c);
static void skip_blanks(struct reader *r);
static int expected(const struct reader *r, const char *what, struct err **err);

int marathon_list_each(const char *text, size_t len, void (*each)(void *arg, const json_t *app),
                       void *arg, struct err **err)
{
    struct reader r = {.text = text, .len = len, .each = each, .arg = arg};
    bool found = false;

    if (!take(&r, '{'))
        return expected(&r, "an object", err);
    if (!take(&r, '}')) {
        do {
            if (read_member(&r, &found, err))
                return -1;
        } while (take(&r, ','));
        if (!take(&r, '}'))
            return expected(&r, "',' or '}'", err);
    }
    skip_blanks(&r);
    if (r.at < r.len)
        return expected(&r, "the end", err);
    return found ? 0 : err_set(err, "Marathon's answer has no array \"" KEY "\"");
}

static int read_member(struct reader *r, bool *found, struct err **err)
{
    CLEAN(json) json_t *name = read_value(r, err);

    if (!name)
        return -1;
    if (!json_is_string(name) || !take(r, ':'))
        return expected(r, "a name and ':'", err);
    if (is_key(name) && take(r, '[')) {
        *found = true;
        return read_elements(r, err);
    }
    CLEAN(json) json_t *other = read_value(r, err);
    return other ? 0 : -1;
}

static int read_elements(struct reader *r, struct err **err)
{
    if (take(r, ']'))
        return 0;
    do {
        CLEAN(json) json_t *app = read_value(r, err);

        if (!app)
            return -1;
        if (++r->n > MARATHON_APPS_MAX)
            return err_set(err, "Marathon's answer has more than %d apps", MARATHON_APPS_MAX);
        r->each(r->arg, app);
    } while (take(r, ','));
    return take(r, ']') ? 0 : expected(r, "',' or ']'", err);
}

/* A NUL in one string is taken, so that it costs that string alone; json_str() leaves it out. */
static json_t *read_value(struct reader *r, struct err **err)
{
    json_error_t where;
    json_t *value = json_loadb(r->text + r->at, r->len - r->at,
                               JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &where);

    if (value)
        r->at += (size_t)where.position;
    else
        err_set(err, "Marathon's answer is no JSON at byte %zu: %s", r->at + (size_t)where.position,
                where.text);
    return value;
}

static bool is_key(const json_t *name)
{
    return json_string_length(name) == strlen(KEY) && !strcmp(json_string_value(name), KEY);
}

/* Takes 'c' where it comes next, behind any blanks. */
static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (r->at == r->len || r->text[r->at] != c)
        return false;
    r->at++;
    return true;
}

static void skip_blanks(struct reader *r)
{
    static const char blanks[] = {' ', '\t', '\r', '\n'};

    while (r->at < r->len && memchr(blanks, r->text[r->at], sizeof blanks))
        r->at++;
}

static int expected(const struct reader *r, const char *what, struct err **err)
{
    return err_set(err, "Marathon's answer is no JSON at byte %zu: %s is expected", r->at, what);
}

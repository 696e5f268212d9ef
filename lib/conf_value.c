#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

static int parse_bool(const char *text, bool *ret);
static int parse_uint(const struct conf_key *k, const char *text, unsigned *ret);
static int parse_seconds(const struct conf_key *k, const char *text, double *ret);

int conf_value_set(const struct conf_key *k, const char *section, void *base, const char *text,
                   struct err **err)
{
    void *at = (char *)base + k->offset;
    CLEAN(err) struct err *why = NULL;

    if (k->check && k->check(text, &why))
        return err_set(err, "[%s] %s = %s: %s", section, k->key, text, err_msg(why));
    switch (k->type) {
    case CONF_STRING:
        free(*(char **)at);
        *(char **)at = xstrdup(text);
        return 0;
    case CONF_BOOL:
        if (parse_bool(text, at))
            return err_set(err, "[%s] %s = %s: it must be yes or no", section, k->key, text);
        return 0;
    case CONF_UINT:
        if (parse_uint(k, text, at))
            return err_set(err, "[%s] %s = %s: it must be a whole number from %u to %u", section,
                           k->key, text, k->min, k->max);
        return 0;
    case CONF_SECONDS:
        if (parse_seconds(k, text, at))
            return err_set(err, "[%s] %s = %s: it must be a number of seconds from %u to %u",
                           section, k->key, text, k->min, k->max);
        return 0;
    }
    return -1;
}

void conf_value_add(const struct conf_key *k, const void *base, struct sbuf *out)
{
    const void *at = (const char *)base + k->offset;

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

bool conf_value_equal(const struct conf_key *k, const void *a, const void *b)
{
    const void *x = (const char *)a + k->offset, *y = (const char *)b + k->offset;

    switch (k->type) {
    case CONF_STRING:
        return !strcmp(*(char *const *)x, *(char *const *)y);
    case CONF_BOOL:
        return *(const bool *)x == *(const bool *)y;
    case CONF_UINT:
        return *(const unsigned *)x == *(const unsigned *)y;
    case CONF_SECONDS:
        return *(const double *)x == *(const double *)y;
    }
    return true;
}

void conf_value_copy(const struct conf_key *k, void *dst, const void *src)
{
    void *to = (char *)dst + k->offset;
    const void *from = (const char *)src + k->offset;

    switch (k->type) {
    case CONF_STRING: {
        char *text = xstrdup(*(char *const *)from);

        free(*(char **)to);
        *(char **)to = text;
        break;
    }
    case CONF_BOOL:
        *(bool *)to = *(const bool *)from;
        break;
    case CONF_UINT:
        *(unsigned *)to = *(const unsigned *)from;
        break;
    case CONF_SECONDS:
        *(double *)to = *(const double *)from;
        break;
    }
}

void conf_value_done(const struct conf_key *k, void *base)
{
    if (k->type != CONF_STRING)
        return;
    char **s = (char **)((char *)base + k->offset);
    free(*s);
    *s = NULL;
}

static int parse_bool(const char *text, bool *ret)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (!strcasecmp(text, yes[i]) || !strcasecmp(text, no[i])) {
            *ret = !strcasecmp(text, yes[i]);
            return 0;
        }
    }
    return -1;
}

static int parse_uint(const struct conf_key *k, const char *text, unsigned *ret)
{
    char *end;

    errno = 0;
    unsigned long n = strtoul(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
    if (errno || *end || end == text || *text == '-' || *text == '+' || n < k->min || n > k->max)
        return -1;
    *ret = (unsigned)n;
    return 0;
}

static int parse_seconds(const struct conf_key *k, const char *text, double *ret)
{
    char *end;
    double n = strtod(text, &end);

    if (*end || end == text || !(n >= k->min && n <= k->max))
        return -1;
    *ret = n;
    return 0;
}

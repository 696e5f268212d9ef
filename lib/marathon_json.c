#include "lib/marathon_json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/xmalloc.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static int read_integer(const json_t *object, const char *key, json_int_t max, json_int_t *ret,
                        struct err **err);
static bool is_text(const char *s);

bool marathon_id_ok(const char *id)
{
    size_t len = strlen(id);

    return len > 1 && len <= MARATHON_TEXT_MAX && *id == '/' && id[len - 1] != '/' &&
           !strstr(id, "//") && !strstr(id, "/./") && !strstr(id, "/../") &&
           strcmp(strrchr(id, '/'), "/.") != 0 && strcmp(strrchr(id, '/'), "/..") != 0 &&
           strspn(id, LETTERS "/._-") == len;
}

bool marathon_host_ok(const char *host)
{
    size_t len = strlen(host);

    return len && len < 256 && strspn(host, LETTERS "._-:") == len;
}

int marathon_read_text(const json_t *object, const char *key, char **ret, struct err **err)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_str(object, key);

    if (!value || json_is_null(value))
        return 0;
    if (!text || !is_text(text))
        return err_set(err, "\"%s\" is no text of at most %d printable bytes", key,
                       MARATHON_TEXT_MAX);
    free(*ret);
    *ret = xstrdup(text);
    return 0;
}

int marathon_read_port(const json_t *object, const char *key, uint16_t *ret, struct err **err)
{
    json_int_t value = *ret;

    if (read_integer(object, key, UINT16_MAX, &value, err))
        return -1;
    *ret = (uint16_t)value;
    return 0;
}

int marathon_read_number(const json_t *object, const char *key, unsigned *ret, struct err **err)
{
    json_int_t value = *ret;

    if (read_integer(object, key, MARATHON_NUMBER_MAX, &value, err))
        return -1;
    *ret = (unsigned)value;
    return 0;
}

int marathon_read_pairs(const json_t *object, const char *key, struct kvs *ret, struct err **err)
{
    json_t *pairs = json_obj(object, key);
    const char *name;
    json_t *value;

    if (json_object_size(pairs) > MARATHON_PAIRS_MAX)
        return err_set(err, "\"%s\" has more than %d members", key, MARATHON_PAIRS_MAX);
    json_object_foreach(pairs, name, value) {
        const char *text = json_str(pairs, name);

        if (strlen(name) > MARATHON_KEY_MAX || json_string_length(value) > MARATHON_VALUE_MAX)
            return err_set(err, "a member of \"%s\" is longer than %d bytes", key,
                           MARATHON_VALUE_MAX);
        if (text)
            kvs_add(ret, name, text);
    }
    kvs_sort(ret);
    return 0;
}

double marathon_time(const char *text)
{
    struct tm tm = {0};
    double seconds;

    if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%lf", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                        &tm.tm_hour, &tm.tm_min, &seconds) != 6)
        return 0;
    if (tm.tm_year < 1970 || tm.tm_mon < 1 || !(seconds >= 0 && seconds < 61))
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return (double)timegm(&tm) + seconds;
}

static int read_integer(const json_t *object, const char *key, json_int_t max, json_int_t *ret,
                        struct err **err)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
        return err_set(err, "\"%s\" is no number from 0 to %lld", key, (long long)max);
    *ret = json_integer_value(value);
    return 0;
}

static bool is_text(const char *s)
{
    size_t len = 0;

    for (; s[len]; len++)
        if ((unsigned char)s[len] < 0x20 || s[len] == 0x7f)
            return false;
    return len <= MARATHON_TEXT_MAX;
}

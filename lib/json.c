#include "lib/json.h"

#include <string.h>

#include "lib/xmalloc.h"

json_t *json_parse(const char *text, size_t len, struct err **err)
{
    json_error_t where;
    json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);

    if (!j)
        err_set(err, "invalid JSON at line %d, column %d: %s", where.line, where.column,
                where.text);
    return j;
}

const char *json_str(const json_t *object, const char *key)
{
    const json_t *s = json_object_get(object, key);

    if (!json_is_string(s) || strlen(json_string_value(s)) != json_string_length(s))
        return NULL;
    return json_string_value(s);
}

json_t *json_obj(const json_t *object, const char *key)
{
    json_t *o = json_object_get(object, key);

    return json_is_object(o) ? o : NULL;
}

json_t *json_arr(const json_t *object, const char *key)
{
    json_t *a = json_object_get(object, key);

    return json_is_array(a) ? a : NULL;
}

void json_set_str(json_t *object, const char *key, const char *value)
{
    if (!value) {
        json_object_set_new(object, key, json_null());
        return;
    }
    json_t *s = json_string(value);
    if (!s) {
        CLEAN(free_str) char *ascii = xstrdup(value);
        for (char *p = ascii; *p; p++)
            if ((unsigned char)*p >= 0x80)
                *p = '?';
        s = json_string(ascii);
    }
    json_object_set_new(object, key, s);
}

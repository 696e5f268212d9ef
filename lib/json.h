/* Reading foreign JSON with jansson: a missing or wrongly typed member is NULL, never a crash. */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "lib/err.h"

/* Parses 'len' bytes. The caller drops the result with json_decref(). */
json_t *json_parse(const char *text, size_t len, struct err **err);

/* The string at object member 'key', or NULL. Strings with a NUL byte inside count as absent.
 * Owned by 'object'. */
const char *json_str(const json_t *object, const char *key);

/* The member 'key' if it is an object (an array), or NULL. Borrowed. */
json_t *json_obj(const json_t *object, const char *key);
json_t *json_arr(const json_t *object, const char *key);

/* json_object_set_new() with a string value; NULL sets null. A value that is no UTF-8 is set with
 * its foreign bytes replaced by '?'. */
void json_set_str(json_t *object, const char *key, const char *value);

static inline void clean_json(json_t **j)
{
    json_decref(*j);
}

#endif

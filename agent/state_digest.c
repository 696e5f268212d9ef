#include "agent/state_digest.h"

#include <string.h>

/* FNV-1a of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/ */
#define BASIS 14695981039346656037ULL
#define PRIME 1099511628211ULL

static void add(uint64_t *h, const void *data, size_t len);
static void add_value(uint64_t *h, json_t *value);
static void add_object(uint64_t *h, json_t *object);

uint64_t state_digest(json_t *doc)
{
    uint64_t h = BASIS;

    add_value(&h, doc);
    return h;
}

static void add(uint64_t *h, const void *data, size_t len)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < len; i++)
        *h = (*h ^ p[i]) * PRIME;
}

/* The type in front and the NUL behind a string keep neighbours apart. */
static void add_value(uint64_t *h, json_t *value)
{
    char type = (char)json_typeof(value);
    json_int_t number = json_integer_value(value);

    add(h, &type, 1);
    if (json_is_object(value))
        add_object(h, value);
    else if (json_is_string(value))
        add(h, json_string_value(value), json_string_length(value) + 1);
    else if (json_is_integer(value))
        add(h, &number, sizeof number);
    for (size_t i = 0; i < json_array_size(value); i++)
        add_value(h, json_array_get(value, i));
}

static void add_object(uint64_t *h, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        if (!strcmp(key, "passes") || !strcmp(key, "errors"))
            continue;
        add(h, key, strlen(key) + 1);
        add_value(h, value);
    }
}

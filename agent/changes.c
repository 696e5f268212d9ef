#include "agent/changes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/json.h"

json_t *changes_json(const struct log_ring *ring, uint64_t since)
{
    json_t *doc = json_object(), *list = json_array();
    const struct log_ring_fact *f = log_ring_after(ring, since);

    for (; f; f = log_ring_after(ring, f->n))
        json_array_append_new(list, changes_fact_json(f));
    json_object_set_new(doc, "next", json_integer((json_int_t)log_ring_newest(ring)));
    json_object_set_new(doc, "changes", list);
    return doc;
}

json_t *changes_fact_json(const struct log_ring_fact *f)
{
    json_t *doc = json_object(), *fields = json_object();

    for (size_t i = 0; i < f->fields.n; i++)
        json_set_str(fields, f->fields.v[i].key, f->fields.v[i].value);
    json_object_set_new(doc, "n", json_integer((json_int_t)f->n));
    json_object_set_new(doc, "time", json_real(f->time));
    json_set_str(doc, "level", f->level);
    json_set_str(doc, "area", f->area);
    json_set_str(doc, "text", f->text);
    json_object_set_new(doc, "fields", fields);
    return doc;
}

int changes_parse_since(const char *text, uint64_t *ret)
{
    char *end;

    if (!text) {
        *ret = 0;
        return 0;
    }
    if (!isdigit((unsigned char)*text))
        return -1;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end || errno)
        return -1;
    *ret = value;
    return 0;
}

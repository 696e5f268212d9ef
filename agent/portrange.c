#include "agent/portrange.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define PORT_MAX 65535

static const char *parse_one(const char *text, struct portrange *ret);
static bool parse_json(struct portranges *l, const char *text);
static void add_json_range(struct portranges *l, const json_t *range);
static void sort_and_merge(struct portranges *l);

void portranges_done(struct portranges *l)
{
    free(l->v);
    *l = (struct portranges){0};
}

void portranges_add(struct portranges *l, unsigned first, unsigned last)
{
    if (first > last || last > PORT_MAX || l->n >= PORTRANGES_MAX)
        return;
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct portrange){first, last};
}

void portranges_parse(struct portranges *l, const char *text)
{
    struct portrange r;

    while (text) {
        text += strspn(text, " \t,[");
        text = parse_one(text, &r);
        if (text)
            portranges_add(l, r.first, r.last);
    }
}

bool portranges_parse_mesos(struct portranges *l, const char *text)
{
    text += strspn(text, " \t\r\n");
    if (*text == '[' || *text == '{')
        return parse_json(l, text);
    for (const char *item = text; item; item = strchr(item, ';')) {
        item += strspn(item, "; \t");
        if (strncmp(item, "ports", 5) || (item[5] != ':' && item[5] != '('))
            continue;
        const char *list = strchr(item, ':');
        if (list)
            portranges_parse(l, list + 1);
        return list != NULL;
    }
    return false;
}

bool portranges_contain(const struct portranges *l, struct portrange r)
{
    /* Each step goes on behind a range that has the next port. */
    for (bool moved = true; moved && r.first <= r.last;) {
        moved = false;
        for (size_t i = 0; i < l->n; i++)
            if (l->v[i].first <= r.first && l->v[i].last >= r.first) {
                r.first = l->v[i].last + 1;
                moved = true;
            }
    }
    return r.first > r.last;
}

const struct portrange *portranges_overlap(const struct portranges *l, struct portrange r)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].first <= r.last && l->v[i].last >= r.first)
            return &l->v[i];
    return NULL;
}

char *portranges_format(struct portranges *l)
{
    struct sbuf b = SBUF_INIT;

    sort_and_merge(l);
    for (size_t i = 0; i < l->n; i++) {
        sbuf_addf(&b, "%s%u", i ? "," : "", l->v[i].first);
        if (l->v[i].last != l->v[i].first)
            sbuf_addf(&b, "-%u", l->v[i].last);
    }
    return sbuf_take(&b);
}

/* Returns what follows the range, or NULL where there is none. */
static const char *parse_one(const char *text, struct portrange *ret)
{
    char *end;

    if (*text < '0' || *text > '9')
        return NULL;
    unsigned long first = strtoul(text, &end, 10), last = first;
    if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
        last = strtoul(end + 1, &end, 10);
    *ret = (struct portrange){first > PORT_MAX ? PORT_MAX + 1 : (unsigned)first,
                              last > PORT_MAX ? PORT_MAX + 1 : (unsigned)last};
    return end;
}

/* [{"name": "ports", "ranges": {"range": [{"begin": 31000, "end": 32000}]}}], or that array as a
 * member "resources". */
static bool parse_json(struct portranges *l, const char *text)
{
    CLEAN(json) json_t *doc = json_parse(text, strlen(text), NULL);
    const json_t *list = json_is_object(doc) ? json_arr(doc, "resources") : doc;
    const json_t *item, *range;
    size_t i, k;
    bool found = false;

    json_array_foreach(list, i, item) {
        const char *name = json_str(item, "name");
        if (!name || strcmp(name, "ports"))
            continue;
        found = true;
        json_array_foreach(json_arr(json_obj(item, "ranges"), "range"), k, range)
            add_json_range(l, range);
    }
    return found;
}

static void add_json_range(struct portranges *l, const json_t *range)
{
    const json_t *begin = json_object_get(range, "begin"), *end = json_object_get(range, "end");
    json_int_t first = json_integer_value(begin), last = json_integer_value(end);

    if (json_is_integer(begin) && json_is_integer(end) && first >= 0 && first <= last &&
        last <= PORT_MAX)
        portranges_add(l, (unsigned)first, (unsigned)last);
}

static int compare(const void *a, const void *b)
{
    const struct portrange *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

static void sort_and_merge(struct portranges *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
    for (size_t i = 0; i < l->n; i++) {
        if (!kept || l->v[i].first > l->v[kept - 1].last + 1)
            l->v[kept++] = l->v[i];
        else if (l->v[i].last > l->v[kept - 1].last)
            l->v[kept - 1].last = l->v[i].last;
    }
    l->n = kept;
}

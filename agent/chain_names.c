#include "agent/chain_names.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "agent/chain.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static bool is_of(const char *name, const char *zone, const json_t *backend);
static char *records_of(const json_t *name);

void chain_add_names(json_t *part, const json_t *doc, const json_t *backend)
{
    const json_t *dns = json_obj(doc, "dns"), *item;
    const char *zone = json_str(dns, "zone");
    size_t i;

    json_array_foreach(json_arr(dns, "names"), i, item) {
        const char *name = json_str(item, "name"), *state = json_str(item, "state");
        CLEAN(free_str) char *records = records_of(item);

        if (name && zone && is_of(name, zone, backend))
            chain_step(part, "dns", "%s: %s (%s)", name, records, state ? state : "?");
    }
}

static bool is_of(const char *name, const char *zone, const json_t *backend)
{
    const char *service = json_str(backend, "service");
    CLEAN(free_str) char *host = xasprintf("%s.%s", service ? service : "", zone);
    CLEAN(free_str) char *port = xasprintf("_%s._tcp.%s", service ? service : "", zone);
    const json_t *item;
    size_t i;

    json_array_foreach(json_arr(backend, "vhosts"), i, item)
        if (json_is_string(item) && !strcasecmp(json_string_value(item), name))
            return true;
    return !strcasecmp(name, host) || !strcasecmp(name, port);
}

/* Without time to live and class. */
static char *records_of(const json_t *name)
{
    struct sbuf out = SBUF_INIT;
    const json_t *item;
    size_t i;

    sbuf_adds(&out, "");
    json_array_foreach(json_arr(name, "records"), i, item) {
        const char *record = json_string_value(item);
        const char *class = record ? strstr(record, " IN ") : NULL;

        sbuf_addf(&out, "%s%s", i ? ", " : "", class ? class + 4 : "?");
    }
    return sbuf_take(&out);
}

#include "registrator/dubbo_want.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "registrator/meta.h"
#include "registrator/metadata.h"
#include "registrator/reachable.h"
#include "registrator/vmnode.h"

#define PORTS_MAX 1024 /* of one container */

static void want_port(const struct registrator_config *config, const struct endpoint *v, size_t n,
                      struct dubbo_nodes *ret, struct dubbo_locals *locals,
                      struct problems *problems);
static void want_machine(const struct instance *i, struct dubbo_nodes *ret);
static bool is_own(const char *key);
static int set_word(struct dubbo_said *said, const char *key, const char *value, struct err **err);
static void add_local(const struct endpoint *e, const struct reachable *way,
                      struct dubbo_locals *locals);

bool dubbo_serves(const struct endpoint *e)
{
    return !e->draining && !e->paused && (e->health == HEALTH_NONE || e->health == HEALTH_HEALTHY);
}

void dubbo_want_endpoints(const struct registrator_config *config, const struct endpoint *v,
                          size_t n, struct dubbo_nodes *ret, struct dubbo_locals *locals,
                          struct problems *problems)
{
    for (size_t i = 0; i < n;) {
        size_t end = i + metadata_same_container(v + i, n - i);
        CLEAN(free_str) char *subject = endpoint_subject(v + i);

        dubbo_want_check(v + i, end - i, subject, problems);
        while (i < end) {
            size_t len = 1;

            while (i + len < end && !endpoint_cmp(&v[i + len], &v[i]))
                len++;
            if (v[i].protocol == IPPROTO_TCP)
                want_port(config, v + i, len, ret, locals, problems);
            i += len;
        }
    }
}

void dubbo_want_machines(const struct instances *machines, struct dubbo_nodes *ret)
{
    for (size_t i = 0; i < machines->n; i++)
        if (kvs_get(&machines->v[i].meta, META_DUBBO) && instance_takes_traffic(&machines->v[i]))
            want_machine(&machines->v[i], ret);
}

int dubbo_want_key(struct kvs *meta, const char *key, const char *value, struct err **err)
{
    struct dubbo_said said = {0};
    CLEAN(free_str) char *name = xstrdup(key);
    char *dash = strchr(name, '_');
    const char *before;

    if (dash)
        *dash = '-';
    int status = set_word(&said, name, value, err);
    dubbo_said_done(&said);
    before = dash ? NULL : kvs_get(meta, name);
    CLEAN(free_str)
    char *all = before ? xasprintf("%s,%s", before, value) : xstrdup(value);
    if (!status && strlen(all) > META_VALUE_MAX)
        status = err_set(err, "it may have %d bytes in all", META_VALUE_MAX);
    if (!status)
        kvs_set(meta, name, all);
    return status;
}

bool dubbo_want_read(const struct instance *machine, struct dubbo_said *ret)
{
    const struct kvs *meta = &machine->meta;

    for (size_t k = 0; k < meta->n; k++)
        if (is_own(meta->v[k].key) && set_word(ret, meta->v[k].key, meta->v[k].value, NULL))
            return false;
    if (!ret->application)
        ret->application = xstrdup(machine->service);
    return ret->n;
}

void dubbo_want_check(const struct endpoint *v, size_t n, const char *subject,
                      struct problems *problems)
{
    uint16_t ports[PORTS_MAX];
    size_t found = 0;

    for (size_t i = 0; i < n && found < PORTS_MAX; i++)
        if (v[i].protocol == IPPROTO_TCP)
            ports[found++] = v[i].container_port;
    dubbo_said_check(v->env, v->labels, ports, found, subject, problems);
}

/* 'v' are the 'n' bindings of one TCP port. */
static void want_port(const struct registrator_config *config, const struct endpoint *v, size_t n,
                      struct dubbo_nodes *ret, struct dubbo_locals *locals,
                      struct problems *problems)
{
    CLEAN(free_str) char *subject = endpoint_subject(v);
    struct reachable *ways = xcalloc(n, sizeof *ways);
    size_t n_ways = reachable_from_endpoints(config, v, n, ways);
    struct dubbo_said said = {0};
    char host[IPADDR_STRLEN];

    add_local(v, n_ways ? ways : NULL, locals);
    dubbo_said_read(v->env, v->labels, v->container_port, subject, &said, problems);
    if (n_ways && said.n && dubbo_serves(v)) {
        struct dubbo_place place = {.host = ipaddr_format(&ways->address, host),
                                    .port = ways->port,
                                    .started = v->started,
                                    .mark = DUBBO_MARK_NODE,
                                    .mark_value = config->node,
                                    .trace = v->trace};

        if (!said.application)
            said.application = xstrdup(*v->container_name ? v->container_name : "berth");
        dubbo_nodes_add_said(ret, &place, &said);
    }
    dubbo_said_done(&said);
    free(ways);
}

static void want_machine(const struct instance *i, struct dubbo_nodes *ret)
{
    struct dubbo_said said = {0};
    const char *file = kvs_get(&i->meta, META_FILE);
    struct dubbo_place place = {.host = i->address,
                                .port = i->port,
                                .mark = DUBBO_MARK_FILE,
                                .mark_value = file ? file : ""};

    if (dubbo_want_read(i, &said))
        dubbo_nodes_add_said(ret, &place, &said);
    dubbo_said_done(&said);
}

static bool is_own(const char *key)
{
    return !strcmp(key, META_DUBBO) || !strncmp(key, META_DUBBO "-", strlen(META_DUBBO "-"));
}

/* 'key' is "dubbo" or "dubbo-<word>". */
static int set_word(struct dubbo_said *said, const char *key, const char *value, struct err **err)
{
    const char *word = key + strlen(META_DUBBO);

    return dubbo_said_set(said, word + (*word == '-'), value, err);
}

/* An address that is routable, or the host's, is fine in a URL. */
static void add_local(const struct endpoint *e, const struct reachable *way,
                      struct dubbo_locals *locals)
{
    char host[IPADDR_STRLEN];

    if ((e->reach != REACH_ASSIGNED && e->reach != REACH_PUBLISHED) || !e->container_addr.family)
        return;
    struct dubbo_local *l = dubbo_locals_add(locals, e->container_id, e->container_name);
    l->addr = e->container_addr;
    l->port = e->container_port;
    l->started = e->started;
    l->serves = dubbo_serves(e);
    if (!way)
        return;
    l->host = xstrdup(ipaddr_format(&way->address, host));
    l->host_port = way->port;
}

#include "registrator/dubbo_consul.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_node.h"
#include "registrator/dubbo_want.h"
#include "registrator/meta.h"
#include "registrator/naming.h"
#include "registrator/probe_labels.h"
#include "registrator/service.h"
#include "registrator/standing.h"
#include "registrator/vmnode.h"

static void add_one(const struct source *s, const struct dubbo_place *place,
                    const struct dubbo_said *said, const struct dubbo_service *service,
                    struct instances *ret);
static char *url_for(const struct dubbo_place *place, const struct dubbo_said *said,
                     const struct dubbo_service *service, const char *subject,
                     struct problems *problems);
static char *url_of(const struct dubbo_place *place, const struct dubbo_said *said,
                    const struct dubbo_service *service);
static void fill(const struct source *s, const struct dubbo_place *place,
                 const struct dubbo_service *service, const char *url, struct instance *i);
static void fill_machine(const struct instance *machine, const struct dubbo_service *service,
                         const char *url, struct instance *i);
static char *full_name(const struct dubbo_service *service);
static void fill_meta(const struct source *s, const char *url, struct instance *i);
static size_t length_of(const struct dubbo_url *url);

void dubbo_consul_add(const struct source *s, const struct reachable *way, struct instances *ret)
{
    const struct endpoint *e = s->e;
    struct dubbo_said said = {0};
    char host[IPADDR_STRLEN];
    struct dubbo_place place = {
        .host = ipaddr_format(&way->address, host), .port = way->port, .started = e->started};

    if (!s->config->dubbo || e->protocol != IPPROTO_TCP)
        return;
    dubbo_said_read(e->env, e->labels, e->container_port, s->subject, &said, s->problems);
    if (said.n && !said.application)
        said.application = xstrdup(*e->container_name ? e->container_name : "berth");
    for (size_t i = 0; i < said.n; i++)
        add_one(s, &place, &said, &said.v[i], ret);
    dubbo_said_done(&said);
}

void dubbo_consul_add_machine(const struct instance *machine, struct instances *ret,
                              struct problems *problems)
{
    struct dubbo_place place = {.host = machine->address, .port = machine->port};
    CLEAN(free_str) char *subject = xasprintf("machine %s", machine->node);
    struct dubbo_said said = {0};
    bool provides = dubbo_want_read(machine, &said);

    for (size_t i = 0; provides && i < said.n; i++) {
        CLEAN(free_str) char *url = url_for(&place, &said, &said.v[i], subject, problems);

        if (url)
            fill_machine(machine, &said.v[i], url, instances_add(ret));
    }
    dubbo_said_done(&said);
}

int dubbo_consul_trim(struct dubbo_url *url, const struct kvs *params, size_t max)
{
    static const char *const order[] = {"methods", "weight",      "deprecated", "generic",
                                        "dynamic", "application", "anyhost"};

    for (size_t i = params->n; i-- && length_of(url) > max;)
        kvs_unset(&url->params, params->v[i].key);
    for (size_t i = 0; i < ARRAY_LEN(order) && length_of(url) > max; i++)
        kvs_unset(&url->params, order[i]);
    return length_of(url) > max ? -1 : 0;
}

static void add_one(const struct source *s, const struct dubbo_place *place,
                    const struct dubbo_said *said, const struct dubbo_service *service,
                    struct instances *ret)
{
    CLEAN(free_str) char *url = url_for(place, said, service, s->subject, s->problems);

    if (url)
        fill(s, place, service, url, instances_add(ret));
}

/* NULL, and a problem: it cannot be registered. A consumer asks for the interface by its name: no
 * other one will do. */
static char *url_for(const struct dubbo_place *place, const struct dubbo_said *said,
                     const struct dubbo_service *service, const char *subject,
                     struct problems *problems)
{
    bool changed;
    CLEAN(free_str) char *name = naming_service(service->interface, SERVICE_NAME_MAX, &changed);
    CLEAN(free_str) char *url = url_of(place, said, service);

    if (!changed && url)
        return TAKE_PTR(url);
    problems_add(problems, subject, "the Dubbo service %.80s cannot be registered with Consul: %s",
                 service->interface,
                 url ? "its name may have letters, digits, '.', '-' and '_', 128 at most"
                     : "its URL has more than 512 bytes");
    return NULL;
}

/* NULL: it is too long. */
static char *url_of(const struct dubbo_place *place, const struct dubbo_said *said,
                    const struct dubbo_service *service)
{
    struct sbuf text = SBUF_INIT;
    struct dubbo_url url = {0};

    dubbo_place_url(place, said, service, &url);
    bool fits = !dubbo_consul_trim(&url, &said->params, META_VALUE_MAX);
    dubbo_url_add(&text, &url);
    dubbo_url_done(&url);
    if (fits)
        return sbuf_take(&text);
    sbuf_done(&text);
    return NULL;
}

static void fill(const struct source *s, const struct dubbo_place *place,
                 const struct dubbo_service *service, const char *url, struct instance *i)
{
    const struct endpoint *e = s->e;
    CLEAN(free_str) char *alias = full_name(service);
    char buf[IPADDR_STRLEN];

    i->id = service_id(s, alias, NULL);
    i->service = xstrdup(service->interface);
    i->node = xstrdup(s->config->node);
    i->address = xstrdup(place->host);
    i->port = place->port;
    if (e->container_addr.family)
        i->container_address = xstrdup(ipaddr_format(&e->container_addr, buf));
    i->container_port = e->container_port;
    strv_add(&i->tags, DUBBO_TAG);
    probes_from_source(s, i);
    standing_add(s, i);
    fill_meta(s, url, i);
}

static void fill_machine(const struct instance *machine, const struct dubbo_service *service,
                         const char *url, struct instance *i)
{
    CLEAN(free_str) char *alias = full_name(service);
    const char *file = kvs_get(&machine->meta, META_FILE);

    i->id = xasprintf("%s+%s", machine->id, alias);
    i->service = xstrdup(service->interface);
    i->node = xstrdup(machine->node);
    i->address = xstrdup(machine->address);
    i->port = machine->port;
    i->state = machine->state;
    strv_add(&i->tags, DUBBO_TAG);
    if (file)
        kvs_add(&i->meta, META_FILE, file);
    kvs_add(&i->meta, META_URL, url);
    kvs_sort(&i->meta);
}

/* What tells the services of one port apart. */
static char *full_name(const struct dubbo_service *service)
{
    return xasprintf("%s:%s:%s", service->interface, service->version ? service->version : "",
                     service->group ? service->group : "");
}

/* Without what the load balancer reads: to it, an interface is no service of its own. */
static void fill_meta(const struct source *s, const char *url, struct instance *i)
{
    struct kvs all = {0};

    meta_from_source(s, i->probes.n ? &i->probes : NULL, &all);
    for (size_t k = 0; k < all.n; k++)
        if (meta_is_own(all.v[k].key) && strcmp(all.v[k].key, META_SERVICE_PORT) &&
            strcmp(all.v[k].key, META_VHOST) && strcmp(all.v[k].key, META_MODE))
            kvs_add(&i->meta, all.v[k].key, all.v[k].value);
    kvs_add(&i->meta, META_URL, url);
    kvs_sort(&i->meta);
    kvs_done(&all);
}

static size_t length_of(const struct dubbo_url *url)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    dubbo_url_add(&text, url);
    return text.len;
}

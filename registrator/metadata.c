#include "registrator/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/attrs.h"
#include "registrator/dubbo_consul.h"
#include "registrator/dubbo_want.h"
#include "registrator/meta.h"
#include "registrator/probe_labels.h"
#include "registrator/reachable.h"
#include "registrator/service.h"
#include "registrator/service_ports.h"
#include "registrator/source.h"
#include "registrator/standing.h"

static void add_port(struct source *s, const struct service_ports *listed, const struct endpoint *v,
                     size_t n, struct instances *ret);
static bool is_offered(const struct service_ports *listed, const struct endpoint *e);
static size_t same_port(const struct endpoint *v, size_t n);
static size_t count_ports(const struct service_ports *listed, const struct endpoint *v, size_t n);
static void fill(struct source *s, const struct reachable *way, bool further, const char *alias,
                 const char *name, struct instance *i);
static int compare_ids(const void *a, const void *b);
static size_t move_behind(struct instances *l, const bool *lost);
static void report_double(const struct instance *winner, const struct instance *loser,
                          struct problems *problems);

void instances_from_endpoints(const struct registrator_config *config, const struct endpoint *v,
                              size_t n, struct instances *ret, struct problems *problems)
{
    struct instances all = {0};

    for (size_t i = 0, len; i < n; i += len) {
        len = metadata_same_container(v + i, n - i);
        instances_from_container(config, v + i, len, &all, problems);
    }
    size_t kept = metadata_unique_ids(&all, problems);
    for (size_t i = 0; i < kept; i++)
        *instances_add(ret) = all.v[i];
    for (size_t i = kept; i < all.n; i++)
        instance_done(&all.v[i]);
    free(all.v);
    instances_sort(ret);
}

void instances_from_container(const struct registrator_config *config, const struct endpoint *v,
                              size_t n, struct instances *ret, struct problems *problems)
{
    CLEAN(free_str) char *subject = endpoint_subject(v);
    struct service_ports listed = {0};

    service_ports_read(v->env, v->labels, subject, &listed, problems);
    if (config->dubbo)
        dubbo_want_check(v, n, subject, problems);
    struct source s = {.config = config,
                       .subject = subject,
                       .grouped = count_ports(&listed, v, n) > 1,
                       .problems = problems};
    for (size_t i = 0; i < n;) {
        size_t len = same_port(v + i, n - i);

        if (is_offered(&listed, &v[i]))
            add_port(&s, &listed, v + i, len, ret);
        i += len;
    }
    service_ports_done(&listed);
}

size_t metadata_unique_ids(struct instances *l, struct problems *problems)
{
    struct instance **by_id = xcalloc(l->n + 1, sizeof *by_id);
    bool *lost = xcalloc(l->n + 1, sizeof *lost);
    struct instance *winner = NULL;

    for (size_t i = 0; i < l->n; i++)
        by_id[i] = &l->v[i];
    qsort(by_id, l->n, sizeof *by_id, compare_ids);
    for (size_t i = 0; i < l->n; i++) {
        if (!winner || strcmp(winner->id, by_id[i]->id)) {
            winner = by_id[i];
            continue;
        }
        report_double(winner, by_id[i], problems);
        lost[by_id[i] - l->v] = true;
    }
    size_t kept = move_behind(l, lost);
    free(by_id);
    free(lost);
    return kept;
}

size_t metadata_same_container(const struct endpoint *v, size_t n)
{
    size_t len = 1;

    while (len < n && !strcmp(v[len].container_id, v->container_id))
        len++;
    return len;
}

void metadata_split_tags(const char *text, struct strv *ret)
{
    CLEAN(sbuf) struct sbuf tag = SBUF_INIT;

    for (const char *p = text; *p; p++) {
        if (*p != ',') {
            if (p[0] == '\\' && p[1] == ',')
                p++;
            sbuf_addch(&tag, *p);
            continue;
        }
        if (tag.len)
            strv_add(ret, sbuf_str(&tag));
        sbuf_clear(&tag);
    }
    if (tag.len)
        strv_add(ret, sbuf_str(&tag));
}

/* 'v' are the 'n' bindings of one container port. */
static void add_port(struct source *s, const struct service_ports *listed, const struct endpoint *v,
                     size_t n, struct instances *ret)
{
    const struct service_port *port = service_ports_find(listed, v->protocol, v->container_port);
    struct reachable *ways = xcalloc(n, sizeof *ways);
    size_t n_ways = reachable_from_endpoints(s->config, v, n, ways);
    struct strv names = {0};

    s->e = v;
    s->listed_name = port ? port->name : NULL;
    attrs_read(&s->attrs, v->env, v->labels, v->container_port);
    if (n_ways && !attrs_get(&s->attrs, "ignore") && standing_registers(s)) {
        service_names(s, &names);
        for (size_t i = 0; i < (s->config->strict ? 1 : n_ways); i++)
            for (size_t k = 0; k < names.n; k++)
                fill(s, &ways[i], i > 0, k ? names.v[k] : NULL, names.v[0], instances_add(ret));
        s->e = v;
        dubbo_consul_add(s, ways, ret);
    }
    strv_done(&names);
    attrs_done(&s->attrs);
    free(ways);
}

/* SERVICE_PORTS, where it is said, names every port that counts. */
static bool is_offered(const struct service_ports *listed, const struct endpoint *e)
{
    return !listed->n || service_ports_find(listed, e->protocol, e->container_port);
}

/* How many endpoints from 'v' on are one container port, bound several times. */
static size_t same_port(const struct endpoint *v, size_t n)
{
    size_t len = 1;

    while (len < n && !endpoint_cmp(&v[len], v))
        len++;
    return len;
}

/* Ports that are, or will be, reachable. One whose host port is not assigned yet counts, so that
 * the other ones' names do not change when it is; as in registrator, an ignored one counts, too. */
static size_t count_ports(const struct service_ports *listed, const struct endpoint *v, size_t n)
{
    size_t ports = 0;

    for (size_t i = 0; i < n;) {
        size_t end = i + same_port(v + i, n - i);
        bool counts = false;

        for (; i < end; i++)
            counts = counts || (v[i].reach != REACH_NONE && is_offered(listed, &v[i]));
        ports += counts;
    }
    return ports;
}

/* The instance for one way to dial the port. 'further': it is not the first one. 'alias' is its
 * name where that is not the first one, which is 'name'. */
static void fill(struct source *s, const struct reachable *way, bool further, const char *alias,
                 const char *name, struct instance *i)
{
    const struct endpoint *e = s->e = way->e;
    const struct ipaddr *inside =
        e->container_addr.family ? &e->container_addr : &e->container_addr6;
    char buf[IPADDR_STRLEN];

    i->id = service_id(s, alias, further ? way : NULL);
    i->service = xstrdup(alias ? alias : name);
    i->node = xstrdup(s->config->node);
    i->address = xstrdup(ipaddr_format(&way->address, buf));
    if (way->address6.family)
        i->address6 = xstrdup(ipaddr_format(&way->address6, buf));
    i->port = way->port;
    if (inside->family)
        i->container_address = xstrdup(ipaddr_format(inside, buf));
    i->container_port = e->container_port;
    service_tags(s, &i->tags);
    service_options(s, i);
    probes_from_source(s, i);
    standing_add(s, i);
    meta_from_source(s, i->probes.n ? &i->probes : NULL, &i->meta);
}

/* By id, then by place: the pointers lead into one array, which is in the containers' order. */
static int compare_ids(const void *a, const void *b)
{
    const struct instance *x = *(struct instance *const *)a, *y = *(struct instance *const *)b;
    int order = strcmp(x->id, y->id);

    return order ? order : (x > y) - (x < y);
}

/* Moves those that have lost behind the others, which stay in order; returns how many these are. */
static size_t move_behind(struct instances *l, const bool *lost)
{
    struct instances losers = {0};
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (lost[i])
            *instances_add(&losers) = l->v[i];
        else
            l->v[kept++] = l->v[i];
    }
    for (size_t i = 0; i < losers.n; i++)
        l->v[kept + i] = losers.v[i];
    free(losers.v);
    return kept;
}

static void report_double(const struct instance *winner, const struct instance *loser,
                          struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("service id %s", loser->id);

    problems_add(problems, subject,
                 "port %u of container %.*s is not registered because port %u of container %.*s "
                 "has this id; give each its own SERVICE_<port>_ID",
                 loser->container_port, CONTAINER_ID_SHORT,
                 kvs_get(&loser->meta, META_CONTAINER_ID), winner->container_port,
                 CONTAINER_ID_SHORT, kvs_get(&winner->meta, META_CONTAINER_ID));
}

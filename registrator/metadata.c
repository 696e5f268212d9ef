#include "registrator/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/attrs.h"
#include "registrator/meta.h"
#include "registrator/service.h"
#include "registrator/source.h"

static void add_container(const struct registrator_config *config, const struct endpoint *v,
                          size_t n, struct instances *ret, struct problems *problems);
static size_t same_container(const struct endpoint *v, size_t n);
static size_t same_port(const struct endpoint *v, size_t n);
static size_t count_ports(const struct endpoint *v, size_t n);
static const struct endpoint *pick(const struct registrator_config *config,
                                   const struct endpoint *v, size_t n);
static struct ipaddr dial_address(const struct registrator_config *config,
                                  const struct endpoint *e);
static uint16_t dial_port(const struct endpoint *e);
static char *subject_of(const struct endpoint *e);
static void fill(const struct registrator_config *config, const struct source *s,
                 struct instance *i);
static int compare_ids(const void *a, const void *b);
static void drop_double_ids(struct instances *l, struct problems *problems);
static void report_double(const struct instance *winner, const struct instance *loser,
                          struct problems *problems);

void instances_from_endpoints(const struct registrator_config *config, const struct endpoint *v,
                              size_t n, struct instances *ret, struct problems *problems)
{
    struct instances all = {0};

    for (size_t i = 0; i < n;) {
        size_t len = same_container(v + i, n - i);

        add_container(config, v + i, len, &all, problems);
        i += len;
    }
    drop_double_ids(&all, problems);
    for (size_t i = 0; i < all.n; i++)
        *instances_add(ret) = all.v[i];
    free(all.v);
    instances_sort(ret);
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

/* 'v' are the 'n' endpoints of one container. */
static void add_container(const struct registrator_config *config, const struct endpoint *v,
                          size_t n, struct instances *ret, struct problems *problems)
{
    CLEAN(free_str) char *subject = subject_of(v);
    bool grouped = count_ports(v, n) > 1;

    for (size_t i = 0; i < n;) {
        size_t len = same_port(v + i, n - i);
        struct source s = {.node = config->node,
                           .subject = subject,
                           .e = pick(config, v + i, len),
                           .grouped = grouped,
                           .problems = problems};

        i += len;
        if (!s.e)
            continue;
        attrs_read(&s.attrs, s.e->env, s.e->labels, s.e->container_port);
        if (!attrs_get(&s.attrs, "ignore"))
            fill(config, &s, instances_add(ret));
        attrs_done(&s.attrs);
    }
}

/* How many endpoints from 'v' on belong to one container. */
static size_t same_container(const struct endpoint *v, size_t n)
{
    size_t len = 1;

    while (len < n && !strcmp(v[len].container_id, v->container_id))
        len++;
    return len;
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
static size_t count_ports(const struct endpoint *v, size_t n)
{
    size_t ports = 0;

    for (size_t i = 0; i < n;) {
        size_t end = i + same_port(v + i, n - i);
        bool reachable = false;

        for (; i < end; i++)
            reachable = reachable || v[i].reach != REACH_NONE;
        ports += reachable;
    }
    return ports;
}

/* The one of the 'n' bindings of a container port that is registered, or NULL where none has an
 * address to dial: the lowest address (every address is lower than a specific one), then the
 * lowest port, so that the order of 'v' does not matter. */
static const struct endpoint *pick(const struct registrator_config *config,
                                   const struct endpoint *v, size_t n)
{
    const struct endpoint *best = NULL;

    for (const struct endpoint *e = v; e < v + n; e++) {
        if (!dial_port(e) || !dial_address(config, e).family)
            continue;
        int order = best ? ipaddr_cmp(&e->host_addr, &best->host_addr) : -1;
        if (order < 0 || (!order && e->host_port < best->host_port))
            best = e;
    }
    return best;
}

static struct ipaddr dial_address(const struct registrator_config *config, const struct endpoint *e)
{
    if (e->reach == REACH_DIRECT)
        return e->container_addr.family ? e->container_addr : e->container_addr6;
    if (e->host_addr.family && !ipaddr_is_any(&e->host_addr))
        return e->host_addr;
    return config->host_addr;
}

/* 0: there is nothing to dial. */
static uint16_t dial_port(const struct endpoint *e)
{
    switch (e->reach) {
    case REACH_NONE:
        return 0;
    case REACH_ASSIGNED:
    case REACH_PUBLISHED:
    case REACH_HOST:
        return e->host_port;
    case REACH_DIRECT:
        return e->container_port;
    }
    return 0;
}

static char *subject_of(const struct endpoint *e)
{
    struct sbuf b = SBUF_INIT;

    sbuf_adds(&b, "container ");
    if (*e->container_name)
        sbuf_add_printable(&b, e->container_name);
    else
        sbuf_addf(&b, "%.*s", CONTAINER_ID_SHORT, e->container_id);
    return sbuf_take(&b);
}

static void fill(const struct registrator_config *config, const struct source *s,
                 struct instance *i)
{
    const struct endpoint *e = s->e;
    struct ipaddr address = dial_address(config, e);
    char buf[IPADDR_STRLEN];

    i->id = service_id(s);
    i->service = service_name(s);
    i->node = xstrdup(config->node);
    i->address = xstrdup(ipaddr_format(&address, buf));
    i->port = dial_port(e);
    if (e->container_addr.family)
        i->container_address = xstrdup(ipaddr_format(&e->container_addr, buf));
    i->container_port = e->container_port;
    i->state = e->draining ? INSTANCE_DRAINING : INSTANCE_PASSING;
    service_tags(s, &i->tags);
    meta_from_source(s, &i->meta);
}

/* By id, then by place: the pointers lead into one array, which is in the containers' order. */
static int compare_ids(const void *a, const void *b)
{
    const struct instance *x = *(struct instance *const *)a, *y = *(struct instance *const *)b;
    int order = strcmp(x->id, y->id);

    return order ? order : (x > y) - (x < y);
}

/* The lowest container id, then the lowest port, keeps an id that several claim. */
static void drop_double_ids(struct instances *l, struct problems *problems)
{
    struct instance **by_id = xcalloc(l->n + 1, sizeof *by_id);
    struct instance *winner = NULL;
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        by_id[i] = &l->v[i];
    qsort(by_id, l->n, sizeof *by_id, compare_ids);
    for (size_t i = 0; i < l->n; i++) {
        if (!winner || strcmp(winner->id, by_id[i]->id)) {
            winner = by_id[i];
            continue;
        }
        report_double(winner, by_id[i], problems);
        instance_done(by_id[i]);
    }
    free(by_id);
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].id)
            l->v[kept++] = l->v[i];
    l->n = kept;
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

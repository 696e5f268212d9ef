#include "lb-template/route.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/name.h"
#include "lb-template/pieces.h"
#include "lb-template/wish.h"
#include "lib/clean.h"
#include "lib/trace.h"
#include "lib/xmalloc.h"

#define RESERVED "berth_" /* our own proxies' names begin so */
#define ID_MASK                                                                                    \
    0x3fffffffu /* leaves room above for collisions, and keeps HAProxy's int positive              \
                 */

static void add_servers(struct route *r, const struct instance *v, size_t n,
                        struct problems *problems);
static bool make_server(const struct instance *i, const char *subject, struct route_server *ret,
                        struct problems *problems);
static unsigned heaviest(const struct instance *v, size_t n);
static unsigned scale_weight(const struct instance *i, unsigned max);
static char *server_name(const struct instance *i);
static void make_server_names(struct route *r);
static void make_server_ids(struct route *r);
static void pack_servers(struct route *r);
static char *move_string(char *s, char **end);
static bool servers_equal(const struct route_server *a, const struct route_server *b);
static int by_server_name(const void *a, const void *b);
static int by_id_then_place(const void *a, const void *b);
static int by_backend(const void *a, const void *b);

void route_make(const struct instance *v, size_t n, const struct wish *w, struct route *ret,
                struct problems *problems)
{
    *ret = (struct route){
        .backend = route_backend_name(v->service),
        .service = xstrdup(v->service),
        .http = w->http,
        .tuning = w->tuning,
        .made = made_new(),
    };
    if (w->tuning.check_path)
        ret->tuning.check_path = xstrdup(w->tuning.check_path);
    add_servers(ret, v, n, problems);
    make_server_names(ret);
    make_server_ids(ret);
    pack_servers(ret);
}

char *route_backend_name(const char *service)
{
    return name_make(service, !strncmp(service, RESERVED, strlen(RESERVED)));
}

const struct route_server *route_find_server(const struct route *r, const char *name)
{
    size_t low = 0, high = r->n_servers;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = strcmp(r->servers[middle].name, name);

        if (!c)
            return &r->servers[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void route_done(struct route *r)
{
    route_clear_servers(r);
    made_free(r->made);
    free(r->service_ports);
    strv_done(&r->vhosts);
    tuning_done(&r->tuning);
    free(r->backend);
    free(r->service);
    *r = (struct route){0};
}

void route_clear_servers(struct route *r)
{
    free(r->servers);
    r->servers = NULL;
    r->n_servers = 0;
}

bool route_same_kind(const struct route *a, const struct route *b)
{
    const struct tuning *t = &a->tuning, *u = &b->tuning;

    if (a->http != b->http || t->sticky != u->sticky || t->accept_proxy != u->accept_proxy ||
        t->balance != u->balance || !t->check_path != !u->check_path ||
        (t->check_path && strcmp(t->check_path, u->check_path)) || a->n_servers != b->n_servers)
        return false;
    for (size_t i = 0; i < a->n_servers; i++)
        if (!servers_equal(&a->servers[i], &b->servers[i]))
            return false;
    return true;
}

const struct route *routes_find(const struct routes *l, const char *backend)
{
    /* bsearch() declares its key const and our comparison never writes to it. */
    union {
        const char *in;
        char *out;
    } name = {.in = backend};
    struct route key = {.backend = name.out};

    return l->n ? bsearch(&key, l->v, l->n, sizeof *l->v, by_backend) : NULL;
}

static void add_servers(struct route *r, const struct instance *v, size_t n,
                        struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("service %s", r->service);
    unsigned max = heaviest(v, n);
    size_t cap = 0;

    for (size_t i = 0; i < n; i++) {
        struct route_server s;

        if (r->n_servers >= ROUTE_SERVERS_MAX) {
            problems_add(problems, subject, "has more than %d instances: the rest is left out",
                         ROUTE_SERVERS_MAX);
            return;
        }
        if (!make_server(&v[i], subject, &s, problems))
            continue;
        s.weight = scale_weight(&v[i], max);
        r->servers = xgrow(r->servers, r->n_servers, &cap, sizeof *r->servers);
        r->servers[r->n_servers++] = s;
    }
}

/* The server of 'i'. False where it has none: it does not work, or cannot be dialled. */
static bool make_server(const struct instance *i, const char *subject, struct route_server *ret,
                        struct problems *problems)
{
    struct ipaddr address;

    if (!instance_state_serves(i->state) || wish_is_udp(i))
        return false;
    if (ipaddr_parse(i->address, &address) || ipaddr_is_any(&address)) {
        problems_add(problems, subject,
                     "instance %s has the address \"%s\", which is no IP address that can be "
                     "dialled: register it with one",
                     i->id, i->address);
        return false;
    }
    if (!i->port) {
        problems_add(problems, subject, "instance %s has no port: register it with one", i->id);
        return false;
    }
    *ret = (struct route_server){
        .name = server_name(i),
        .instance_id = xstrdup(i->id),
        .node = xstrdup(i->node ? i->node : ""),
        .address = address,
        .port = i->port,
        .send_proxy = (uint8_t)tuning_send_proxy(i, subject, problems),
        .trace = trace_parse(kvs_get(&i->meta, META_TRACE)),
    };
    return true;
}

static unsigned heaviest(const struct instance *v, size_t n)
{
    unsigned max = 0;

    for (size_t i = 0; i < n; i++)
        max = instance_weight(&v[i]) > max ? instance_weight(&v[i]) : max;
    return max;
}

/* Registries weigh up to 65535, HAProxy up to 256. */
static unsigned scale_weight(const struct instance *i, unsigned max)
{
    unsigned weight = instance_weight(i);

    if (!weight || max <= 1)
        return weight ? ROUTE_WEIGHT : 0;
    return weight * ROUTE_WEIGHT_MAX / max ? weight * ROUTE_WEIGHT_MAX / max : 1;
}

/* Ids are unique per node only; most already begin with the node's name. */
static char *server_name(const struct instance *i)
{
    size_t len = strlen(i->node);
    bool has_node = len && !strncmp(i->id, i->node, len) && i->id[len] == ':';
    CLEAN(free_str)
    char *text = has_node ? xasprintf("%s:%u", i->id, i->port)
                          : xasprintf("%s%s%s:%u", i->node, len ? ":" : "", i->id, i->port);

    return name_make(text, false);
}

static void make_server_names(struct route *r)
{
    char ***names = xcalloc(r->n_servers, sizeof *names);

    for (size_t i = 0; i < r->n_servers; i++)
        names[i] = &r->servers[i].name;
    name_make_unique(names, r->n_servers);
    free(names);
    if (r->n_servers)
        qsort(r->servers, r->n_servers, sizeof *r->servers, by_server_name);
}

static void make_server_ids(struct route *r)
{
    struct route_server **order = xcalloc(r->n_servers, sizeof *order);

    for (size_t i = 0; i < r->n_servers; i++) {
        r->servers[i].id = (name_hash(r->servers[i].name) & ID_MASK) + 1;
        order[i] = &r->servers[i];
    }
    qsort(order, r->n_servers, sizeof *order, by_id_then_place);
    for (size_t i = 1; i < r->n_servers; i++)
        if (order[i]->id <= order[i - 1]->id)
            order[i]->id = order[i - 1]->id + 1;
    free(order);
}

/* One block for the servers and their strings: with a hundred thousand, what each piece of memory
 * costs beside its bytes counts. */
static void pack_servers(struct route *r)
{
    size_t size = r->n_servers * sizeof *r->servers;

    for (size_t i = 0; i < r->n_servers; i++)
        size += strlen(r->servers[i].name) + strlen(r->servers[i].instance_id) +
                strlen(r->servers[i].node) + 3;
    struct route_server *packed = xmalloc(size + 1);
    char *end = (char *)(packed + r->n_servers);
    for (size_t i = 0; i < r->n_servers; i++) {
        packed[i] = r->servers[i];
        packed[i].name = move_string(r->servers[i].name, &end);
        packed[i].instance_id = move_string(r->servers[i].instance_id, &end);
        packed[i].node = move_string(r->servers[i].node, &end);
    }
    free(r->servers);
    r->servers = packed;
}

static char *move_string(char *s, char **end)
{
    size_t len = strlen(s) + 1;
    char *moved = memcpy(*end, s, len);

    free(s);
    *end += len;
    return moved;
}

static bool servers_equal(const struct route_server *a, const struct route_server *b)
{
    return a->port == b->port && a->id == b->id && a->weight == b->weight &&
           a->send_proxy == b->send_proxy && a->trace == b->trace &&
           !ipaddr_cmp(&a->address, &b->address) && !strcmp(a->name, b->name) &&
           !strcmp(a->instance_id, b->instance_id) && !strcmp(a->node, b->node);
}

static int by_server_name(const void *a, const void *b)
{
    const struct route_server *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int by_id_then_place(const void *a, const void *b)
{
    const struct route_server *x = *(struct route_server *const *)a;
    const struct route_server *y = *(struct route_server *const *)b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x > y) - (x < y);
}

static int by_backend(const void *a, const void *b)
{
    const struct route *x = a, *y = b;

    return strcmp(x->backend, y->backend);
}

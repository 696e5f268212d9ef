#include "lb-template/plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/diff.h"
#include "lib/xmalloc.h"

enum phase { PHASE_ADD, PHASE_CHANGE, PHASE_MAP_SET, PHASE_DRAIN, PHASE_MAP_DELETE };

/* A server of either side under one key. */
struct item {
    const char *backend;
    const char *name;
    const struct haproxy_cfg_server *wanted;
    const struct runtime_server *actual;
    bool has_cookie; /* which HAProxy makes */
};

struct items {
    struct item *v;
    size_t n;
    size_t cap;
};

struct planning {
    struct plan *plan;
    const char *path;              /* of the map */
    const struct backends *loaded; /* NULL: every entry of the map leads somewhere */
};

static void wanted_items(const struct backends *wanted, const struct backends *loaded,
                         struct items *ret);
static void actual_items(const struct backends *loaded, const struct runtime_servers *servers,
                         struct items *ret);
static void add_item(struct items *l, struct item i);
static int item_cmp(const void *a, const void *b);
static int item_equal(const void *a, const void *b);
static bool address_equal(const struct item *w, const struct item *a);
static bool is_enabled(const struct item *w, const struct item *a);
static bool is_checked(const struct haproxy_cfg_server *s);
static void on_server(enum diff_op op, const void *wanted, const void *actual, void *arg);
static void add_server(struct plan *p, const struct item *w);
static void change_server(struct plan *p, const struct item *w, const struct item *a);
static void leave(struct plan *p, const struct item *a);
static int kv_cmp(const void *a, const void *b);
static int kv_equal(const void *a, const void *b);
static void on_entry(enum diff_op op, const void *wanted, const void *actual, void *arg);
static struct kvs without_doubles(struct planning *p, const struct kvs *map);
static void op(struct plan *p, enum phase phase, enum runtime_command command,
               const struct item *of, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static int by_phase(const void *a, const void *b);

void plan_servers(struct plan *p, const struct backends *wanted, const struct backends *loaded,
                  const struct runtime_servers *servers)
{
    static const struct diff_rules rules = {sizeof(struct item), item_cmp, item_equal};
    struct items w = {0}, a = {0};

    wanted_items(wanted, loaded, &w);
    actual_items(loaded, servers, &a);
    diff_sorted(&rules, w.v, w.n, a.v, a.n, on_server, p);
    free(w.v);
    free(a.v);
}

void plan_map(struct plan *p, const char *path, const struct kvs *wanted, const struct kvs *actual,
              const struct backends *loaded)
{
    static const struct diff_rules rules = {sizeof(struct kv), kv_cmp, kv_equal};
    struct planning planning = {p, path, loaded};
    struct kvs unique = without_doubles(&planning, actual);

    diff_sorted(&rules, wanted->v, wanted->n, unique.v, unique.n, on_entry, &planning);
    free(unique.v); /* its strings are borrowed */
}

void plan_sort(struct plan *p)
{
    if (p->n)
        qsort(p->v, p->n, sizeof *p->v, by_phase);
}

void plan_backends(const struct plan *p, struct strv *ret)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].backend && (!ret->n || strcmp(ret->v[ret->n - 1], p->v[i].backend)))
            strv_add(ret, p->v[i].backend);
    strv_sort_unique(ret);
}

void plan_done(struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->v[i].text);
    for (size_t i = 0; i < p->n_leavers; i++) {
        free(p->leavers[i].backend);
        free(p->leavers[i].server);
    }
    free(p->v);
    free(p->leavers);
    *p = (struct plan){0};
}

static void wanted_items(const struct backends *wanted, const struct backends *loaded,
                         struct items *ret)
{
    for (size_t i = 0; i < wanted->n; i++) {
        const struct haproxy_cfg_backend *b = wanted->v[i];

        if (!backends_find(loaded, b->name))
            continue;
        for (size_t j = 0; j < b->n; j++)
            add_item(ret, (struct item){b->name, b->servers[j].name, &b->servers[j], NULL,
                                        b->makes_cookies});
    }
}

static void actual_items(const struct backends *loaded, const struct runtime_servers *servers,
                         struct items *ret)
{
    for (size_t i = 0; i < loaded->n; i++) {
        size_t n, first = runtime_servers_of(servers, loaded->v[i]->name, &n);

        for (size_t j = first; j < first + n; j++) {
            const struct runtime_server *s = &servers->v[j];

            add_item(ret, (struct item){s->backend, s->name, NULL, s, false});
        }
    }
}

static void add_item(struct items *l, struct item i)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = i;
}

static int item_cmp(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int c = strcmp(x->backend, y->backend);

    return c ? c : strcmp(x->name, y->name);
}

static int item_equal(const void *a, const void *b)
{
    const struct item *w = a, *r = b;

    return address_equal(w, r) && w->wanted->weight == r->actual->weight && is_enabled(w, r);
}

static bool address_equal(const struct item *w, const struct item *a)
{
    struct ipaddr address;

    return w->wanted->port == a->actual->port && !ipaddr_parse(a->actual->address, &address) &&
           !ipaddr_cmp(&w->wanted->address, &address);
}

/* Neither set aside by a command, nor left without its health check half-way through an add. */
static bool is_enabled(const struct item *w, const struct item *a)
{
    return !(a->actual->admin_state & (RUNTIME_ADMIN_MAINT | RUNTIME_ADMIN_DRAIN)) &&
           (!is_checked(w->wanted) || a->actual->check_state & RUNTIME_CHECK_ENABLED);
}

/* Has it the option "check"? */
static bool is_checked(const struct haproxy_cfg_server *s)
{
    for (const char *o = s->options; *o; o += strspn(o, " ")) {
        size_t len = strcspn(o, " ");

        if (len == strlen("check") && !strncmp(o, "check", len))
            return true;
        o += len;
    }
    return false;
}

static void on_server(enum diff_op what, const void *wanted, const void *actual, void *arg)
{
    struct plan *p = arg;

    switch (what) {
    case DIFF_ADD:
        add_server(p, wanted);
        break;
    case DIFF_CHANGE:
        change_server(p, wanted, actual);
        break;
    case DIFF_DELETE:
        leave(p, actual);
        break;
    case DIFF_SAME:
        break;
    }
}

/* A dynamic server begins in maintenance, and without `enable health` it is never checked; one that
 * has no check refuses that command. It has no cookie until the backend's are made once more; the
 * others' stay what they are. */
static void add_server(struct plan *p, const struct item *w)
{
    char address[IPADDR_STRLEN];
    const struct haproxy_cfg_server *s = w->wanted;

    ipaddr_format_port(&s->address, s->port, address);
    if (s->id)
        op(p, PHASE_ADD, RUNTIME_ADD_SERVER, w, "add server %s/%s %s id %u weight %u %s",
           w->backend, w->name, address, s->id, s->weight, s->options);
    else
        op(p, PHASE_ADD, RUNTIME_ADD_SERVER, w, "add server %s/%s %s weight %u %s", w->backend,
           w->name, address, s->weight, s->options);
    op(p, PHASE_ADD, RUNTIME_ENABLE, w, "enable server %s/%s", w->backend, w->name);
    if (is_checked(s))
        op(p, PHASE_ADD, RUNTIME_ENABLE, w, "enable health %s/%s", w->backend, w->name);
    if (w->has_cookie)
        op(p, PHASE_ADD, RUNTIME_ENABLE, w, "enable dynamic-cookie backend %s", w->backend);
}

static void change_server(struct plan *p, const struct item *w, const struct item *a)
{
    char address[IPADDR_STRLEN];
    const struct haproxy_cfg_server *s = w->wanted;

    if (!address_equal(w, a))
        op(p, PHASE_CHANGE, RUNTIME_SET_ADDRESS, w, "set server %s/%s addr %s port %u", w->backend,
           w->name, ipaddr_format(&s->address, address), s->port);
    if (s->weight != a->actual->weight)
        op(p, s->weight ? PHASE_CHANGE : PHASE_DRAIN, RUNTIME_SET_SERVER, w,
           "set server %s/%s weight %u", w->backend, w->name, s->weight);
    if (!is_enabled(w, a)) {
        op(p, PHASE_CHANGE, RUNTIME_SET_SERVER, w, "set server %s/%s state ready", w->backend,
           w->name);
        if (is_checked(s))
            op(p, PHASE_CHANGE, RUNTIME_ENABLE, w, "enable health %s/%s", w->backend, w->name);
    }
}

static void leave(struct plan *p, const struct item *a)
{
    if (a->actual->weight && !(a->actual->admin_state & RUNTIME_ADMIN_ANY_MAINT))
        op(p, PHASE_DRAIN, RUNTIME_SET_SERVER, a, "set server %s/%s weight 0", a->backend, a->name);
    p->leavers = xgrow(p->leavers, p->n_leavers, &p->cap_leavers, sizeof *p->leavers);
    p->leavers[p->n_leavers++] =
        (struct plan_leaver){.backend = xstrdup(a->backend), .server = xstrdup(a->name)};
}

/* Entries of a key that is there twice are deleted together and count as absent. */
static struct kvs without_doubles(struct planning *p, const struct kvs *map)
{
    struct kvs unique = {.v = xcalloc(map->n, sizeof *unique.v)};

    for (size_t i = 0, end; i < map->n; i = end) {
        for (end = i + 1; end < map->n && !strcmp(map->v[i].key, map->v[end].key);)
            end++;
        if (end == i + 1)
            unique.v[unique.n++] = map->v[i];
        else
            op(p->plan, PHASE_CHANGE, RUNTIME_DELETE_MAP, NULL, "del map %s %s", p->path,
               map->v[i].key);
    }
    return unique;
}

static int kv_cmp(const void *a, const void *b)
{
    return strcmp(((const struct kv *)a)->key, ((const struct kv *)b)->key);
}

static int kv_equal(const void *a, const void *b)
{
    return !strcmp(((const struct kv *)a)->value, ((const struct kv *)b)->value);
}

/* An entry whose backend is not loaded yet waits for the reload. */
static void on_entry(enum diff_op what, const void *wanted, const void *actual, void *arg)
{
    struct planning *p = arg;
    const struct kv *w = wanted, *a = actual;

    if (w && what != DIFF_SAME && p->loaded && !backends_find(p->loaded, w->value))
        return;
    switch (what) {
    case DIFF_ADD:
        op(p->plan, PHASE_MAP_SET, RUNTIME_ADD_MAP, NULL, "add map %s %s %s", p->path, w->key,
           w->value);
        break;
    case DIFF_CHANGE:
        op(p->plan, PHASE_MAP_SET, RUNTIME_SET_MAP, NULL, "set map %s %s %s", p->path, w->key,
           w->value);
        break;
    case DIFF_DELETE:
        op(p->plan, PHASE_MAP_DELETE, RUNTIME_DELETE_MAP, NULL, "del map %s %s", p->path, a->key);
        break;
    case DIFF_SAME:
        break;
    }
}

/* 'of' is the server that it is about, or NULL. */
static void op(struct plan *p, enum phase phase, enum runtime_command command,
               const struct item *of, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    p->v = xgrow(p->v, p->n, &p->cap, sizeof *p->v);
    p->v[p->n] = (struct plan_op){.command = command,
                                  .backend = of ? of->backend : NULL,
                                  .server = of ? of->name : NULL,
                                  .phase = phase,
                                  .order = p->n,
                                  .text = xvasprintf(format, args)};
    va_end(args);
    p->n++;
}

static int by_phase(const void *a, const void *b)
{
    const struct plan_op *x = a, *y = b;

    if (x->phase != y->phase)
        return x->phase < y->phase ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

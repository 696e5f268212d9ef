#include "registrator/vmwatch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/search.h"
#include "lib/xmalloc.h"
#include "registrator/vmhealth.h"
#include "registrator/vmprobe.h"

#define AREA "services.d"
#define WHY_MAX 200 /* bytes of a reason */

/* One machine's service. */
struct watched {
    struct vm_watch *watch;
    char *key; /* node, service, and all that its check is made of */
    char *label;
    struct ipaddr address;
    uint16_t port;
    struct vm_check check; /* 'path' is owned */
    struct vm_health health;
    struct vm_probe *probe; /* NULL: none is under way */
    char *why;
    bool wanted;
};

struct vm_watch {
    struct ev_loop *loop;
    struct http *http;
    void (*on_change)(void *arg);
    void *arg;
    struct watched **v; /* sorted by key */
    size_t n, cap;
    size_t probing;
    unsigned short seed[3]; /* of the jitter */
    ev_timer due;           /* when the next check is to be made */
};

static struct watched *touch(struct vm_watch *w, const struct vm_target *t);
static char *key_of(const struct vm_target *t);
static struct watched *watched_new(struct vm_watch *w, const struct vm_target *t, char *key);
static void watched_free(struct watched *x);
static void drop_unwanted(struct vm_watch *w);
static int compare_key(const void *key, const void *member);
static void on_due(struct ev_loop *loop, ev_timer *timer, int events);
static struct watched *next_due(const struct vm_watch *w);
static void schedule(struct vm_watch *w);
static void on_result(void *arg, const struct err *err);

struct vm_watch *vm_watch_new(struct ev_loop *loop, struct http *http, void (*on_change)(void *arg),
                              void *arg)
{
    struct vm_watch *w = xcalloc(1, sizeof *w);
    double now = ev_now(loop);

    w->loop = loop;
    w->http = http;
    w->on_change = on_change;
    w->arg = arg;
    w->seed[0] = (unsigned short)getpid();
    memcpy(&w->seed[1], &now, 2 * sizeof *w->seed);
    ev_timer_init(&w->due, on_due, 0., 0.);
    w->due.data = w;
    return w;
}

void vm_watch_free(struct vm_watch *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++)
        watched_free(w->v[i]);
    free(w->v);
    ev_timer_stop(w->loop, &w->due);
    free(w);
}

void vm_watch_want(struct vm_watch *w, struct vm_target *v, size_t n)
{
    for (size_t i = 0; i < w->n; i++)
        w->v[i]->wanted = false;
    for (size_t i = 0; i < n; i++)
        touch(w, &v[i])->wanted = true;
    drop_unwanted(w);
    for (size_t i = 0; i < n; i++) {
        const struct watched *x = touch(w, &v[i]);

        v[i].state = x->health.state;
        v[i].why = x->why;
    }
    schedule(w);
}

/* The entry of 't', added where it is missing. */
static struct watched *touch(struct vm_watch *w, const struct vm_target *t)
{
    char *key = key_of(t);
    bool found;
    size_t at = search_sorted(w->v, w->n, sizeof *w->v, key, compare_key, &found);

    if (found) {
        free(key);
        return w->v[at];
    }
    w->v = xgrow(w->v, w->n, &w->cap, sizeof *w->v);
    memmove(&w->v[at + 1], &w->v[at], (w->n - at) * sizeof *w->v);
    w->n++;
    w->v[at] = watched_new(w, t, key);
    return w->v[at];
}

static uint16_t port_of(const struct vm_target *t)
{
    return t->service->check.port ? t->service->check.port : t->service->port;
}

static char *key_of(const struct vm_target *t)
{
    const struct vm_check *c = &t->service->check;
    CLEAN(free_str) char *node = vm_node_name(t->file, &t->address);

    return xasprintf("%s %s %d %u %d %s %g %g %u %u", node, t->service->name, t->service->protocol,
                     port_of(t), (int)c->type, c->path ? c->path : "", c->interval, c->timeout,
                     c->rise, c->fall);
}

/* Takes 'key' over. */
static struct watched *watched_new(struct vm_watch *w, const struct vm_target *t, char *key)
{
    struct watched *x = xcalloc(1, sizeof *x);
    const struct vm_check *c = &t->service->check;
    char buf[IPADDR_STRLEN];

    x->watch = w;
    x->key = key;
    x->label = xasprintf("service=%s machine=%s file=%s.conf", t->service->name,
                         ipaddr_format_port(&t->address, t->service->port, buf), t->file);
    x->address = t->address;
    x->port = port_of(t);
    x->check = *c;
    x->check.path = c->path ? xstrdup(c->path) : NULL;
    vm_health_init(&x->health, c, ev_now(w->loop));
    return x;
}

static void watched_free(struct watched *x)
{
    vm_probe_cancel(x->probe);
    free(x->key);
    free(x->label);
    free(x->check.path);
    free(x->why);
    free(x);
}

static void drop_unwanted(struct vm_watch *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (w->v[i]->wanted) {
            w->v[kept++] = w->v[i];
            continue;
        }
        w->probing -= w->v[i]->probe != NULL;
        watched_free(w->v[i]);
    }
    w->n = kept;
}

static int compare_key(const void *key, const void *member)
{
    return strcmp(key, (*(struct watched *const *)member)->key);
}

static void on_due(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct vm_watch *w = timer->data;
    struct watched *x;

    (void)events;
    while (w->probing < VM_PROBES_MAX && (x = next_due(w)) && x->health.due <= ev_now(loop)) {
        w->probing++;
        x->probe = vm_probe_start(loop, w->http, &x->check, &x->address, x->port, on_result, x);
    }
    schedule(w);
}

/* The one that is due first, of those that are checked and not being checked; or NULL. */
static struct watched *next_due(const struct vm_watch *w)
{
    struct watched *first = NULL;

    for (size_t i = 0; i < w->n; i++) {
        struct watched *x = w->v[i];

        if (x->check.type != VM_CHECK_NONE && !x->probe &&
            (!first || x->health.due < first->health.due))
            first = x;
    }
    return first;
}

/* While all places are taken, the end of a probe schedules anew. */
static void schedule(struct vm_watch *w)
{
    const struct watched *x = w->probing < VM_PROBES_MAX ? next_due(w) : NULL;

    ev_timer_stop(w->loop, &w->due);
    if (!x)
        return;
    double delay = x->health.due - ev_now(w->loop);
    ev_timer_set(&w->due, delay > 0. ? delay : 0., 0.);
    ev_timer_start(w->loop, &w->due);
}

static void set_why(struct watched *x, const struct err *err)
{
    free(x->why);
    x->why = xasprintf("%.*s", WHY_MAX, err ? err_msg(err) : "the check was good");
}

/* A reason is told with the change that it made: it may differ from check to check. */
static void on_result(void *arg, const struct err *err)
{
    struct watched *x = arg;
    struct vm_watch *w = x->watch;
    bool changed = vm_health_result(&x->health, &x->check, !err, ev_now(w->loop), erand48(w->seed));

    x->probe = NULL;
    w->probing--;
    schedule(w);
    if (!changed)
        return;
    set_why(x, err);
    if (err)
        log_warn(AREA, "down %s: %s", x->label, x->why);
    else
        log_info(AREA, "up %s", x->label);
    w->on_change(w->arg);
}

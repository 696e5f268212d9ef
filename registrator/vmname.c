#include "registrator/vmname.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/resolver.h"
#include "lib/xmalloc.h"

#define RETRY 10. /* seconds after a failure */

struct name {
    struct vm_names *names;
    char *name;
    struct ipaddr v[VM_NAME_ADDRESSES_MAX];
    size_t n;
    char *error;                       /* of the last try, or NULL */
    struct resolver_question *running; /* or NULL */
    ev_timer due;
    bool wanted;
};

struct vm_names {
    struct ev_loop *loop;
    struct resolver *resolver;
    void (*on_change)(void *arg);
    void *arg;
    struct name **v;
    size_t n, cap;
};

static struct name *find(const struct vm_names *l, const char *name);
static void add(struct vm_names *l, const char *name);
static void name_free(struct name *x);
static void on_due(struct ev_loop *loop, ev_timer *w, int events);
static void on_addresses(void *arg, const struct ipaddr *v, size_t n, double age,
                         const struct err *err);
static bool take(struct name *x, const struct ipaddr *v, size_t n);
static int compare(const void *a, const void *b);

struct vm_names *vm_names_new(struct ev_loop *loop, void (*on_change)(void *arg), void *arg,
                              struct err **err)
{
    struct resolver *resolver = resolver_new(loop, err);

    if (!resolver)
        return NULL;
    struct vm_names *l = xcalloc(1, sizeof *l);
    l->loop = loop;
    l->resolver = resolver;
    l->on_change = on_change;
    l->arg = arg;
    return l;
}

void vm_names_free(struct vm_names *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->n; i++)
        name_free(l->v[i]);
    free(l->v);
    resolver_free(l->resolver);
    free(l);
}

void vm_names_want(struct vm_names *l, const struct strv *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        l->v[i]->wanted = false;
    for (size_t i = 0; i < names->n; i++)
        add(l, names->v[i]);
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i]->wanted)
            l->v[kept++] = l->v[i];
        else
            name_free(l->v[i]);
    }
    l->n = kept;
}

const struct ipaddr *vm_names_find(const struct vm_names *l, const char *name, size_t *ret_n)
{
    const struct name *x = find(l, name);

    *ret_n = x ? x->n : 0;
    return x ? x->v : NULL;
}

const char *vm_names_error(const struct vm_names *l, const char *name)
{
    const struct name *x = find(l, name);

    return x ? x->error : NULL;
}

static struct name *find(const struct vm_names *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->v[i]->name, name))
            return l->v[i];
    return NULL;
}

static void add(struct vm_names *l, const char *name)
{
    struct name *x = find(l, name);

    if (!x) {
        x = xcalloc(1, sizeof *x);
        x->names = l;
        x->name = xstrdup(name);
        ev_timer_init(&x->due, on_due, 0., 0.);
        x->due.data = x;
        ev_timer_start(l->loop, &x->due);
        l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
        l->v[l->n++] = x;
    }
    x->wanted = true;
}

static void name_free(struct name *x)
{
    resolver_forget(x->running);
    ev_timer_stop(x->names->loop, &x->due);
    free(x->name);
    free(x->error);
    free(x);
}

static void on_due(struct ev_loop *loop, ev_timer *w, int events)
{
    struct name *x = w->data;

    (void)loop;
    (void)events;
    x->running = resolver_ask(x->names->resolver, x->name, on_addresses, x);
}

static void on_addresses(void *arg, const struct ipaddr *v, size_t n, double age,
                         const struct err *err)
{
    struct name *x = arg;
    struct vm_names *l = x->names;
    const char *before = x->error ? x->error : "", *now = err ? err_msg(err) : "";
    bool changed = strcmp(before, now) != 0;

    x->running = NULL;
    free(x->error);
    x->error = err ? xstrdup(err_msg(err)) : NULL;
    if (!err && take(x, v, n))
        changed = true;
    age = age < VM_NAME_AGE_MIN ? VM_NAME_AGE_MIN : age > VM_NAME_AGE_MAX ? VM_NAME_AGE_MAX : age;
    ev_timer_set(&x->due, err ? RETRY : age, 0.);
    ev_timer_start(l->loop, &x->due);
    if (changed)
        l->on_change(l->arg);
}

/* Keeps the addresses of one family, so that a machine with both is no two machines. Returns
 * whether they have changed. */
static bool take(struct name *x, const struct ipaddr *v, size_t n)
{
    struct ipaddr now[VM_NAME_ADDRESSES_MAX];
    uint8_t family = AF_INET6;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (v[i].family == AF_INET)
            family = AF_INET;
    for (size_t i = 0; i < n && kept < VM_NAME_ADDRESSES_MAX; i++)
        if (v[i].family == family)
            now[kept++] = v[i];
    if (kept)
        qsort(now, kept, sizeof *now, compare);
    bool same = kept == x->n;
    for (size_t i = 0; same && i < kept; i++)
        same = !ipaddr_cmp(&now[i], &x->v[i]);
    memcpy(x->v, now, kept * sizeof *now);
    x->n = kept;
    return !same;
}

static int compare(const void *a, const void *b)
{
    return ipaddr_cmp(a, b);
}

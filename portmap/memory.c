#include "portmap/memory.h"

#include <stdlib.h>

#include "lib/clean.h"
#include "lib/log.h"
#include "lib/xmalloc.h"
#include "portmap/ports.h"

#define WRITE_DELAY 1. /* seconds */

static void on_write(struct ev_loop *loop, ev_timer *w, int events);
static void write_file(struct memory *m);
static int compare_port(const void *a, const void *b);
static bool uses_port(const struct assignment *plan, const struct rest *rest);

void memory_init(struct memory *m, struct ev_loop *loop, const char *file,
                 void (*on_failed)(void *arg), void *arg)
{
    CLEAN(err) struct err *err = NULL;

    *m = (struct memory){.loop = loop, .file = file ? xstrdup(file) : NULL};
    ev_timer_init(&m->write, on_write, 0., 0.);
    m->write.data = m;
    m->on_failed = on_failed;
    m->arg = arg;
    if (file && ports_read(file, &m->sticky, &err) < 0)
        log_warn("portmap", "containers may get other host ports than before: %s", err_msg(err));
}

void memory_done(struct memory *m)
{
    if (m->loop)
        ev_timer_stop(m->loop, &m->write);
    if (m->dirty && m->file)
        write_file(m);
    if (m->failed)
        log_warn("portmap", "host ports are not remembered: %s", err_msg(m->failed));
    quarantine_done(&m->quarantine);
    sticky_done(&m->sticky);
    err_free(m->failed);
    free(m->file);
    *m = (struct memory){0};
}

void memory_recall(struct memory *m, const struct elements *resting, double now)
{
    struct rest r;

    for (size_t i = 0; !m->recalled && i < resting->n; i++)
        if (!element_to_rest(&resting->v[i], now, &r))
            quarantine_add(&m->quarantine, r.protocol, r.host_port, r.ends);
    m->recalled = true;
    quarantine_expire(&m->quarantine, now);
}

void memory_let_rest(struct memory *m, const struct mapping *leases, size_t n,
                     const struct assignment *plan, const struct portset *pool, double ends)
{
    struct quarantine *q = &m->quarantine;
    size_t p = 0;

    for (size_t i = 0; i < n; i++) {
        while (p < plan->n && compare_port(&plan->v[p], &leases[i]) < 0)
            p++;
        bool used = p < plan->n && !compare_port(&plan->v[p], &leases[i]);
        if (!used && leases[i].container_id[0] && portset_has(pool, leases[i].host_port))
            quarantine_add(q, leases[i].protocol, leases[i].host_port, ends);
    }
    for (size_t i = q->n; i-- > 0;)
        if (uses_port(plan, &q->v[i]))
            quarantine_remove(q, q->v[i].protocol, q->v[i].host_port);
}

static int compare_port(const void *a, const void *b)
{
    const struct mapping *x = a, *y = b;

    return x->protocol != y->protocol ? x->protocol - y->protocol : x->host_port - y->host_port;
}

/* At whatever address. */
static bool uses_port(const struct assignment *plan, const struct rest *rest)
{
    struct mapping key = {.protocol = rest->protocol, .host_port = rest->host_port};

    return plan->n && bsearch(&key, plan->v, plan->n, sizeof *plan->v, compare_port);
}

void memory_note(struct memory *m, const struct claims *claims, const struct assignment *plan,
                 const struct mapping *noted, size_t n, struct problems *problems)
{
    size_t known = 0;

    for (size_t i = 0; i < plan->n; i++) {
        const struct mapping *p = &plan->v[i];

        while (known < n && mapping_cmp_key(&noted[known], p) < 0)
            known++;
        if (known < n && !mapping_cmp_key(&noted[known], p) && mapping_equal(&noted[known], p))
            continue;
        const struct claim *c = claims_find(claims, p);
        if (c && sticky_note(&m->sticky, c->container_name, p->protocol, p->container_port,
                             p->host_port))
            m->dirty = true;
    }
    if (m->failed)
        problems_add(problems, m->file,
                     "host ports are not remembered for containers that are made anew: %s",
                     err_msg(m->failed));
    if (!m->dirty || !m->file || ev_is_active(&m->write))
        return;
    ev_timer_set(&m->write, WRITE_DELAY, 0.);
    ev_timer_start(m->loop, &m->write);
}

static void on_write(struct ev_loop *loop, ev_timer *w, int events)
{
    struct memory *m = w->data;
    bool failed_before = m->failed;

    (void)loop;
    (void)events;
    write_file(m);
    if (m->failed && !failed_before)
        m->on_failed(m->arg);
}

/* What could not be written is tried again with the next pass. */
static void write_file(struct memory *m)
{
    err_free(m->failed);
    m->failed = NULL;
    m->dirty = ports_write(m->file, &m->sticky, &m->failed) < 0;
}

#include "portmap/touched.h"

#include <netinet/in.h>

#include "lib/diff.h"
#include "portmap/report.h"

#define DELAY 0.02 /* seconds */

static const struct diff_rules mapping_rules = {sizeof(struct mapping), mapping_cmp_key,
                                                mapping_equal};

static void note_change(enum diff_op op, const void *wanted, const void *actual, void *arg);
static void on_timer(struct ev_loop *loop, ev_timer *timer, int events);
static int flush(struct touched *t, bool *ret_all);

void touched_init(struct touched *t, struct ev_loop *loop, const struct committed *committed,
                  void (*on_news)(void *arg), void *arg)
{
    *t = (struct touched){.loop = loop, .committed = committed, .on_news = on_news, .arg = arg};
    ev_timer_init(&t->timer, on_timer, 0., 0.);
    t->timer.data = t;
}

void touched_done(struct touched *t)
{
    if (ev_is_active(&t->timer)) {
        bool all;

        ev_timer_stop(t->loop, &t->timer);
        flush(t, &all);
    }
    err_free(t->failed);
}

void touched_add_pool(struct touched *t, const struct portset *pool)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
    struct portrange r;

    for (unsigned from = 0; portset_range(pool, from, &r); from = r.last + 1)
        for (unsigned port = r.first; port <= r.last; port++)
            for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
                flow_ports_add(&t->ports, protocols[i], (uint16_t)port);
}

void touched_add_changes(struct touched *t, const struct mapping *now, size_t n_now,
                         const struct mapping *before, size_t n_before)
{
    diff_sorted(&mapping_rules, now, n_now, before, n_before, note_change, t);
}

/* A port that is new leads no connection elsewhere, but of UDP: they went with the mapping before.
 */
static void note_change(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    const struct mapping *m = wanted ? wanted : actual;
    struct touched *t = arg;

    if (op != DIFF_SAME && !(op == DIFF_ADD && m->protocol != IPPROTO_UDP))
        flow_ports_add(&t->ports, m->protocol, m->host_port);
}

void touched_schedule(struct touched *t, struct kernel *kernel, struct problems *problems)
{
    t->kernel = kernel;
    if (t->failed)
        problems_add(problems, "conntrack",
                     "connections to earlier containers may go on, since they cannot be deleted: "
                     "%s; is the module nf_conntrack_netlink loaded?",
                     err_msg(t->failed));
    if (!t->ports.any || ev_is_active(&t->timer))
        return;
    ev_timer_set(&t->timer, DELAY, 0.);
    ev_timer_start(t->loop, &t->timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct touched *t = timer->data;
    bool failed_before = t->failed;
    bool all = false;

    (void)loop;
    (void)events;
    int r = flush(t, &all);
    if (!r && all)
        t->ports = (struct flow_ports){0};
    if ((r < 0) != failed_before || (!r && !all))
        t->on_news(t->arg);
}

static int flush(struct touched *t, bool *ret_all)
{
    size_t n = 0;

    err_free(t->failed);
    t->failed = NULL;
    int r = kernel_forget(t->kernel, &t->ports, t->committed->v, t->committed->n, &n, ret_all,
                          &t->failed);
    report_flush(n);
    return r;
}

#include <stdlib.h>

#include "agent/check.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define SHOWN_MAX 8 /* processes that are named */

/* One process at one port. */
struct holder {
    uint16_t port;
    int pid, parent;
};

struct holders {
    struct holder *v;
    size_t n, cap;
};

static void collect(const struct host *h, struct holders *ret);
static int by_port_then_pid(const void *a, const void *b);
static void judge(const struct host *h, const struct holder *v, size_t n, struct findings *out);
static bool is_haproxy(const struct host *h, int pid);

void check_haproxy(const struct host *h, struct findings *out)
{
    struct holders all = {0};
    size_t before = out->n;

    if (!check_has_processes(h, out))
        return;
    for (size_t i = 0; i < h->n_processes; i++)
        if (h->processes[i].role == HOST_HAPROXY && h->processes[i].ports_lost)
            finding_remedy(findings_add(out, FINDING_UNKNOWN,
                                        "the descriptors of HAProxy, pid %d, cannot be read",
                                        h->processes[i].pid),
                           "run berth doctor as root");
    collect(h, &all);
    for (size_t i = 0, end; i < all.n; i = end) {
        for (end = i + 1; end < all.n && all.v[end].port == all.v[i].port;)
            end++;
        if (end > i + 1)
            judge(h, &all.v[i], end - i, out);
    }
    free(all.v);
    if (out->n == before && host_count(h, HOST_HAPROXY))
        findings_add(out, FINDING_OK, "no two HAProxys listen at one port");
    else if (out->n == before)
        findings_add(out, FINDING_OK, "HAProxy: none");
}

/* A process that has a port at several addresses is there once. */
static void collect(const struct host *h, struct holders *ret)
{
    size_t kept = 0;

    for (size_t i = 0; i < h->n_processes; i++) {
        const struct host_process *p = &h->processes[i];

        for (size_t j = 0; p->role == HOST_HAPROXY && j < p->n_ports; j++) {
            ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
            ret->v[ret->n++] = (struct holder){p->ports[j], p->pid, p->parent};
        }
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_port_then_pid);
    for (size_t i = 0; i < ret->n; i++)
        if (!kept || by_port_then_pid(&ret->v[kept - 1], &ret->v[i]))
            ret->v[kept++] = ret->v[i];
    ret->n = kept;
}

static int by_port_then_pid(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;

    if (x->port != y->port)
        return x->port < y->port ? -1 : 1;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Workers of one master overlap for a moment in a reload, and should not for longer. */
static void judge(const struct host *h, const struct holder *v, size_t n, struct findings *out)
{
    CLEAN(sbuf) struct sbuf pids = SBUF_INIT;
    bool family = is_haproxy(h, v->parent);

    for (size_t i = 0; i < n; i++) {
        family = family && v[i].parent == v->parent;
        if (i < SHOWN_MAX)
            sbuf_addf(&pids, "%s%d", i ? ", " : "", v[i].pid);
    }
    sbuf_adds(&pids, n > SHOWN_MAX ? " and others" : "");
    if (family)
        finding_remedy(findings_add_why(out, FINDING_WARN,
                                        "an old worker goes on to answer a part of the connections "
                                        "with an old configuration",
                                        "workers of one HAProxy, pids %s, listen at port %u",
                                        sbuf_str(&pids), v->port),
                       "where it stays so after a reload, kill -USR1 the older one");
    else
        finding_remedy(findings_add_why(out, FINDING_FAIL,
                                        "the kernel divides the connections among them, and each "
                                        "answers with its own configuration",
                                        "several HAProxys, pids %s, listen at port %u",
                                        sbuf_str(&pids), v->port),
                       "ps -fp says who started them: stop the one that is not meant, kill -USR1 "
                       "lets it finish its connections");
}

static bool is_haproxy(const struct host *h, int pid)
{
    for (size_t i = 0; i < h->n_processes; i++)
        if (h->processes[i].pid == pid)
            return h->processes[i].role == HOST_HAPROXY;
    return false;
}

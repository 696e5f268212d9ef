#include "portmap/report.h"

#include "lib/diff.h"
#include "lib/log.h"
#include "lib/trace.h"

#define AREA "portmap"
#define QUIET 60. /* seconds from one line about a repair to the next */

static void tell(double *told, double now, const char *text);
static size_t count_lost(const struct committed *c, const struct kernel_view *view);
static void log_change(enum diff_op op, const void *wanted, const void *actual, void *arg);
static const char *format_target(const struct ipaddr *addr, uint16_t port, char buf[IPADDR_STRLEN]);

static const struct diff_rules mapping_rules = {sizeof(struct mapping), mapping_cmp_key,
                                                mapping_equal};

void report_table(struct report *r, double now, const struct committed *c,
                  const struct kernel_view *view)
{
    if (view->damaged || (!view->known && count_lost(c, view)))
        tell(&r->table, now,
             "somebody else had changed or deleted parts of table " NFT_TABLE
             "; it is whole again");
}

void report_rule(struct report *r, double now)
{
    tell(&r->rule, now,
         "somebody else had removed our rule from chain DOCKER-USER, or put another one before it; "
         "it is in place again");
}

void report_changes(const struct committed *c, const struct kernel_view *view,
                    const struct assignment *plan)
{
    const struct mapping *before = c ? c->v : view->leases;
    size_t n = c ? c->n : view->n_leases;

    if (view->n_foreign)
        log_warn(AREA, "foreign elements removed from table " NFT_TABLE " count=%zu",
                 view->n_foreign);
    if (!c && n)
        log_info(AREA, "leases found in the kernel count=%zu", n);
    diff_sorted(&mapping_rules, plan->v, plan->n, before, n, log_change, NULL);
}

void report_flush(size_t n)
{
    if (n)
        log_info(AREA, "connections to earlier containers forgotten count=%zu", n);
}

static void tell(double *told, double now, const char *text)
{
    bool quiet = *told && now < *told + QUIET;

    if (quiet) {
        log_debug(AREA, "%s", text);
        return;
    }
    *told = now;
    log_warn(AREA, "%s", text);
}

/* How many mappings that were committed are not in the kernel as they were? */
static size_t count_lost(const struct committed *c, const struct kernel_view *view)
{
    size_t lost = 0, k = 0;

    for (size_t i = 0; i < c->n; i++) {
        while (k < view->n_leases && mapping_cmp_key(&view->leases[k], &c->v[i]) < 0)
            k++;
        lost += k == view->n_leases || mapping_cmp_key(&view->leases[k], &c->v[i]) ||
                !mapping_equal(&view->leases[k], &c->v[i]);
    }
    return lost;
}

static void log_change(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    static const char *const verbs[] = {
        [DIFF_ADD] = "added", [DIFF_DELETE] = "removed", [DIFF_CHANGE] = "changed"};
    const struct mapping *m = wanted ? wanted : actual;
    char target[IPADDR_STRLEN], target6[IPADDR_STRLEN], host[IPADDR_STRLEN];
    char trace[TRACE_LEN + 1];

    (void)arg;
    if (op == DIFF_SAME)
        return;
    log_info(AREA,
             "mapping %s host-port=%u host-address=%s protocol=%s container=%.*s "
             "container-port=%u target=%s%s%s trace=%s",
             verbs[op], m->host_port,
             mapping_is_everywhere(m) ? "" : ipaddr_format(&m->host_addr, host),
             protocol_name(m->protocol), CONTAINER_ID_SHORT,
             m->container_id[0] ? m->container_id : "unknown", m->container_port,
             format_target(&m->container_addr, m->container_port, target),
             m->container_addr.family && m->container_addr6.family ? "," : "",
             format_target(&m->container_addr6, m->container_port, target6),
             trace_format(m->trace, trace));
    trace_reached(m->trace, wanted ? TRACE_MAPPED : TRACE_UNMAPPED, 0.);
}

/* "" for no address. */
static const char *format_target(const struct ipaddr *addr, uint16_t port, char buf[IPADDR_STRLEN])
{
    return addr->family ? ipaddr_format_port(addr, port, buf) : "";
}

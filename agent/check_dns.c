#include "agent/check.h"
#include "lib/sbuf.h"

static void list(const struct strv *l, struct sbuf *out);

void check_dns(const struct host *h, struct findings *out)
{
    CLEAN(sbuf) struct sbuf found = SBUF_INIT, live = SBUF_INIT;
    const char *why = "clients do not find the load balancer by its names";

    if (!h->dns)
        return;
    if (h->agent_lost) {
        findings_add(out, FINDING_UNKNOWN, "the agent does not say which names it keeps: %s",
                     h->agent_lost);
        return;
    }
    if (!h->dns_name) {
        findings_add(out, FINDING_UNKNOWN, "no name is written in the DNS zone, see berth status");
        return;
    }
    list(&h->dns_live, &live);
    if (h->dns_lost) {
        finding_remedy(findings_add_why(out, FINDING_WARN, why, "%s cannot be resolved here: %s",
                                        h->dns_name, h->dns_lost),
                       "have this host's resolver ask the zone's name servers");
        return;
    }
    list(&h->dns_found, &found);
    for (size_t i = 0; i < h->dns_found.n; i++) {
        if (!strv_contains(&h->dns_live, h->dns_found.v[i]))
            continue;
        findings_add(out, FINDING_OK, "%s leads to a load balancer that lives: %s", h->dns_name,
                     h->dns_found.v[i]);
        return;
    }
    finding_remedy(findings_add_why(out, FINDING_WARN, why,
                                    "%s leads to %s here; the load balancers that live are at %s",
                                    h->dns_name, sbuf_str(&found), sbuf_str(&live)),
                   "see which name server this host asks, and what it keeps of that name");
}

static void list(const struct strv *l, struct sbuf *out)
{
    for (size_t i = 0; i < l->n; i++)
        sbuf_addf(out, "%s%s", i ? ", " : "", l->v[i]);
}

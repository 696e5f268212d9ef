#include "agent/check.h"

void check_dubbo(const struct host *h, struct findings *out)
{
    const struct problems *l = &h->dubbo_problems;

    if (!h->dubbo)
        return;
    if (h->agent_lost) {
        findings_add(out, FINDING_UNKNOWN,
                     "the agent does not say what is in Dubbo's directory: %s", h->agent_lost);
        return;
    }
    for (size_t i = 0; i < l->n; i++)
        findings_add_why(out, FINDING_WARN, "a consumer may not find or reach the provider",
                         "Dubbo: %s: %s", l->v[i].subject, l->v[i].text);
    if (!l->n)
        findings_add(out, FINDING_OK,
                     "Dubbo's directory has what it should, and nothing unreachable");
}

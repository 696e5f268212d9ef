#include "agent/check.h"

static const char no_answer[] = "without it this check cannot say whether all is well";

int check_need(const struct host *h, struct findings *out, const char *path, long long *ret)
{
    const char *lost = host_lost(h, path);

    if (!host_number(h, path, ret))
        return 0;
    if (lost)
        findings_add_why(out, FINDING_UNKNOWN, no_answer, "%s", lost);
    else
        findings_add_why(out, FINDING_UNKNOWN, no_answer, "there is no number in /%s", path);
    return -1;
}

bool check_has_survey(const struct host *h, struct findings *out)
{
    if (h->survey_lost)
        finding_remedy(findings_add_why(out, FINDING_UNKNOWN, no_answer,
                                        "the packet filters cannot be read: %s", h->survey_lost),
                       "run berth doctor as root");
    return !h->survey_lost;
}

bool check_has_links(const struct host *h, struct findings *out)
{
    if (h->links_lost)
        finding_remedy(findings_add_why(out, FINDING_UNKNOWN, no_answer,
                                        "the interfaces cannot be read: %s", h->links_lost),
                       "run berth doctor where /sys is mounted for this network namespace");
    return !h->links_lost;
}

bool check_has_docker(const struct host *h, struct findings *out)
{
    if (h->docker_lost)
        finding_remedy(
            findings_add_why(out, FINDING_UNKNOWN, no_answer, "Docker: %s", h->docker_lost),
            "start Docker, or say where it listens: -o docker.socket=PATH");
    return !h->docker_lost;
}

bool check_has_processes(const struct host *h, struct findings *out)
{
    if (h->processes_lost)
        finding_remedy(findings_add_why(out, FINDING_UNKNOWN, no_answer,
                                        "the processes cannot be read: %s", h->processes_lost),
                       "run berth doctor as root");
    return !h->processes_lost;
}

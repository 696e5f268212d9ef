#include "agent/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

static int compare_link(const void *name, const void *link);

void host_done(struct host *h)
{
    kvs_done(&h->files);
    kvs_done(&h->lost);
    for (size_t i = 0; i < h->n_links; i++)
        free(h->links[i].mac);
    free(h->links);
    free(h->links_lost);
    for (size_t i = 0; i < h->n_processes; i++) {
        strv_done(&h->processes[i].args);
        free(h->processes[i].resources);
        free(h->processes[i].ports);
    }
    free(h->processes);
    free(h->processes_lost);
    free(h->listeners.v);
    free(h->kernel_log_lost);
    problems_done(&h->dubbo_problems);
    free(h->dns_name);
    strv_done(&h->dns_live);
    strv_done(&h->dns_found);
    free(h->dns_lost);
    free(h->agent_lost);
    survey_done(&h->survey);
    free(h->survey_lost);
    docker_view_done(&h->docker);
    free(h->docker_lost);
    *h = (struct host){0};
}

const char *host_file(const struct host *h, const char *path)
{
    return kvs_get(&h->files, path);
}

const char *host_lost(const struct host *h, const char *path)
{
    return kvs_get(&h->lost, path);
}

int host_number(const struct host *h, const char *path, long long *ret)
{
    const char *text = host_file(h, path);
    char *end;

    if (!text || !*text)
        return -1;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (*end || errno)
        return -1;
    *ret = n;
    return 0;
}

int host_link_number(const struct host *h, const char *link, const char *key, long long *ret)
{
    CLEAN(free_str) char *path = xasprintf("proc/sys/net/ipv4/conf/%s/%s", link, key);

    return host_number(h, path, ret);
}

struct host_link *host_find_link(const struct host *h, const char *name)
{
    return h->n_links ? bsearch(name, h->links, h->n_links, sizeof *h->links, compare_link) : NULL;
}

size_t host_count(const struct host *h, enum host_role role)
{
    size_t n = 0;

    for (size_t i = 0; i < h->n_processes; i++)
        n += h->processes[i].role == role;
    return n;
}

const struct host_process *host_process(const struct host *h, enum host_role role)
{
    for (size_t i = 0; i < h->n_processes; i++)
        if (h->processes[i].role == role)
            return &h->processes[i];
    return NULL;
}

bool host_needs_ipv6(const struct host *h)
{
    for (size_t i = 0; i < h->n_links; i++)
        if (h->links[i].is_bridge && h->links[i].ipv6)
            return true;
    return h->docker.ipv6;
}

const char *host_process_option(const struct host_process *p, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 1; i < p->args.n; i++) {
        const char *arg = p->args.v[i];

        if (strncmp(arg, "--", 2) || strncmp(arg + 2, name, len))
            continue;
        if (arg[2 + len] == '=')
            return arg + 2 + len + 1;
        if (!arg[2 + len])
            return i + 1 < p->args.n && p->args.v[i + 1][0] != '-' ? p->args.v[i + 1] : "";
    }
    return NULL;
}

static int compare_link(const void *name, const void *link)
{
    return strcmp(name, ((const struct host_link *)link)->name);
}

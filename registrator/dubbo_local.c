#include "registrator/dubbo_local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/endpoint.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_node.h"

#define CLOCK_SLACK                                                                                \
    1. /* seconds that a provider's clock may be behind Docker's: it is the same                   \
        */

struct dubbo_local *dubbo_locals_add(struct dubbo_locals *l, const char *container_id,
                                     const char *name)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    struct dubbo_local *local = &l->v[l->n++];
    *local = (struct dubbo_local){
        .container = xstrndup(container_id, CONTAINER_ID_SHORT),
        .name = xstrdup(name),
    };
    return local;
}

void dubbo_locals_done(struct dubbo_locals *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->v[i].container);
        free(l->v[i].name);
        free(l->v[i].host);
    }
    free(l->v);
    *l = (struct dubbo_locals){0};
}

bool dubbo_locals_near(const struct dubbo_locals *l, const char *host)
{
    struct ipaddr a;

    if (ipaddr_parse(host, &a) || a.family != AF_INET)
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].addr.family == AF_INET && !memcmp(l->v[i].addr.b, a.b, 2))
            return true;
    return false;
}

enum dubbo_verdict dubbo_locals_judge(const struct dubbo_locals *l, const struct dubbo_url *url,
                                      const struct dubbo_local **ret)
{
    const char *timestamp = kvs_get(&url->params, "timestamp");
    double registered = timestamp ? strtod(timestamp, NULL) / 1000. : 0.;
    const struct dubbo_local *found = NULL;
    struct ipaddr host;

    if (ipaddr_parse(url->host, &host))
        return DUBBO_VERDICT_FINE;
    for (size_t i = 0; i < l->n; i++)
        if (!ipaddr_cmp(&l->v[i].addr, &host) && (!found || l->v[i].port == url->port))
            found = &l->v[i];
    if (!found)
        return DUBBO_VERDICT_FINE;
    if (registered > 0. && registered < found->started - CLOCK_SLACK)
        return DUBBO_VERDICT_OLDER;
    *ret = found;
    return found->port == url->port && found->host ? DUBBO_VERDICT_UNREACHABLE
                                                   : DUBBO_VERDICT_NO_WAY;
}

const struct dubbo_local *dubbo_locals_of_mirror(const struct dubbo_locals *l, const char *mark)
{
    for (size_t i = 0; i < l->n; i++) {
        CLEAN(free_str) char *own = xasprintf("%s:%u", l->v[i].container, l->v[i].port);

        if (!strcmp(own, mark))
            return &l->v[i];
    }
    return NULL;
}

void dubbo_local_mirror(const struct dubbo_local *l, const struct dubbo_url *url, const char *node,
                        struct dubbo_url *ret)
{
    CLEAN(free_str) char *mark = xasprintf("%s:%u", l->container, l->port);

    ret->protocol = xstrdup(url->protocol);
    ret->host = xstrdup(l->host);
    ret->port = l->host_port;
    ret->path = xstrdup(url->path);
    kvs_copy(&ret->params, &url->params);
    kvs_set(&ret->params, DUBBO_MARK_MIRROR, mark);
    kvs_set(&ret->params, DUBBO_MARK_NODE, node);
}

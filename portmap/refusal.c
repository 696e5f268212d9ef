#include "portmap/refusal.h"

#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"

void refusals_done(struct refusals *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i].why);
    free(l->v);
    *l = (struct refusals){0};
}

void refusals_add(struct refusals *l, const struct mapping *port, char *why)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct refusal){*port, why};
}

const char *refusals_find(const struct refusals *l, const char *container_id, uint8_t protocol,
                          uint16_t container_port)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct mapping *port = &l->v[i].port;

        if (port->container_port == container_port && port->protocol == protocol &&
            !strcmp(port->container_id, container_id))
            return l->v[i].why;
    }
    return NULL;
}

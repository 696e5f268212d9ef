#include "agent/said_ports.h"

#include <stdio.h>

#include "lib/xmalloc.h"
#include "registrator/text.h"

#define MESOS_PORTS_MAX 64

void said_ports_read(const struct container *c, struct service_ports *ret)
{
    char key[16];
    uint16_t port;

    service_ports_read(&c->env, &c->labels, c->name, ret, NULL);
    if (ret->n || c->n_ports || c->mode != NETWORK_HOST)
        return;
    for (unsigned n = 0; n < MESOS_PORTS_MAX; n++) {
        snprintf(key, sizeof key, "PORT%u", n);
        const char *said = kvs_get(&c->env, key);
        if (!said || text_port(said, &port))
            return;
        if (!service_ports_find(ret, IPPROTO_TCP, port))
            service_ports_add(ret, IPPROTO_TCP, port, NULL);
    }
}

#include "agent/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/place.h"
#include "lib/xmalloc.h"

#define PORTS_NUMBERED_MAX 64 /* n of PORTn that is looked at */

static void report_tags(const struct container *c, struct problems *problems);
static void add_container(const struct container *c, const struct place *p, bool draining,
                          struct endpoints *ret);

void endpoints_from_inventory(const struct inventory *inv, const struct reach_rules *rules,
                              double now, double drain_max, struct endpoints *ret,
                              struct problems *problems)
{
    for (size_t i = 0; i < inv->n; i++) {
        const struct container *c = inv->v[i].container;

        if (!c)
            continue;
        if (c->tags_why && c->n_ports)
            report_tags(c, problems);
        struct place p = place_find(inv, rules, c, &ret->texts, problems);
        add_container(c, &p, inventory_entry_draining(&inv->v[i], now, drain_max), ret);
    }
}

double inventory_next_drain_end(const struct inventory *inv, double now, double drain_max)
{
    double next = 0.;

    for (size_t i = 0; i < inv->n; i++) {
        const struct inventory_entry *e = &inv->v[i];
        double end = e->stop_asked + drain_max;

        if (inventory_entry_draining(e, now, drain_max) && (next == 0. || end < next))
            next = end;
    }
    return next;
}

void endpoints_done(struct endpoints *e)
{
    free(e->v);
    strv_done(&e->texts);
    for (size_t i = 0; i < e->n_labels; i++) {
        kvs_done(e->labels[i]);
        free(e->labels[i]);
    }
    free(e->labels);
    *e = (struct endpoints){0};
}

const struct kvs *endpoints_keep_labels(struct endpoints *e, struct kvs *labels)
{
    struct kvs *kept = xcalloc(1, sizeof *kept);

    *kept = *labels;
    *labels = (struct kvs){0};
    e->labels = xgrow(e->labels, e->n_labels, &e->cap_labels, sizeof(struct kvs *));
    e->labels[e->n_labels++] = kept;
    return kept;
}

const char *endpoint_reach_name(enum endpoint_reach reach)
{
    switch (reach) {
    case REACH_NONE:
        return "none";
    case REACH_ASSIGNED:
        return "assigned";
    case REACH_PUBLISHED:
        return "published";
    case REACH_HOST:
        return "host";
    case REACH_DIRECT:
        return "direct";
    }
    return "?";
}

static void report_tags(const struct container *c, struct problems *problems)
{
    CLEAN(free_str) char *subject = xasprintf("container %s", c->name);

    problems_add(problems, subject, "it gets no tags of the template: %s", c->tags_why);
}

/* Mesos numbers the ports of a task by PORT0, PORT1 ..., which are host ports, or its own where it
 * has none there. What it does not number stands behind those; without Mesos their order counts. */
static unsigned port_index(const struct container *c, uint16_t port, unsigned position)
{
    char key[16], value[8];
    unsigned n = 0;

    snprintf(value, sizeof value, "%u", port);
    for (; n < PORTS_NUMBERED_MAX; n++) {
        snprintf(key, sizeof key, "PORT%u", n);
        const char *said = kvs_get(&c->env, key);
        if (!said)
            break;
        if (!strcmp(said, value))
            return n;
    }
    return n + position;
}

static struct endpoint make_endpoint(const struct container *c, const struct place *p,
                                     const struct container_port *port, unsigned position)
{
    struct endpoint e = {
        .container_id = c->id,
        .container_name = c->name,
        .image = c->image,
        .env = &c->env,
        .labels = &c->labels,
        .tags = &c->tags,
        .network = p->network               ? p->network->name
                   : p->reach == REACH_HOST ? "host"
                                            : "none",
        .why = p->why,
        .revision = c->revision,
        .reach = p->reach,
        .protocol = port->protocol,
        .container_port = port->port,
        .index = position,
        .started = c->started,
        .trace = c->trace,
        .paused = c->paused,
        .health = c->health,
    };

    if (p->network) {
        e.container_addr = p->network->addr;
        e.container_addr6 = p->network->addr6;
    }
    if (port->host_port) {
        e.reach = REACH_PUBLISHED;
        e.why = NULL;
        e.host_addr = port->host_addr;
        e.host_port = port->host_port;
    } else if (p->reach == REACH_HOST) {
        e.host_addr = ipaddr_any4();
        e.host_port = port->port;
    } else if (p->reach == REACH_ASSIGNED) {
        e.host_addr = ipaddr_any4();
    }
    e.index = port_index(c, e.host_port ? e.host_port : e.container_port, position);
    return e;
}

/* The same container port, whatever it is bound to? */
static bool same_port(const struct container_port *a, const struct container_port *b)
{
    return a->port == b->port && a->protocol == b->protocol;
}

/* Adds what 'net' publishes for that port; false where it publishes nothing. */
static bool add_published(const struct container *c, const struct place *p,
                          const struct container_port *port, unsigned position, bool draining,
                          struct endpoints *ret)
{
    bool any = false;

    for (size_t i = 0; i < p->net->n_ports; i++) {
        const struct container_port *binding = &p->net->ports[i];

        if (!same_port(binding, port) || !binding->host_port)
            continue;
        struct endpoint e = make_endpoint(c, p, binding, position);
        e.draining = draining;
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = e;
        any = true;
    }
    return any;
}

static void add_container(const struct container *c, const struct place *p, bool draining,
                          struct endpoints *ret)
{
    unsigned position = 0;

    for (size_t i = 0; i < c->n_ports; i++) {
        const struct container_port *port = &c->ports[i];

        if (i && same_port(port, port - 1))
            continue; /* another binding of the port before */
        unsigned at = position++;
        if (p->net && p->reach != REACH_HOST && add_published(c, p, port, at, draining, ret))
            continue;
        struct container_port bare = {.protocol = port->protocol, .port = port->port};
        struct endpoint e = make_endpoint(c, p, &bare, at);
        e.draining = draining;
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = e;
    }
}

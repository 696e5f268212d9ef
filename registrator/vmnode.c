#include "registrator/vmnode.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "lib/endpoint.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

static void make_meta(const struct vm_target *t, struct kvs *meta);
static void add_number(struct kvs *meta, const char *key, unsigned n);

/* The address has a fixed form at the end, so that no two nodes get one name. */
char *vm_node_name(const char *file, const struct ipaddr *address)
{
    struct sbuf name = SBUF_INIT;

    sbuf_addf(&name, "vm-%s-", file);
    if (address->family == AF_INET)
        sbuf_addf(&name, "%u-%u-%u-%u", address->b[0], address->b[1], address->b[2], address->b[3]);
    else
        for (size_t i = 0; i < sizeof address->b; i++)
            sbuf_addf(&name, "%02x", address->b[i]);
    return sbuf_take(&name);
}

void vm_node_instance(const struct vm_target *t, struct instance *ret)
{
    const struct vm_service *s = t->service;
    char buf[IPADDR_STRLEN];

    ret->node = vm_node_name(t->file, &t->address);
    ret->id = xasprintf("%s:%s:%u%s", ret->node, s->name, s->port,
                        s->protocol == IPPROTO_UDP ? ":udp" : "");
    ret->service = xstrdup(s->name);
    ret->address = xstrdup(ipaddr_format(&t->address, buf));
    ret->port = s->port;
    ret->weight = s->weight;
    ret->state = t->state == VM_UP ? INSTANCE_PASSING : INSTANCE_CRITICAL;
    strv_copy(&ret->tags, &s->tags);
    make_meta(t, &ret->meta);
}

bool vm_node_is_own_meta(const char *key)
{
    static const char *const own[] = {
        META_FILE,           META_WEIGHT,    META_NODE,    META_CONTAINER_ID,
        META_CONTAINER_PORT, META_HOST_PORT, META_NETWORK, META_SERVICE_PORT,
        META_PROTOCOL,       META_VHOST,     META_MODE,
    };

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (!strcmp(key, own[i]))
            return true;
    return !strncmp(key, "consul-", 7) || !strcmp(key, "dubbo") || !strncmp(key, "dubbo-", 6);
}

static void make_meta(const struct vm_target *t, struct kvs *meta)
{
    const struct vm_service *s = t->service;

    kvs_copy(meta, &s->meta);
    kvs_add(meta, META_FILE, t->file);
    kvs_add(meta, META_PROTOCOL, protocol_name(s->protocol));
    if (s->service_port)
        add_number(meta, META_SERVICE_PORT, s->service_port);
    if (s->vhost)
        kvs_add(meta, META_VHOST, s->vhost);
    if (s->mode)
        kvs_add(meta, META_MODE, s->mode);
    if (s->weight)
        add_number(meta, META_WEIGHT, s->weight);
    kvs_sort(meta);
}

static void add_number(struct kvs *meta, const char *key, unsigned n)
{
    char digits[12];

    snprintf(digits, sizeof digits, "%u", n);
    kvs_add(meta, key, digits);
}

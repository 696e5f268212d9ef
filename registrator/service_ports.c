#include "registrator/service_ports.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

#define LABEL "SERVICE_PORTS"

static int read_item(char *item, struct service_port *ret);
static void report(const char *subject, const char *item, const char *remedy,
                   struct problems *problems);

void service_ports_read(const struct kvs *env, const struct kvs *labels, const char *subject,
                        struct service_ports *ret, struct problems *problems)
{
    const char *said = kvs_get(labels, LABEL);

    if (!said || !*said)
        said = kvs_get(env, LABEL);
    for (const char *p = said ? said : ""; *p;) {
        size_t len = strcspn(p, ",");
        CLEAN(free_str) char *item = xstrndup(p, len), *whole = xstrdup(item);
        struct service_port port;

        p += len + (p[len] == ',');
        if (!*item)
            continue;
        if (read_item(item, &port)) {
            report(subject, whole, "use <port>[/tcp|/udp][:<name>]", problems);
        } else if (ret->n >= SERVICE_PORTS_MAX ||
                   service_ports_find(ret, port.protocol, port.port)) {
            report(subject, whole, "name each port once, 256 at most", problems);
        } else {
            service_ports_add(ret, port.protocol, port.port, port.name);
        }
    }
}

void service_ports_add(struct service_ports *l, uint8_t protocol, uint16_t port, const char *name)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct service_port){
        .port = port, .protocol = protocol, .name = name ? xstrdup(name) : NULL};
}

const struct service_port *service_ports_find(const struct service_ports *l, uint8_t protocol,
                                              uint16_t port)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].port == port && l->v[i].protocol == protocol)
            return &l->v[i];
    return NULL;
}

void service_ports_done(struct service_ports *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i].name);
    free(l->v);
    *l = (struct service_ports){0};
}

/* Cuts 'item' up; the name points into it. */
static int read_item(char *item, struct service_port *ret)
{
    char *name = strchr(item, ':');

    if (name)
        *name++ = '\0';
    char *protocol = strchr(item, '/');
    if (protocol)
        *protocol++ = '\0';
    *ret = (struct service_port){.protocol = IPPROTO_TCP, .name = name && *name ? name : NULL};
    if (protocol && !strcmp(protocol, "udp"))
        ret->protocol = IPPROTO_UDP;
    else if (protocol && strcmp(protocol, "tcp"))
        return -1;
    return text_port(item, &ret->port);
}

static void report(const char *subject, const char *item, const char *remedy,
                   struct problems *problems)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    text_add_shown(&text, item);
    problems_add(problems, subject, LABEL ": %s is ignored; %s", sbuf_str(&text), remedy);
}

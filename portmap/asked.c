#include "portmap/asked.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/xmalloc.h"

#define PREFIX "berth."
#define KEY_LEN 32   /* of the longest key, with its end */
#define SHOWN_MAX 64 /* bytes of a wrong value that a refusal quotes */

static const char *value_of(const struct kvs *labels, const struct kvs *env, const char *key);
static bool has_any(const struct kvs *m);
static bool parse_port(const char *text, uint16_t *ret);
static bool parse_address(const char *text, struct ipaddr *ret);

void asked_read(const struct kvs *labels, const struct kvs *env, uint16_t port, struct asked *ret)
{
    char port_key[KEY_LEN], addr_key[KEY_LEN];
    struct asked a = {0};

    *ret = a;
    if (!has_any(labels) && !has_any(env))
        return;
    snprintf(port_key, sizeof port_key, PREFIX "%u.host-port", port);
    snprintf(addr_key, sizeof addr_key, PREFIX "%u.host-ip", port);
    const char *port_text = value_of(labels, env, port_key);
    const char *addr_text = value_of(labels, env, addr_key);
    if (port_text && !parse_port(port_text, &a.port))
        a.refusal = xasprintf("%s=%.*s is no port; give a number of the pool", port_key, SHOWN_MAX,
                              port_text);
    else if (addr_text && !parse_address(addr_text, &a.addr))
        a.refusal = xasprintf("%s=%.*s is no address of a host; give one of this host, or 0.0.0.0",
                              addr_key, SHOWN_MAX, addr_text);
    *ret = a;
}

static const char *value_of(const struct kvs *labels, const struct kvs *env, const char *key)
{
    const char *value = labels ? kvs_get(labels, key) : NULL;

    if (!(value && *value) && env)
        value = kvs_get(env, key);
    return value && *value ? value : NULL;
}

/* Most containers say nothing to berth: the keys are not worth spelling out for those. */
static bool has_any(const struct kvs *m)
{
    for (size_t i = 0; m && i < m->n; i++)
        if (!strncmp(m->v[i].key, PREFIX, strlen(PREFIX)))
            return true;
    return false;
}

static bool parse_port(const char *text, uint16_t *ret)
{
    size_t len = strspn(text, "0123456789");
    unsigned port = 0;

    if (!len || len > 5 || text[len])
        return false;
    for (size_t i = 0; i < len; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    *ret = (uint16_t)port;
    return port >= 1 && port <= 65535;
}

/* Every address is the same as none. A group is no host. */
static bool parse_address(const char *text, struct ipaddr *ret)
{
    struct ipaddr a;

    if (ipaddr_parse(text, &a) || a.b[0] == 0xff ||
        (a.family == AF_INET && (a.b[0] & 0xf0) >= 0xe0))
        return false;
    if (!ipaddr_is_any(&a))
        *ret = a;
    return true;
}

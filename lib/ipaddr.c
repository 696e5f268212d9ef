#include "lib/ipaddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static size_t length(const struct ipaddr *a)
{
    return a->family == AF_INET ? 4 : 16;
}

int ipaddr_parse(const char *s, struct ipaddr *ret)
{
    struct ipaddr a = {0};

    if (inet_pton(AF_INET, s, a.b) == 1)
        a.family = AF_INET;
    else if (inet_pton(AF_INET6, s, a.b) == 1)
        a.family = AF_INET6;
    else
        return -1;
    *ret = a;
    return 0;
}

const char *ipaddr_format(const struct ipaddr *a, char buf[IPADDR_STRLEN])
{
    if (!a->family || !inet_ntop(a->family, a->b, buf, IPADDR_STRLEN))
        buf[0] = '\0';
    return buf;
}

const char *ipaddr_format_port(const struct ipaddr *a, unsigned port, char buf[IPADDR_STRLEN])
{
    char host[IPADDR_STRLEN];

    ipaddr_format(a, host);
    snprintf(buf, IPADDR_STRLEN, a->family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u", host,
             port & 0xffff);
    return buf;
}

int ipaddr_cmp(const struct ipaddr *a, const struct ipaddr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->b, b->b, sizeof a->b);
}

bool ipaddr_is_any(const struct ipaddr *a)
{
    static const uint8_t zero[16];

    return a->family && !memcmp(a->b, zero, length(a));
}

bool ipaddr_is_loopback(const struct ipaddr *a)
{
    if (a->family == AF_INET)
        return a->b[0] == 127;
    return a->family == AF_INET6 && !memcmp(a->b, &in6addr_loopback, 16);
}

struct ipaddr ipaddr_any4(void)
{
    return (struct ipaddr){.family = AF_INET};
}

#include <stdlib.h>
#include <string.h>

#include "lb-template/dns.h"
#include "lib/xmalloc.h"

#define DNS_PORT 53

static int read_port(const char *text, uint16_t *ret);

int dns_server_parse(const char *text, struct ipaddr *ret, uint16_t *ret_port, struct err **err)
{
    bool brackets = *text == '[';
    const char *end = brackets ? strchr(text, ']') : strrchr(text, ':');
    uint16_t port = DNS_PORT;
    struct ipaddr address;

    if (!brackets && end && strchr(text, ':') != end)
        end = NULL; /* colons of an IPv6 address alone */
    CLEAN(free_str)
    char *host = end ? xstrndup(text + brackets, (size_t)(end - text) - brackets) : xstrdup(text);
    const char *rest = end ? end + brackets : "";
    if (ipaddr_parse(host, &address) || ipaddr_is_any(&address) ||
        (*rest && (*rest != ':' || read_port(rest + 1, &port))))
        return err_set(err, "it must be the address of a DNS server, as in 192.0.2.53 or "
                            "[2001:db8::53]:53");
    *ret = address;
    *ret_port = port;
    return 0;
}

static int read_port(const char *text, uint16_t *ret)
{
    size_t len = strspn(text, "0123456789");
    unsigned long port = len && len <= 5 && !text[len] ? strtoul(text, NULL, 10) : 0;

    if (!port || port > 65535)
        return -1;
    *ret = (uint16_t)port;
    return 0;
}

/* sockaddr: the addresses of this host, by the names of HashiCorp's go-sockaddr. */
#include "lb-template/tmpl/function.h"
#include "lb-template/tmpl/text.h"

#include <sys/socket.h>

enum select { ANY, PRIVATE, PUBLIC };

/* RFC 1918 and RFC 6598 are private; so is fc00::/7. */
static bool is_private(const struct ipaddr *a)
{
    const uint8_t *b = a->b;

    if (a->family != AF_INET)
        return (b[0] & 0xfe) == 0xfc;
    return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 100 && (b[1] & 0xc0) == 64);
}

static bool is_link_local(const struct ipaddr *a)
{
    return a->family == AF_INET ? a->b[0] == 169 && a->b[1] == 254
                                : a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Private addresses count on the interface with the default route, and IPv4 only, as there. */
static bool fits(const struct tmpl_addr *a, enum select select, const struct tmpl_value *interface)
{
    if (interface->len)
        return tmpl_is(interface, a->interface);
    if (ipaddr_is_loopback(&a->addr) || is_link_local(&a->addr) || a->addr.family != AF_INET)
        return false;
    return select == PRIVATE ? is_private(&a->addr) && a->is_default : !is_private(&a->addr);
}

/* "GetInterfaceIP \"eth0\"": the word and its argument. */
static struct tmpl_value argument_of(struct tmpl_value *call)
{
    const char *space = memchr(call->s, ' ', call->len);
    struct tmpl_value argument = tmpl_str("", 0);

    if (space) {
        argument = tmpl_str(space + 1, call->len - (size_t)(space + 1 - call->s));
        call->len = (uint32_t)(space - call->s);
    }
    return tmpl_trim(argument, tmpl_cstr(" \"`"), true, true);
}

static int fn_sockaddr(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                       struct tmpl_value *ret)
{
    static const struct {
        const char *name;
        enum select select;
        bool all, interface;
    } calls[] = {{"GetPrivateIP", PRIVATE, false, false}, {"GetPrivateIPs", PRIVATE, true, false},
                 {"GetPublicIP", PUBLIC, false, false},   {"GetPublicIPs", PUBLIC, true, false},
                 {"GetInterfaceIP", ANY, false, true},    {"GetInterfaceIPs", ANY, true, true}};
    struct tmpl_value call = tmpl_trim_space(args[0]), interface = argument_of(&call);
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    char text[IPADDR_STRLEN];
    size_t c = 0;

    (void)n;
    while (c < ARRAY_LEN(calls) && !tmpl_is(&call, calls[c].name))
        c++;
    if (c == ARRAY_LEN(calls) || calls[c].interface != (interface.len > 0))
        return tmpl_fail(x, "error calling sockaddr: it takes GetPrivateIP, GetPublicIP, their "
                            "plurals, and GetInterfaceIP \"NAME\"");
    for (size_t i = 0; i < x->run->n_addrs; i++) {
        if (!fits(&x->run->addrs[i], calls[c].select, &interface))
            continue;
        tmpl_buf_adds(&b, b.len ? " " : "");
        tmpl_buf_adds(&b, ipaddr_format(&x->run->addrs[i].addr, text));
        if (!calls[c].all)
            break;
    }
    *ret = tmpl_buf_value(&b);
    return 0;
}

const struct tmpl_function tmpl_fn_net[] = {
    {.name = "sockaddr", .args = "s", .call = fn_sockaddr},
    {0},
};

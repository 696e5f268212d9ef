#include "portmap/notice.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define AF_BRIDGE 7   /* as <sys/socket.h> has it, which is for I/O */
#define FAMILY_IP 2   /* NFPROTO_IPV4 */
#define FAMILY_IP6 10 /* NFPROTO_IPV6 */
#define HEAD (sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg)) /* bytes before the attributes */

/* The names that a message gives; NULL: none. */
struct names {
    const char *table;
    const char *chain;
};

static const struct nlmsghdr *next_message(const void **data, size_t *len);
static bool concerns_us(const struct nlmsghdr *h);
static uint16_t chain_attribute(uint8_t type);
static struct names read_names(const struct nlmsghdr *h, uint16_t chain_type);
static const char *text_of(const struct nlattr *attr);
static const struct nlattr *find(const void *attrs, size_t len, uint16_t type);

bool notice_concerns_us(const void *data, size_t len, uint32_t own_port)
{
    for (const struct nlmsghdr *h; (h = next_message(&data, &len));)
        if (h->nlmsg_pid != own_port && concerns_us(h))
            return true;
    return false;
}

bool notice_of_bridge_port(const void *data, size_t len)
{
    for (const struct nlmsghdr *h; (h = next_message(&data, &len));) {
        const struct ifinfomsg *link = (const struct ifinfomsg *)(h + 1);

        if (h->nlmsg_type != RTM_NEWLINK || h->nlmsg_len < sizeof *h + sizeof *link ||
            link->ifi_family != AF_BRIDGE)
            continue;
        const struct nlattr *info =
            find(link + 1, h->nlmsg_len - sizeof *h - sizeof *link, IFLA_PROTINFO);
        const struct nlattr *mode =
            info ? find(info + 1, info->nla_len - sizeof *info, IFLA_BRPORT_MODE) : NULL;
        if (mode && mode->nla_len > sizeof *mode && !*(const uint8_t *)(mode + 1))
            return true;
    }
    return false;
}

/* Takes the first message off; NULL where there is none. */
static const struct nlmsghdr *next_message(const void **data, size_t *len)
{
    const struct nlmsghdr *h = *data;

    if (*len < sizeof *h || h->nlmsg_len < sizeof *h || h->nlmsg_len > *len)
        return NULL;
    size_t step = NLMSG_ALIGN((size_t)h->nlmsg_len);
    step = step < *len ? step : *len;
    *data = (const uint8_t *)*data + step;
    *len -= step;
    return h;
}

static bool concerns_us(const struct nlmsghdr *h)
{
    const struct nfgenmsg *general = (const struct nfgenmsg *)(h + 1);

    if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || h->nlmsg_len < sizeof *h + sizeof *general ||
        (general->nfgen_family != FAMILY_IP && general->nfgen_family != FAMILY_IP6))
        return false;
    struct names n = read_names(h, chain_attribute(h->nlmsg_type & 0xff));
    if (!n.table)
        return false;
    if (!strcmp(n.table, "berth"))
        return true;
    if (strcmp(n.table, "filter") || !n.chain)
        return false;
    return !strcmp(n.chain, "DOCKER-USER") ||
           (general->nfgen_family == FAMILY_IP6 && !strcmp(n.chain, "FORWARD"));
}

/* The attribute that names a chain; 0: there is none. */
static uint16_t chain_attribute(uint8_t type)
{
    if (type == NFT_MSG_NEWRULE || type == NFT_MSG_DELRULE)
        return NFTA_RULE_CHAIN;
    return type == NFT_MSG_NEWCHAIN || type == NFT_MSG_DELCHAIN ? NFTA_CHAIN_NAME : 0;
}

/* The name of the table is attribute 1 of every message; those of a generation have a number
 * there, which is no text. */
static struct names read_names(const struct nlmsghdr *h, uint16_t chain_type)
{
    const void *attrs = (const uint8_t *)h + HEAD;
    size_t len = h->nlmsg_len - HEAD;

    return (struct names){.table = text_of(find(attrs, len, NFTA_RULE_TABLE)),
                          .chain = chain_type ? text_of(find(attrs, len, chain_type)) : NULL};
}

/* The text that an attribute holds, or NULL where it holds none. */
static const char *text_of(const struct nlattr *attr)
{
    if (!attr || attr->nla_len <= sizeof *attr)
        return NULL;
    const char *text = (const char *)(attr + 1);
    return text[attr->nla_len - sizeof *attr - 1] ? NULL : text;
}

static const struct nlattr *find(const void *attrs, size_t len, uint16_t type)
{
    const uint8_t *at = attrs;

    while (len >= sizeof(struct nlattr)) {
        const struct nlattr *a = (const struct nlattr *)at;
        size_t step = NLA_ALIGN((size_t)a->nla_len);

        if (a->nla_len < sizeof *a || a->nla_len > len)
            return NULL;
        if ((a->nla_type & NLA_TYPE_MASK) == type)
            return a;
        step = step < len ? step : len;
        at += step;
        len -= step;
    }
    return NULL;
}

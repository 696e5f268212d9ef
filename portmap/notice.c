#include "portmap/notice.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

#define FAMILY_IP 2 /* NFPROTO_IPV4 */

/* The names that a message gives; NULL: none. */
struct names {
    const char *table;
    const char *chain;
};

static bool concerns_us(const struct nlmsghdr *h);
static uint16_t chain_attribute(uint8_t type);
static struct names read_names(const struct nlmsghdr *h, uint16_t chain_type);

bool notice_concerns_us(const void *data, size_t len, uint32_t own_port)
{
    const uint8_t *at = data;

    while (len >= sizeof(struct nlmsghdr)) {
        const struct nlmsghdr *h = (const struct nlmsghdr *)at;
        size_t step = NLMSG_ALIGN((size_t)h->nlmsg_len);

        if (h->nlmsg_len < sizeof *h || h->nlmsg_len > len)
            return false;
        if (h->nlmsg_pid != own_port && concerns_us(h))
            return true;
        if (step >= len)
            return false;
        at += step;
        len -= step;
    }
    return false;
}

static bool concerns_us(const struct nlmsghdr *h)
{
    const struct nfgenmsg *general = (const struct nfgenmsg *)(h + 1);

    if (h->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || h->nlmsg_len < sizeof *h + sizeof *general ||
        general->nfgen_family != FAMILY_IP)
        return false;
    struct names n = read_names(h, chain_attribute(h->nlmsg_type & 0xff));
    if (!n.table)
        return false;
    if (!strcmp(n.table, "berth"))
        return true;
    return !strcmp(n.table, "filter") && n.chain && !strcmp(n.chain, "DOCKER-USER");
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
    size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));
    const uint8_t *bytes = (const uint8_t *)h;
    struct names n = {0};

    while (at + NLA_HDRLEN <= h->nlmsg_len) {
        const struct nlattr *a = (const struct nlattr *)(bytes + at);
        const char *value = (const char *)bytes + at + NLA_HDRLEN;
        uint16_t type = a->nla_type & NLA_TYPE_MASK;

        if (a->nla_len < NLA_HDRLEN || a->nla_len > h->nlmsg_len - at)
            break;
        bool text = a->nla_len > NLA_HDRLEN && !value[a->nla_len - NLA_HDRLEN - 1];
        if (type == NFTA_RULE_TABLE && text)
            n.table = value;
        else if (type == chain_type && chain_type && text)
            n.chain = value;
        at += NLA_ALIGN((size_t)a->nla_len);
    }
    return n;
}

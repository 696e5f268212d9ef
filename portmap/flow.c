#include "portmap/flow.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>

#define NATS (IPS_SRC_NAT | IPS_DST_NAT)

/* A run of attributes inside a message. */
struct span {
    const uint8_t *bytes;
    size_t len;
};

static bool next_attr(struct span *all, uint16_t *ret_type, struct span *ret_value);
static void note(const uint8_t *start, const struct span *value, size_t *ret_at, size_t *ret_len);
static struct span find(struct span all, uint16_t type);
static struct span find_in(struct span all, uint16_t outer, uint16_t inner);
static uint16_t read_port(struct span value);
static uint32_t read_number(struct span value);
static int read_addr(struct span tuple, uint16_t type4, uint16_t type6, struct ipaddr *ret);
static int read_original(struct flow *f, struct span tuple);
static int read_reply(struct flow *f, struct span tuple);
static unsigned row(uint8_t protocol);

void flow_ports_add(struct flow_ports *p, uint8_t protocol, uint16_t port)
{
    p->bits[row(protocol)][port / 8] |= (uint8_t)(1 << port % 8);
    p->any = true;
}

int flow_parse(const void *message, size_t len, struct flow *ret)
{
    size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));
    struct flow f = {0};
    struct span value, original = {0}, reply = {0};
    uint16_t type;

    if (len < head)
        return -1;
    for (struct span all = {(const uint8_t *)message + head, len - head};
         next_attr(&all, &type, &value);) {
        if (type == CTA_TUPLE_ORIG) {
            original = value;
            note(message, &value, &f.tuple, &f.tuple_len);
        } else if (type == CTA_TUPLE_REPLY) {
            reply = value;
        } else if (type == CTA_STATUS) {
            f.translated = read_number(value) & NATS;
        } else if (type == CTA_MARK) {
            f.mark = read_number(value);
        } else if (type == CTA_ID) {
            note(message, &value, &f.id, &f.id_len);
        } else if (type == CTA_ZONE) {
            note(message, &value, &f.zone, &f.zone_len);
        }
    }
    if (read_original(&f, original) || read_reply(&f, reply))
        return -1;
    *ret = f;
    return 0;
}

bool flow_is_stale(const struct flow *f, const struct flow_ports *ports, const struct mapping *v,
                   size_t n, uint32_t mark)
{
    if (!(ports->bits[row(f->protocol)][f->host_port / 8] & 1 << f->host_port % 8))
        return false;
    if (!(f->mark & mark) && (f->protocol != IPPROTO_UDP || f->translated))
        return false;
    const struct mapping *m = mapping_lookup(v, n, f->protocol, f->host_port, &f->host_addr);
    return !m || m->container_port != f->from_port ||
           ipaddr_cmp(mapping_target(m, f->from.family), &f->from);
}

/* Takes the first attribute off 'all'. */
static bool next_attr(struct span *all, uint16_t *ret_type, struct span *ret_value)
{
    struct nlattr a;

    if (all->len < sizeof a)
        return false;
    memcpy(&a, all->bytes, sizeof a);
    if (a.nla_len < sizeof a || a.nla_len > all->len)
        return false;
    size_t step = NLA_ALIGN((size_t)a.nla_len);
    *ret_type = a.nla_type & NLA_TYPE_MASK;
    *ret_value = (struct span){all->bytes + sizeof a, a.nla_len - sizeof a};
    step = step < all->len ? step : all->len;
    all->bytes += step;
    all->len -= step;
    return true;
}

/* Where the attribute of that value is in the message. */
static void note(const uint8_t *start, const struct span *value, size_t *ret_at, size_t *ret_len)
{
    *ret_at = (size_t)(value->bytes - start) - NLA_HDRLEN;
    *ret_len = value->len + NLA_HDRLEN;
}

/* An absent attribute is empty. */
static struct span find(struct span all, uint16_t wanted)
{
    struct span value;
    uint16_t type;

    while (next_attr(&all, &type, &value))
        if (type == wanted)
            return value;
    return (struct span){0};
}

static struct span find_in(struct span all, uint16_t outer, uint16_t inner)
{
    return find(find(all, outer), inner);
}

static uint16_t read_port(struct span value)
{
    uint16_t port = 0;

    if (value.len == sizeof port)
        memcpy(&port, value.bytes, sizeof port);
    return ntohs(port);
}

static uint32_t read_number(struct span value)
{
    uint32_t number = 0;

    if (value.len == sizeof number)
        memcpy(&number, value.bytes, sizeof number);
    return ntohl(number);
}

/* The address at 'type4' or 'type6' of the tuple's addresses. */
static int read_addr(struct span tuple, uint16_t type4, uint16_t type6, struct ipaddr *ret)
{
    struct span v4 = find_in(tuple, CTA_TUPLE_IP, type4), v6 = find_in(tuple, CTA_TUPLE_IP, type6);

    *ret = (struct ipaddr){.family = v6.len == 16 ? AF_INET6 : AF_INET};
    if (v6.len == 16)
        memcpy(ret->b, v6.bytes, 16);
    else if (v4.len == 4)
        memcpy(ret->b, v4.bytes, 4);
    else
        return -1;
    return 0;
}

static int read_original(struct flow *f, struct span tuple)
{
    struct span protocol = find_in(tuple, CTA_TUPLE_PROTO, CTA_PROTO_NUM);

    if (protocol.len != 1 || (*protocol.bytes != IPPROTO_TCP && *protocol.bytes != IPPROTO_UDP &&
                              *protocol.bytes != IPPROTO_SCTP))
        return -1;
    f->protocol = *protocol.bytes;
    f->host_port = read_port(find_in(tuple, CTA_TUPLE_PROTO, CTA_PROTO_DST_PORT));
    return f->host_port ? read_addr(tuple, CTA_IP_V4_DST, CTA_IP_V6_DST, &f->host_addr) : -1;
}

static int read_reply(struct flow *f, struct span tuple)
{
    f->from_port = read_port(find_in(tuple, CTA_TUPLE_PROTO, CTA_PROTO_SRC_PORT));
    return read_addr(tuple, CTA_IP_V4_SRC, CTA_IP_V6_SRC, &f->from);
}

static unsigned row(uint8_t protocol)
{
    return protocol == IPPROTO_UDP ? 1 : protocol == IPPROTO_SCTP ? 2 : 0;
}

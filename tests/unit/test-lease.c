/* Two tables' elements, and the leases they are together. */
#include <netinet/in.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "portmap/lease.h"
#include "tests/tap.h"

#define LEASES_MAX 8

/* One element: in the table of its family, for container 'id' and its port 80 or 'other_port'. */
struct piece {
    uint8_t family;
    uint16_t host_port;
    uint8_t host; /* last byte of the host's address; 0: every address */
    const char *id;
    bool other_port;
};

static const struct {
    const char *name;
    struct piece pieces[LEASES_MAX];
    const char *leases;
} tests[] = {
    {"none", {{0}}, ""},
    {"of both families",
     {{AF_INET, 5, 0, "a", 0}, {AF_INET6, 5, 0, "a", 0}},
     "5=a 172.17.0.2 fd00::2\n"},
    {"whatever comes first",
     {{AF_INET6, 5, 0, "a", 0}, {AF_INET, 5, 0, "a", 0}},
     "5=a 172.17.0.2 fd00::2\n"},
    {"the IPv4 half alone", {{AF_INET, 5, 0, "a", 0}}, "5=a 172.17.0.2 \n"},
    {"the IPv6 half alone", {{AF_INET6, 5, 0, "a", 0}}, "5=a  fd00::2\n"},
    {"two ports",
     {{AF_INET6, 6, 0, "a", 0}, {AF_INET, 5, 0, "b", 0}, {AF_INET, 6, 0, "a", 0}},
     "5=b 172.17.0.2 \n6=a 172.17.0.2 fd00::2\n"},
    {"one port at two addresses",
     {{AF_INET, 5, 2, "b", 0}, {AF_INET, 5, 1, "a", 0}},
     "5=a 172.17.0.2  at 10.0.0.1\n5=b 172.17.0.2  at 10.0.0.2\n"},
    {"families that disagree about the owner",
     {{AF_INET, 5, 0, "a", 0}, {AF_INET6, 5, 0, "b", 0}},
     "5=a 172.17.0.2 \n"},
    {"... where nobody owns the IPv4 half",
     {{AF_INET, 5, 0, "", 0}, {AF_INET6, 5, 0, "b", 0}},
     "5=b  fd00::2\n"},
    {"... about the container port",
     {{AF_INET, 5, 0, "a", 0}, {AF_INET6, 5, 0, "a", 1}},
     "5=a 172.17.0.2 \n"},
};

static struct mapping mapping_of(const struct piece *p)
{
    struct mapping m = {.protocol = IPPROTO_TCP,
                        .host_port = p->host_port,
                        .container_port = p->other_port ? 81 : 80};

    if (p->host)
        m.host_addr = (struct ipaddr){.family = AF_INET, .b = {10, 0, 0, p->host}};
    if (p->family == AF_INET)
        m.container_addr = (struct ipaddr){.family = AF_INET, .b = {172, 17, 0, 2}};
    else
        m.container_addr6 = (struct ipaddr){.family = AF_INET6, .b = {0xfd, [15] = 2}};
    m.container_id[0] = p->id[0];
    return m;
}

static void add_text(struct sbuf *out, const struct mapping *m)
{
    char addr[IPADDR_STRLEN];

    sbuf_addf(out, "%u=%s ", m->host_port, m->container_id);
    sbuf_addf(out, "%s ", ipaddr_format(&m->container_addr, addr));
    sbuf_adds(out, ipaddr_format(&m->container_addr6, addr));
    if (!mapping_is_everywhere(m))
        sbuf_addf(out, " at %s", ipaddr_format(&m->host_addr, addr));
    sbuf_addch(out, '\n');
}

static void test(size_t i)
{
    struct elements l = {0};
    struct mapping leases[LEASES_MAX];
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    struct element foreign = {.key_len = 3};
    size_t n = 0;

    for (size_t p = 0; p < LEASES_MAX && tests[i].pieces[p].family; p++) {
        struct mapping m = mapping_of(&tests[i].pieces[p]);
        struct element e = element_from_mapping(&m, tests[i].pieces[p].family);

        elements_add(&l, &e);
    }
    size_t ours = l.n;
    elements_add(&l, &foreign);
    lease_read(&l, leases, &n);
    is_int((long long)n, (long long)ours, "%s: a foreign element is no lease", tests[i].name);
    n = lease_join(leases, n);
    for (size_t k = 0; k < n; k++)
        add_text(&got, &leases[k]);
    is_str(sbuf_str(&got), tests[i].leases, "%s", tests[i].name);
    elements_done(&l);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        test(i);
    return tap_done();
}

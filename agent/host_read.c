#include "agent/host_read.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "agent/host_links.h"
#include "agent/host_haproxy.h"
#include "agent/host_processes.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define FILE_MAX (1024 * 1024)         /* bytes of one file */
#define SOCKETS_MAX (16 * 1024 * 1024) /* bytes of one list of sockets */
#define KERNEL_LOG_RECORDS 65536
#define CAP_NET_ADMIN_NUMBER 12

#define CONNTRACK "proc/sys/net/netfilter/nf_conntrack_"
#define BRIDGE "proc/sys/net/bridge/bridge-nf-call-"
#define DROPS "proc/net/stat/nf_conntrack"

static const char *const files[] = {
    "proc/sys/kernel/osrelease",
    "proc/sys/net/ipv4/ip_forward",
    "proc/sys/net/ipv6/conf/all/forwarding",
    "proc/sys/net/ipv4/conf/all/rp_filter",
    "proc/sys/net/ipv4/conf/all/route_localnet",
    "proc/sys/net/ipv4/ip_local_port_range",
    "proc/sys/net/ipv4/ip_local_reserved_ports",
    BRIDGE "iptables",
    BRIDGE "ip6tables",
    CONNTRACK "max",
    CONNTRACK "count",
    CONNTRACK "buckets",
    CONNTRACK "tcp_timeout_established",
    CONNTRACK "tcp_timeout_time_wait",
    CONNTRACK "tcp_timeout_close_wait",
    CONNTRACK "udp_timeout",
    CONNTRACK "udp_timeout_stream",
    CONNTRACK "tcp_be_liberal",
    CONNTRACK "tcp_loose",
    "proc/net/ip_tables_names",
    "etc/docker/daemon.json",
    "etc/nftables.conf",
    "etc/systemd/system/sysinit.target.wants/nftables.service",
    "etc/ufw/ufw.conf",
};

static void note_file(struct host *h, const char *root, const char *path);
static void read_link_files(struct host *h, const char *root);
static void read_listeners(struct host *h, const char *root);
static int read_drops(const char *root, struct procfs_drops *ret);
static void read_kernel_log(struct host *h, const char *root);
static void read_limits(struct host *h, const char *root);

void host_read(struct host *h, const char *root)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        note_file(h, root, files[i]);
    host_read_links(h, root);
    read_link_files(h, root);
    host_read_processes(h, root);
    read_listeners(h, root);
    host_read_haproxy(h, root);
    read_kernel_log(h, root);
    read_limits(h, root);
    h->drops_known = !read_drops(root, &h->drops[0]);
    h->drops[1] = h->drops[0];
}

void host_read_drops_again(struct host *h, const char *root)
{
    if (h->drops_known && read_drops(root, &h->drops[1]) < 0)
        h->drops_known = false;
}

char *host_read_file(const char *root, const char *path, size_t limit, size_t *ret_len,
                     struct err **err)
{
    CLEAN(free_str) char *full = xasprintf("%s/%s", root, path);
    CLEAN(close_fd) int fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    CLEAN(sbuf) struct sbuf b = SBUF_INIT;
    char chunk[16384];
    ssize_t n = 1;

    while (fd >= 0 && n > 0 && b.len < limit) {
        size_t left = limit - b.len;

        n = read(fd, chunk, left < sizeof chunk ? left : sizeof chunk);
        if (n > 0)
            sbuf_add(&b, chunk, (size_t)n);
    }
    if (fd < 0 || n < 0) {
        err_set_errno(err, errno, "cannot read %s", full);
        return NULL;
    }
    if (ret_len)
        *ret_len = b.len;
    return sbuf_take(&b);
}

static void note_file(struct host *h, const char *root, const char *path)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(free_str) char *text = host_read_file(root, path, FILE_MAX, NULL, &err);

    if (!text) {
        if (err_code(err) != ENOENT && err_code(err) != ENOTDIR)
            kvs_add(&h->lost, path, err_msg(err));
        return;
    }
    for (size_t len = strlen(text); len && strchr(" \t\n", text[len - 1]); len--)
        text[len - 1] = '\0';
    kvs_add(&h->files, path, text);
}

/* The ports of bridges are left out: there is one for each container. */
static void read_link_files(struct host *h, const char *root)
{
    static const char *const keys[] = {"rp_filter", "route_localnet"};

    for (size_t i = 0; i < h->n_links; i++)
        for (size_t k = 0; k < ARRAY_LEN(keys) && !h->links[i].master[0]; k++) {
            CLEAN(free_str)
            char *path = xasprintf("proc/sys/net/ipv4/conf/%s/%s", h->links[i].name, keys[k]);
            note_file(h, root, path);
        }
}

static void read_listeners(struct host *h, const char *root)
{
    static const struct {
        const char *path;
        uint8_t protocol;
    } lists[] = {{"proc/net/tcp", IPPROTO_TCP},
                 {"proc/net/tcp6", IPPROTO_TCP},
                 {"proc/net/udp", IPPROTO_UDP},
                 {"proc/net/udp6", IPPROTO_UDP}};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        CLEAN(free_str)
        char *text = host_read_file(root, lists[i].path, SOCKETS_MAX, NULL, NULL);
        if (text)
            procfs_add_listeners(text, lists[i].protocol, &h->listeners);
    }
}

static int read_drops(const char *root, struct procfs_drops *ret)
{
    CLEAN(free_str) char *text = host_read_file(root, DROPS, FILE_MAX, NULL, NULL);

    return text ? procfs_drops_parse(text, ret) : -1;
}

/* Each read gives one record. EPIPE: records were overwritten while we read. */
static void read_kernel_log(struct host *h, const char *root)
{
    CLEAN(free_str) char *path = xasprintf("%s/dev/kmsg", root);
    CLEAN(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char record[8192];
    ssize_t n = fd < 0 ? -1 : 1;

    for (int i = 0; i < KERNEL_LOG_RECORDS && n && fd >= 0; i++) {
        n = read(fd, record, sizeof record - 1);
        if (n < 0 && errno != EPIPE && errno != EINTR)
            break;
        record[n > 0 ? n : 0] = '\0';
        h->table_full |= strstr(record, "nf_conntrack: table full") != NULL;
    }
    if (n < 0 && errno != EAGAIN)
        h->kernel_log_lost = xasprintf("cannot read %s: %s", path, strerror(errno));
}

static void read_limits(struct host *h, const char *root)
{
    const struct host_process *agent = host_process(h, HOST_AGENT);
    CLEAN(free_str) char *dir = agent ? xasprintf("proc/%d", agent->pid) : xstrdup("proc/self");
    CLEAN(free_str) char *limits_path = xasprintf("%s/limits", dir);
    CLEAN(free_str) char *status_path = xasprintf("%s/status", dir);
    CLEAN(free_str) char *limits = host_read_file(root, limits_path, FILE_MAX, NULL, NULL);
    CLEAN(free_str) char *status = host_read_file(root, status_path, FILE_MAX, NULL, NULL);

    h->open_files_known = limits && !procfs_open_files(limits, &h->open_files);
    h->net_admin_known = status && !procfs_capability(status, CAP_NET_ADMIN_NUMBER, &h->net_admin);
}

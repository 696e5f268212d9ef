#include "agent/host_links.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/host_read.h"
#include "lib/xmalloc.h"

#define LIST_MAX (4 * 1024 * 1024) /* bytes of one list of interfaces, addresses or routes */
#define VALUE_MAX 256              /* bytes of one value of /sys */

static void add_link(struct host *h, const char *root, const char *name);
static bool is_ours(const char *root, const char *name);
static void read_link(struct host_link *l, const char *root);
static void find_masters(struct host *h);
static char *read_value(const char *root, const char *link, const char *key);
static long long read_number(const char *root, const char *link, const char *key,
                             long long otherwise);
static void mark_links(struct host *h, const char *root, const char *path,
                       void (*parse)(const char *text, struct strv *ret), bool uplink);

void host_read_links(struct host *h, const char *root)
{
    CLEAN(free_str) char *text = host_read_file(root, "proc/net/dev", LIST_MAX, NULL, NULL);
    struct strv names = {0};

    if (text)
        procfs_interfaces(text, &names);
    else
        h->links_lost = xasprintf("cannot read %s/proc/net/dev", root);
    strv_sort_unique(&names);
    for (size_t i = 0; i < names.n && i < HOST_LINKS_MAX; i++)
        add_link(h, root, names.v[i]);
    strv_done(&names);
    find_masters(h);
    mark_links(h, root, "proc/net/route", procfs_uplinks, true);
    mark_links(h, root, "proc/net/if_inet6", procfs_ipv6, false);
}

static void add_link(struct host *h, const char *root, const char *name)
{
    struct host_link l = {0};

    if (strlen(name) >= sizeof l.name || strchr(name, '/') || name[0] == '.')
        return;
    memcpy(l.name, name, strlen(name));
    if (is_ours(root, name))
        read_link(&l, root);
    else if (!h->links_lost)
        h->links_lost = xasprintf("%s/sys/class/net shows another network namespace: it has not "
                                  "our interface %s",
                                  root, name);
    h->links = xreallocarray(h->links, h->n_links + 1, sizeof *h->links);
    h->links[h->n_links++] = l;
}

/* Interfaces of two namespaces may have one name, but hardly one number, too. */
static bool is_ours(const char *root, const char *name)
{
    long long number = read_number(root, name, "ifindex", 0);

    return number && (*root || number == (long long)if_nametoindex(name));
}

static void read_link(struct host_link *l, const char *root)
{
    CLEAN(free_str) char *bridge = xasprintf("%s/sys/class/net/%s/bridge", root, l->name);
    CLEAN(free_str) char *port = xasprintf("%s/sys/class/net/%s/brport", root, l->name);
    struct stat st;

    l->index = read_number(root, l->name, "ifindex", 0);
    l->mac = read_value(root, l->name, "address");
    l->mtu = read_number(root, l->name, "mtu", 0);
    l->mac_type = read_number(root, l->name, "addr_assign_type", -1);
    l->is_bridge = !stat(bridge, &st);
    if (!stat(port, &st))
        l->master_index = read_number(root, l->name, "master/ifindex", 0);
}

/* Of a port, 'master_index' is the bridge's number. */
static void find_masters(struct host *h)
{
    for (size_t i = 0; i < h->n_links; i++)
        for (size_t k = 0; h->links[i].master_index && k < h->n_links; k++)
            if (h->links[k].index == h->links[i].master_index)
                memcpy(h->links[i].master, h->links[k].name, sizeof h->links[i].master);
}

static char *read_value(const char *root, const char *link, const char *key)
{
    CLEAN(free_str) char *path = xasprintf("sys/class/net/%s/%s", link, key);
    char *text = host_read_file(root, path, VALUE_MAX, NULL, NULL);

    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

static long long read_number(const char *root, const char *link, const char *key,
                             long long otherwise)
{
    CLEAN(free_str) char *text = read_value(root, link, key);
    char *end;

    if (!text)
        return otherwise;
    long long n = strtoll(text, &end, 10);
    return end == text ? otherwise : n;
}

static void mark_links(struct host *h, const char *root, const char *path,
                       void (*parse)(const char *text, struct strv *ret), bool uplink)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(free_str) char *text = host_read_file(root, path, LIST_MAX, NULL, &err);
    struct strv names = {0};

    if (text)
        parse(text, &names);
    else if (err_code(err) != ENOENT || uplink) /* without IPv6 there is no such list */
        kvs_add(&h->lost, path, err_msg(err));
    for (size_t i = 0; i < names.n; i++) {
        struct host_link *l = host_find_link(h, names.v[i]);
        if (l)
            *(uplink ? &l->uplink : &l->ipv6) = true;
    }
    strv_done(&names);
}

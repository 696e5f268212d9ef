#include "portmap/holder.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

#define ANSWER_SIZE 32768 /* bytes; the kernel's dumps come in pieces of that size at most */
#define NAME_SIZE 64      /* bytes of a process's name; the kernel has 16 */
#define TCP_STATE_LISTEN 10
#define MANAGER "1" /* its pid */

/* The socket that was found. */
struct found {
    uint32_t inode; /* 0: none */
    bool listens;
};

static struct holder *find(struct holders *l, uint8_t protocol, uint16_t port);
static uint32_t find_socket(uint8_t protocol, uint16_t port);
static void ask(uint8_t family, uint8_t protocol, uint16_t port, struct found *found);
static int on_socket(const struct nlmsghdr *message, void *arg);
static char *find_process(uint32_t inode);
static bool has_open(const char *pid, const char *link);
static char *describe(const char *pid);

void holders_done(struct holders *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i].name);
    free(l->v);
    *l = (struct holders){0};
}

const char *holders_name(struct holders *l, uint8_t protocol, uint16_t port)
{
    uint32_t inode = find_socket(protocol, port);
    struct holder *h = find(l, protocol, port);

    if (!h->inode || h->inode != inode) {
        free(h->name);
        h->name = inode ? find_process(inode) : NULL;
        h->inode = inode;
    }
    return h->name;
}

/* The entry of that port, which is made where there is none. */
static struct holder *find(struct holders *l, uint8_t protocol, uint16_t port)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].protocol == protocol && l->v[i].port == port)
            return &l->v[i];
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct holder){.protocol = protocol, .port = port};
    return &l->v[l->n++];
}

static uint32_t find_socket(uint8_t protocol, uint16_t port)
{
    struct found found = {0};

    ask(AF_INET, protocol, port, &found);
    ask(AF_INET6, protocol, port, &found);
    return found.inode;
}

static void ask(uint8_t family, uint8_t protocol, uint16_t port, struct found *found)
{
    _Alignas(8) char buffer[ANSWER_SIZE];
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    ssize_t n;

    if (!socket)
        return;
    request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct inet_diag_req_v2 *question = mnl_nlmsg_put_extra_header(request, sizeof *question);
    question->sdiag_family = family;
    question->sdiag_protocol = protocol;
    question->idiag_states = ~0u;
    question->id.idiag_sport = htons(port);
    if (mnl_socket_sendto(socket, request, request->nlmsg_len) >= 0)
        while ((n = mnl_socket_recvfrom(socket, buffer, sizeof buffer)) > 0 &&
               mnl_cb_run(buffer, (size_t)n, 0, 0, on_socket, found) > MNL_CB_STOP)
            continue;
    mnl_socket_close(socket);
}

/* The one that listens is to blame, rather than connections that it has accepted. */
static int on_socket(const struct nlmsghdr *message, void *arg)
{
    const struct inet_diag_msg *socket = mnl_nlmsg_get_payload(message);
    struct found *found = arg;
    bool listens = socket->idiag_state == TCP_STATE_LISTEN;

    if (mnl_nlmsg_get_payload_len(message) >= sizeof *socket && socket->idiag_inode &&
        (!found->inode || (listens && !found->listens)))
        *found = (struct found){socket->idiag_inode, listens};
    return MNL_CB_OK;
}

/* The service manager has copies of what it keeps for others: it is asked last. */
static char *find_process(uint32_t inode)
{
    CLEAN(free_str) char *link = xasprintf("socket:[%u]", inode);
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    char *name = NULL;

    while (proc && !name && (entry = readdir(proc)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            strcmp(entry->d_name, MANAGER) != 0 && has_open(entry->d_name, link))
            name = describe(entry->d_name);
    if (proc)
        closedir(proc);
    return !name && has_open(MANAGER, link) ? describe(MANAGER) : name;
}

static bool has_open(const char *pid, const char *link)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%s/fd", pid);
    DIR *dir = opendir(path);
    const struct dirent *entry;
    char target[64];
    bool found = false;

    while (dir && !found && (entry = readdir(dir))) {
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, target, sizeof target);
        found = len == (ssize_t)strlen(link) && !memcmp(target, link, (size_t)len);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* NULL where it has ended meanwhile. */
static char *describe(const char *pid)
{
    CLEAN(free_str) char *path = xasprintf("/proc/%s/comm", pid);
    CLEAN(free_str) char *name = file_read(path, NAME_SIZE, NULL, NULL);

    if (!name)
        return NULL;
    name[strcspn(name, "\n")] = '\0';
    return xasprintf("%s (pid %s)", name, pid);
}

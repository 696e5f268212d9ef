#include "agent/check_pool.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/procfs.h"
#include "lib/endpoint.h"
#include "lib/file.h"
#include "lib/xmalloc.h"
#include "portmap/holder.h"

#define SOCKETS_MAX (64 * 1024 * 1024) /* bytes of one list */
#define SHOWN_MAX 16                   /* ports that are told one by one */
#define OWN "berth (pid "              /* how a holder's name begins that is berth itself */

static void read_listeners(struct procfs_listeners *ret);
static int compare(const void *a, const void *b);
static char *describe(struct holders *holders, const struct procfs_listener *l);

void check_pool_listeners(const struct portset *pool, struct strv *ret)
{
    struct procfs_listeners l = {0};
    struct holders holders = {0};
    size_t more = 0;

    read_listeners(&l);
    for (size_t i = 0; i < l.n; i++) {
        bool again = i && !compare(&l.v[i], &l.v[i - 1]); /* over IPv6, too */

        if (again || !portset_has(pool, l.v[i].port))
            continue;
        char *line = ret->n < SHOWN_MAX ? describe(&holders, &l.v[i]) : NULL;
        if (line)
            strv_add_take(ret, line);
        else
            more += ret->n >= SHOWN_MAX;
    }
    if (more)
        strv_add_take(ret, xasprintf("%zu more ports of it may be open", more));
    holders_done(&holders);
    free(l.v);
}

/* Sorted, with doubles. */
static void read_listeners(struct procfs_listeners *ret)
{
    static const struct {
        const char *path;
        uint8_t protocol;
    } lists[] = {{"/proc/net/tcp", IPPROTO_TCP},
                 {"/proc/net/tcp6", IPPROTO_TCP},
                 {"/proc/net/udp", IPPROTO_UDP},
                 {"/proc/net/udp6", IPPROTO_UDP}};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        CLEAN(free_str) char *text = file_read(lists[i].path, SOCKETS_MAX, NULL, NULL);

        if (text)
            procfs_add_listeners(text, lists[i].protocol, ret);
    }
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, compare);
}

static int compare(const void *a, const void *b)
{
    const struct procfs_listener *x = a, *y = b;

    if (x->protocol != y->protocol)
        return x->protocol < y->protocol ? -1 : 1;
    return (x->port > y->port) - (x->port < y->port);
}

/* NULL for what is berth's own. A UDP port that nobody shows to have may be that, too: without
 * root's rights the sockets of others show no name. */
static char *describe(struct holders *holders, const struct procfs_listener *l)
{
    const char *name = holders_name(holders, l->protocol, l->port);

    if (name ? !strncmp(name, OWN, strlen(OWN)) : l->protocol == IPPROTO_UDP)
        return NULL;
    return xasprintf("%s has port %u/%s open: give it another port, or choose a pool without it",
                     name ? name : "a program", l->port, protocol_name(l->protocol));
}

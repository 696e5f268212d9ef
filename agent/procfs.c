#include "agent/procfs.h"

#include <inttypes.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define ROUTE_UP 0x1u
#define ROUTE_GATEWAY 0x2u
#define SCOPE_GLOBAL 0u
#define STATE_LISTEN 0x0au
#define STATE_CLOSE 0x07u /* of a UDP socket without a peer */
#define LISTENERS_MAX 262144
#define STAT_COLUMNS_MAX 64

/* Calls 'visit' for each line. */
static void each_line(const char *text, void (*visit)(void *arg, const char *line), void *arg);
static void on_interface(void *arg, const char *line);
static void on_route(void *arg, const char *line);
static void on_ipv6(void *arg, const char *line);
static size_t stat_column(const char *heading, const char *name);
static const char *find_line(const char *text, const char *start);

struct listening {
    struct procfs_listeners *list;
    uint8_t protocol;
};

static void on_socket(void *arg, const char *line);

struct counting {
    size_t drop, early_drop, insert_failed; /* columns */
    bool heading;                           /* it has been read */
    struct procfs_drops sum;
};

static void on_stat(void *arg, const char *line);

void procfs_interfaces(const char *text, struct strv *ret)
{
    each_line(text, on_interface, ret);
}

void procfs_uplinks(const char *text, struct strv *ret)
{
    each_line(text, on_route, ret);
}

void procfs_ipv6(const char *text, struct strv *ret)
{
    each_line(text, on_ipv6, ret);
}

void procfs_add_listeners(const char *text, uint8_t protocol, struct procfs_listeners *ret)
{
    struct listening l = {ret, protocol};

    each_line(text, on_socket, &l);
}

int procfs_drops_parse(const char *text, struct procfs_drops *ret)
{
    struct counting c = {0};

    each_line(text, on_stat, &c);
    if (!c.drop || !c.early_drop || !c.insert_failed)
        return -1;
    *ret = c.sum;
    return 0;
}

int procfs_open_files(const char *text, unsigned long *ret)
{
    const char *line = find_line(text, "Max open files");
    char soft[24], hard[24];

    if (!line || sscanf(line, "%23s %23s", soft, hard) != 2)
        return -1;
    if (!strcmp(hard, "unlimited")) {
        *ret = ULONG_MAX;
        return 0;
    }
    char *end;
    unsigned long n = strtoul(hard, &end, 10);
    if (*end || end == hard)
        return -1;
    *ret = n;
    return 0;
}

int procfs_capability(const char *text, unsigned n, bool *ret)
{
    const char *line = find_line(text, "CapEff:");
    uint64_t set;

    if (!line || sscanf(line, "%" SCNx64, &set) != 1)
        return -1;
    *ret = set >> n & 1;
    return 0;
}

static void each_line(const char *text, void (*visit)(void *arg, const char *line), void *arg)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        CLEAN(free_str) char *line = xstrndup(text, len);

        visit(arg, line);
        text += len + (text[len] == '\n');
    }
}

/* The two lines of heading have no colon. */
static void on_interface(void *arg, const char *line)
{
    const char *name = line + strspn(line, " ");
    const char *end = strrchr(name, ':');

    if (end && end != name)
        strv_addn(arg, name, (size_t)(end - name));
}

static void on_route(void *arg, const char *line)
{
    char name[32];
    unsigned to, gateway, flags, mask;
    int use, metric, references;

    if (sscanf(line, "%31s %x %x %x %d %d %d %x", name, &to, &gateway, &flags, &references, &use,
               &metric, &mask) != 8 ||
        !(flags & ROUTE_UP))
        return;
    if (((flags & ROUTE_GATEWAY) || (!to && !mask)) && !strv_contains(arg, name))
        strv_add(arg, name);
}

static void on_ipv6(void *arg, const char *line)
{
    char address[40], name[32];
    unsigned index, prefix, scope, flags;

    if (sscanf(line, "%39s %x %x %x %x %31s", address, &index, &prefix, &scope, &flags, name) ==
            6 &&
        scope == SCOPE_GLOBAL && !strv_contains(arg, name))
        strv_add(arg, name);
}

static void on_socket(void *arg, const char *line)
{
    struct listening *l = arg;
    unsigned wanted = l->protocol == IPPROTO_TCP ? STATE_LISTEN : STATE_CLOSE;
    unsigned port, state;
    unsigned long inode = 0;

    if (sscanf(line, "%*d: %*64[0-9A-Fa-f]:%4x %*64[0-9A-Fa-f]:%*4x %2x %*s %*s %*s %*s %*s %18lu",
               &port, &state, &inode) < 2 ||
        state != wanted || l->list->n >= LISTENERS_MAX)
        return;
    l->list->v = xgrow(l->list->v, l->list->n, &l->list->cap, sizeof *l->list->v);
    l->list->v[l->list->n++] = (struct procfs_listener){l->protocol, (uint16_t)port, inode};
}

static void on_stat(void *arg, const char *line)
{
    struct counting *c = arg;
    unsigned long long columns[STAT_COLUMNS_MAX + 1] = {0};

    if (!c->heading) {
        c->heading = true;
        c->drop = stat_column(line, "drop");
        c->early_drop = stat_column(line, "early_drop");
        c->insert_failed = stat_column(line, "insert_failed");
        return;
    }
    for (size_t i = 1; i <= STAT_COLUMNS_MAX; i++) {
        char *end;
        columns[i] = strtoull(line, &end, 16);
        if (end == line)
            break;
        line = end;
    }
    c->sum.drop += columns[c->drop];
    c->sum.early_drop += columns[c->early_drop];
    c->sum.insert_failed += columns[c->insert_failed];
}

/* Counted from 1; 0: there is none. */
static size_t stat_column(const char *heading, const char *name)
{
    size_t column = 1;

    for (;; column++) {
        heading += strspn(heading, " \t");
        size_t len = strcspn(heading, " \t");
        if (!len || column > STAT_COLUMNS_MAX)
            return 0;
        if (len == strlen(name) && !strncmp(heading, name, len))
            return column;
        heading += len;
    }
}

/* What follows 'start' in the line that begins with it, or NULL. */
static const char *find_line(const char *text, const char *start)
{
    size_t len = strlen(start);

    while (text && strncmp(text, start, len)) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text ? text + len : NULL;
}

#include "portmap/legacy.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"

#define TABLE "filter"
#define NAMES_MAX 4096 /* bytes of the list of tables */

static bool is_loaded(void);
static bool is_chain_head(const uint8_t *entry, size_t target_offset, size_t next_offset,
                          const char *name);

bool legacy_has_chain(const char *name)
{
    struct ipt_getinfo info = {.name = TABLE};
    socklen_t len = sizeof info;

    if (!is_loaded())
        return false;
    CLEAN(close_fd) int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0 || getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &len) < 0 ||
        info.size > LEGACY_TABLE_MAX)
        return false;
    struct ipt_get_entries *table = xcalloc(1, sizeof *table + info.size);
    memcpy(table->name, TABLE, sizeof TABLE);
    table->size = info.size;
    len = (socklen_t)(sizeof *table + info.size);
    bool found = !getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, table, &len) &&
                 legacy_entries_have_chain(table->entrytable, info.size, name);
    free(table);
    return found;
}

bool legacy_entries_have_chain(const void *entries, size_t len, const char *name)
{
    const uint8_t *entry = entries;
    struct ipt_entry e;

    while (len >= sizeof e) {
        memcpy(&e, entry, sizeof e);
        if (e.next_offset < sizeof e || e.next_offset > len)
            return false;
        if (is_chain_head(entry, e.target_offset, e.next_offset, name))
            return true;
        entry += e.next_offset;
        len -= e.next_offset;
    }
    return false;
}

/* Asking for a table that is not loaded would load it. */
static bool is_loaded(void)
{
    CLEAN(free_str) char *names = file_read("/proc/net/ip_tables_names", NAMES_MAX, NULL, NULL);
    char *rest = names;

    for (char *name; rest && (name = strsep(&rest, "\n"));)
        if (!strcmp(name, TABLE))
            return true;
    return false;
}

/* A user-defined chain begins with a rule whose target is ERROR and carries the chain's name. */
static bool is_chain_head(const uint8_t *entry, size_t target_offset, size_t next_offset,
                          const char *name)
{
    struct xt_error_target target;

    if (target_offset > next_offset || next_offset - target_offset < sizeof target)
        return false;
    memcpy(&target, entry + target_offset, sizeof target);
    return !strncmp(target.target.u.user.name, XT_ERROR_TARGET, sizeof XT_ERROR_TARGET) &&
           !strncmp(target.errorname, name, sizeof target.errorname);
}

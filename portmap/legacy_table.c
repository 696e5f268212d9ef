#include "portmap/legacy_table.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/file.h"
#include "lib/xmalloc.h"

#define NAMES_MAX 4096               /* bytes of the list of tables */
#define TABLE_MAX (16 * 1024 * 1024) /* bytes; a larger table is not looked at */

static bool is_loaded(const char *name);

int legacy_table_read(const char *name, struct legacy_table *ret)
{
    struct ipt_getinfo info = {0};
    socklen_t len = sizeof info;

    if (!is_loaded(name))
        return 1;
    memcpy(info.name, name, strnlen(name, sizeof info.name - 1));
    CLEAN(close_fd) int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0 || getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &len) < 0 ||
        info.size > TABLE_MAX)
        return -1;
    struct ipt_get_entries *table = xcalloc(1, sizeof *table + info.size);
    memcpy(table->name, info.name, sizeof table->name);
    table->size = info.size;
    len = (socklen_t)(sizeof *table + info.size);
    *ret =
        (struct legacy_table){table, table->entrytable, info.size, info.underflow[NF_INET_FORWARD]};
    return getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, table, &len);
}

enum legacy_place legacy_table_place(const char *name, uint32_t mark, const char *comment)
{
    CLEAN(legacy_table) struct legacy_table t = {0};

    return legacy_table_read("filter", &t)
               ? LEGACY_NO_CHAIN
               : legacy_entries_place(t.entries, t.len, name, mark, comment);
}

size_t legacy_table_count(const char *name, const char *comment)
{
    CLEAN(legacy_table) struct legacy_table t = {0};

    return legacy_table_read("filter", &t) ? 0
                                           : legacy_entries_count(t.entries, t.len, name, comment);
}

/* Asking for a table that is not loaded would load it. */
static bool is_loaded(const char *wanted)
{
    CLEAN(free_str) char *names = file_read("/proc/net/ip_tables_names", NAMES_MAX, NULL, NULL);
    char *rest = names;

    for (char *name; rest && (name = strsep(&rest, "\n"));)
        if (!strcmp(name, wanted))
            return true;
    return false;
}

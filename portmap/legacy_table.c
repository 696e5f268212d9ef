#include "portmap/legacy_table.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clean.h"
#include "lib/file.h"
#include "lib/xmalloc.h"
#include "portmap/legacy.h"

#define TABLE "filter"
#define NAMES_MAX 4096               /* bytes of the list of tables */
#define TABLE_MAX (16 * 1024 * 1024) /* bytes; a larger table is not looked at */

static bool is_loaded(void);

bool legacy_table_lacks_rule(const char *name, uint32_t mark)
{
    struct ipt_getinfo info = {.name = TABLE};
    socklen_t len = sizeof info;

    if (!is_loaded())
        return false;
    CLEAN(close_fd) int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0 || getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &len) < 0 ||
        info.size > TABLE_MAX)
        return false;
    struct ipt_get_entries *table = xcalloc(1, sizeof *table + info.size);
    memcpy(table->name, TABLE, sizeof TABLE);
    table->size = info.size;
    len = (socklen_t)(sizeof *table + info.size);
    bool lacks = !getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, table, &len) &&
                 legacy_entries_have_chain(table->entrytable, info.size, name) &&
                 !legacy_entries_accept_mark(table->entrytable, info.size, name, mark);
    free(table);
    return lacks;
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

/* Text from /proc, and what processes and Mesos say of ports. The first byte says which. */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/procfs.h"
#include "lib/clean.h"
#include "lib/mesos.h"
#include "lib/portset.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

static void must(bool truth)
{
    if (!truth)
        abort();
}

/* What is written is read again as the same set, by either reader. */
static void read_ports(const char *text, bool mesos)
{
    struct portset s = {0}, again = {0}, parsed;
    struct portrange r;

    if (mesos)
        mesos_ports(text, &s);
    else
        portset_read(&s, text);
    CLEAN(free_str) char *formatted = portset_format(&s);
    portset_read(&again, formatted);
    must(!memcmp(&s, &again, sizeof s));
    must(portset_covers(&s, &again) && portset_has(&s, portset_next(&s, 28000)) == !!*formatted);
    must(portset_overlap(&s, &again, &r) == !!*formatted);
    if (!portset_parse(text, 0, &parsed, NULL))
        must(portset_size(&parsed));
    if (!portset_parse(formatted, 0, &parsed, NULL))
        must(!memcmp(&s, &parsed, sizeof s));
}

static void read_rest(char what, const char *text)
{
    struct procfs_listeners listeners = {0};
    struct strv names = {0};
    struct procfs_drops drops;
    unsigned long files;
    bool has;

    if (what == 'i')
        procfs_interfaces(text, &names);
    else if (what == 'r')
        procfs_uplinks(text, &names);
    else if (what == '6')
        procfs_ipv6(text, &names);
    else if (what == 't')
        procfs_add_listeners(text, IPPROTO_TCP, &listeners);
    else if (what == 'd')
        procfs_drops_parse(text, &drops);
    else if (what == 'l')
        procfs_open_files(text, &files);
    else
        procfs_capability(text, 12, &has);
    free(listeners.v);
    strv_done(&names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    CLEAN(free_str) char *text = xstrndup((const char *)data + 1, size - 1);
    if (data[0] == 'p' || data[0] == 'm')
        read_ports(text, data[0] == 'm');
    else
        read_rest((char)data[0], text);
    return 0;
}

/* Text from /proc, and what processes and Mesos say of ports. The first byte says which. */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/portrange.h"
#include "agent/procfs.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

static void read_ports(const char *text, bool mesos)
{
    struct portranges l = {0};

    if (mesos)
        portranges_parse_mesos(&l, text);
    else
        portranges_parse(&l, text);
    portranges_contain(&l, (struct portrange){28000, 29999});
    portranges_overlap(&l, (struct portrange){28000, 29999});
    char *formatted = portranges_format(&l);
    struct portranges again = {0};
    portranges_parse(&again, formatted);
    char *twice = portranges_format(&again);
    if (strcmp(formatted, twice))
        abort();
    free(formatted);
    free(twice);
    portranges_done(&l);
    portranges_done(&again);
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

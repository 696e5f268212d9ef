#include "portmap/portlist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define PORTS 65536u

static void read_list(const char *text, bool ports[PORTS]);
static char *write_list(const bool ports[PORTS]);

char *portlist_with(const char *text, unsigned first, unsigned last)
{
    bool *ports = xcalloc(PORTS, sizeof *ports);
    bool news = false;

    read_list(text, ports);
    for (unsigned i = first; i <= last && i < PORTS; i++) {
        news |= !ports[i];
        ports[i] = true;
    }
    char *list = news ? write_list(ports) : NULL;
    free(ports);
    return list;
}

static void read_list(const char *text, bool ports[PORTS])
{
    unsigned first, last;
    int used;

    while (sscanf(text, " %5u%n", &first, &used) == 1) {
        text += used;
        last = first;
        if (sscanf(text, "-%5u%n", &last, &used) == 1)
            text += used;
        for (unsigned i = first; i <= last && i < PORTS; i++)
            ports[i] = true;
        if (*text++ != ',')
            return;
    }
}

static char *write_list(const bool ports[PORTS])
{
    struct sbuf out = SBUF_INIT;

    for (unsigned i = 0; i < PORTS; i++) {
        unsigned first = i;

        if (!ports[i])
            continue;
        while (i + 1 < PORTS && ports[i + 1])
            i++;
        sbuf_addf(&out, "%s%u", out.len ? "," : "", first);
        if (first < i)
            sbuf_addf(&out, "-%u", i);
    }
    return sbuf_take(&out);
}

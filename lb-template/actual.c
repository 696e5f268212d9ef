#include "lb-template/actual.h"

#include <string.h>

#include "lib/xmalloc.h"

void actual_ask(const char *map_path, struct strv *ret_commands)
{
    strv_add(ret_commands, "show info");
    strv_add(ret_commands, "show servers state");
    strv_add_take(ret_commands, xasprintf("show map %s", map_path));
}

/* Without an HTTP frontend HAProxy does not know the map. */
int actual_read(struct actual *a, const struct strv *answers, struct err **err)
{
    a->running = false;
    kvs_done(&a->map);
    a->has_map = !strstr(answers->v[2], "Unknown map identifier");
    if (runtime_parse_info(answers->v[0], &a->info, err) ||
        actual_read_servers(a, answers->v[1], err) ||
        (a->has_map && runtime_parse_map(answers->v[2], &a->map, err)))
        return -1;
    if (a->info.stopping)
        return err_set(err, "an old worker of HAProxy answers, pid %d", (int)a->info.pid);
    a->running = true;
    return 0;
}

int actual_read_servers(struct actual *a, const char *answer, struct err **err)
{
    struct runtime_servers servers = {0};

    if (runtime_parse_servers(answer, &servers, err))
        return -1;
    runtime_servers_done(&a->servers);
    a->servers = servers;
    return 0;
}

void actual_clear(struct actual *a)
{
    runtime_servers_done(&a->servers);
    kvs_done(&a->map);
    *a = (struct actual){0};
}

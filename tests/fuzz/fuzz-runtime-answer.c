/* Every parser of HAProxy's answers and output, with any bytes. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/runtime.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *answer = xstrndup((const char *)data, len);
    CLEAN(free_str) char *alert = alert_first((const char *)data, len);
    struct runtime_servers servers = {0};
    struct runtime_info info;
    struct runtime_processes processes;
    struct kvs map = {0};
    unsigned used;

    runtime_parse_servers(answer, &servers, NULL);
    for (size_t i = 0; i < servers.n; i++)
        if (!runtime_servers_find(&servers, servers.v[i].backend, servers.v[i].name) ||
            !runtime_server_state(&servers.v[i]))
            abort();
    runtime_parse_info(answer, &info, NULL);
    runtime_parse_map(answer, &map, NULL);
    runtime_parse_processes(answer, &processes, NULL);
    runtime_parse_used(answer, "web", "node:c1:80:19001", &used);
    for (int c = RUNTIME_ADD_SERVER; c <= RUNTIME_DELETE_MAP; c++)
        runtime_answer_ok((enum runtime_command)c, answer);
    for (const char *c = alert; *c; c++)
        if (*c < ' ' || *c > '~')
            abort();
    runtime_servers_done(&servers);
    kvs_done(&map);
    return 0;
}

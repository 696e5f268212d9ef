/* Every parser of HAProxy's answers and output, with any bytes. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/alert.h"
#include "lb-template/runtime.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"

/* Each line that is named is behind the one before, and what it says can be shown. */
static void check_lines(const char *output)
{
    for (const char *at = output; *at;) {
        const char *begin = at;
        CLEAN(free_str) char *words = NULL;
        size_t line = alert_line(&at, "/d/haproxy.cfg.check", &words);

        if (at <= begin || (line && !words))
            abort();
    }
}

/* A backend's servers take the place of themselves. */
static void check_replace(struct runtime_servers *l, const char *answer)
{
    struct runtime_servers now = {0};
    size_t n = l->n, of;

    if (!n)
        return;
    CLEAN(free_str) char *backend = xstrdup(l->v[n / 2].backend);
    runtime_parse_servers(answer, &now, NULL);
    runtime_servers_replace(l, backend, &now);
    runtime_servers_of(l, backend, &of);
    if (l->n != n || !of)
        abort();
}

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
    check_replace(&servers, answer);
    check_lines(answer);
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

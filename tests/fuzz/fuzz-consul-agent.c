/* Foreign bytes: what a Consul agent answers about its services, its checks and itself. The input
 * is the services, a NUL, the checks. */
#include <stdlib.h>
#include <string.h>

#include "lib/strv.h"
#include "registrator/consul_json.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const uint8_t *nul = len ? memchr(data, '\0', len) : NULL;
    const char *services = (const char *)data;
    size_t services_len = nul ? (size_t)(nul - data) : len;
    const char *checks = nul ? (const char *)nul + 1 : "{}";
    size_t checks_len = nul ? len - services_len - 1 : 2;
    struct instances l = {0}, others = {0};
    struct strv names = {0};
    char *node = NULL;

    if (!consul_json_own(services, services_len, checks, checks_len, "node-a", &l, &others, NULL))
        for (size_t i = 0; i < l.n; i++) {
            char *body = consul_json_register(&l.v[i]);

            if (!body)
                abort();
            free(body);
        }
    consul_json_names(services, services_len, &names, NULL);
    consul_json_node(services, services_len, &node, NULL);
    instances_done(&l);
    instances_done(&others);
    strv_done(&names);
    free(node);
    return 0;
}

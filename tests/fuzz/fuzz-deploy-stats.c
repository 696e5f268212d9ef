/* Foreign bytes: what a load balancer answers as its statistics. */
#include "agent/deploy_stats.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct deploy_servers l = {0};
    size_t at = 0;

    deploy_stats_parse((const char *)data, len, &l, NULL);
    while (deploy_servers_next(&l, "10.0.0.1", 31000, &at))
        ;
    deploy_servers_done(&l);
    return 0;
}

/* A configuration file of consul-template's: as HCL, and as what it configures. */
#include "agent/ct_config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(err) struct err *err = NULL;
    struct ct_config config;

    ct_config_init(&config);
    if (!ct_config_parse(&config, "fuzz", (const char *)data, len, &err))
        ct_config_finish(&config, NULL);
    ct_config_done(&config);
    return 0;
}

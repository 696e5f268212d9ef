/* A configuration file of consul-template's, and the error for a member of it. */
#include "lib/hcl.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(err) struct err *err = NULL, *refused = NULL;
    CLEAN(hcl) struct hcl *h = hcl_parse("fuzz", (const char *)data, len, &err);

    if (h)
        hcl_refuse(h, hcl_root(h), "consul", &refused, "it is refused");
    return 0;
}

/* A file of services.d/, and the targets of what it declares. */
#include "lib/xmalloc.h"
#include "registrator/vmfile.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    CLEAN(free_str) char *text = xstrndup((const char *)data, len);
    struct vm_services services = {0};

    if (!vmfile_parse(text, &services, NULL))
        vm_services_done(&services);
    return 0;
}

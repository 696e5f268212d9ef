/* A table of legacy iptables. */
#include "portmap/legacy.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    legacy_entries_have_chain(data, len, "DOCKER-USER");
    legacy_entries_accept_mark(data, len, "DOCKER-USER", 0x04000000);
    return 0;
}

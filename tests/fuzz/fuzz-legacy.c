/* A table of legacy iptables. */
#include "portmap/legacy.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct legacy_marks marks = {0};

    legacy_entries_have_chain(data, len, "DOCKER-USER");
    legacy_entries_place(data, len, "DOCKER-USER", 0x04000000, "berth");
    legacy_entries_count(data, len, "DOCKER-USER", "berth");
    legacy_entries_marks(data, len, 0x04000000, &marks);
    legacy_entries_drop_at(data, len, len / 2);
    return 0;
}

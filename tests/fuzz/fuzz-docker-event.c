/* Lines of Docker's event stream. */
#include "agent/docker_event.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct docker_event event;

    (void)docker_event_parse((const char *)data, len, &event, NULL);
    return 0;
}

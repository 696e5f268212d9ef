#include "agent/command.h"

#include <stdlib.h>

#include "agent/question.h"
#include "agent/status.h"

static const char help[] =
    "usage: berth status [--json] [--admin ADDRESS:PORT]\n"
    "\n"
    "Shows what the agent on this host serves: container, its address, the host's address, "
    "service,\n"
    "service port or vhost, and the state in HAProxy.\n"
    "\n"
    "      --json                the whole state, for machines\n"
    "      --admin ADDRESS:PORT  where the agent listens; default 127.0.0.1:7707\n";

int command_status(int argc, char **argv)
{
    struct question q = {.command = "status", .help = help};
    int read = question_read(&q, argc, argv);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    return question_ask(&q, "/v1/state", status_print);
}

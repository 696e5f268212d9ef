#include "agent/command.h"

#include <stdlib.h>

#include "agent/explain.h"
#include "agent/question.h"
#include "lib/sbuf.h"
#include "registrator/url.h"

static const char help[] =
    "usage: berth explain [--json] [--admin ADDRESS:PORT] SUBJECT\n"
    "\n"
    "Says why a thing is served as it is, step by step from its network to HAProxy. SUBJECT is a\n"
    "container (name, id or the beginning of one), a service, or a host port (address:port, :port\n"
    "or port).\n"
    "\n"
    "      --json                the steps, for machines\n"
    "      --admin ADDRESS:PORT  where the agent listens; default 127.0.0.1:7707\n";

int command_explain(int argc, char **argv)
{
    struct question q = {.command = "explain", .help = help, .has_subject = true};
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;
    int read = question_read(&q, argc, argv);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    sbuf_adds(&path, "/v1/explain?subject=");
    url_add_escaped(&path, q.subject);
    return question_ask(&q, sbuf_str(&path), explain_print);
}

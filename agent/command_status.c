#include "agent/command.h"

#include <ev.h>
#include <getopt.h>
#include <stdio.h>

#include "agent/status.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define STATE_MAX (256 * 1024 * 1024) /* bytes of the state document */
#define TIMEOUT 10.

static const char help[] =
    "usage: berth status [--json] [--admin ADDRESS:PORT]\n"
    "\n"
    "Shows what the agent on this host serves: container, its address, the host's address, "
    "service,\n"
    "service port or vhost, and the state in HAProxy.\n"
    "\n"
    "      --json                the whole state, for machines\n"
    "      --admin ADDRESS:PORT  where the agent listens; default 127.0.0.1:7707\n";

struct query {
    const char *admin;
    bool json;
    int status; /* exit status */
};

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct query *q = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *state = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (!http_answer_ok(answer))
        http_answer_err(answer, "no answer", &err);
    else
        state = json_parse(answer->body, answer->len, &err);
    if (!state) {
        fprintf(stderr, "berth: the agent at %s: %s; is `berth agent` running?\n", q->admin,
                err_msg(err));
        return;
    }
    q->status = EXIT_SUCCESS;
    if (q->json) {
        json_dumpf(state, stdout, JSON_INDENT(2));
        putchar('\n');
        return;
    }
    status_print(state, &text);
    fputs(sbuf_str(&text), stdout);
}

static int read_options(int argc, char **argv, struct query *q)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"admin", required_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            q->json = true;
            break;
        case 'a':
            q->admin = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return 1;
        default:
            command_say_refused(option, argv);
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "berth: unexpected argument '%s'; see `berth status --help`\n",
                argv[optind]);
        return -1;
    }
    return 0;
}

int command_status(int argc, char **argv)
{
    struct query q = {.admin = "127.0.0.1:7707", .status = EXIT_FAILURE};
    int read = read_options(argc, argv, &q);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    CLEAN(free_str) char *url = xasprintf("http://%s/v1/state", q.admin);
    http_start(http, &(struct http_call){.url = url,
                                         .max_body = STATE_MAX,
                                         .timeout = TIMEOUT,
                                         .on_done = on_answer,
                                         .arg = &q});
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
    return q.status;
}

#include "agent/command.h"

#include <ev.h>
#include <getopt.h>
#include <stdio.h>

#include "agent/explain.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/url.h"

#define ANSWER_MAX (64 * 1024 * 1024) /* bytes */
#define TIMEOUT 10.

static const char help[] =
    "usage: berth explain [--json] [--admin ADDRESS:PORT] SUBJECT\n"
    "\n"
    "Says why a thing is served as it is, step by step from its network to HAProxy. SUBJECT is a\n"
    "container (name, id or the beginning of one), a service, or a host port (address:port, :port\n"
    "or port).\n"
    "\n"
    "      --json                the steps, for machines\n"
    "      --admin ADDRESS:PORT  where the agent listens; default 127.0.0.1:7707\n";

struct query {
    const char *admin;
    const char *subject;
    bool json;
    int status; /* exit status */
};

static int read_options(int argc, char **argv, struct query *q);
static char *url_of(const struct query *q);
static void on_answer(void *arg, const struct http_answer *answer);

int command_explain(int argc, char **argv)
{
    struct query q = {.admin = "127.0.0.1:7707", .status = EXIT_FAILURE};
    int read = read_options(argc, argv, &q);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    CLEAN(free_str) char *url = url_of(&q);
    http_start(http, &(struct http_call){.url = url,
                                         .max_body = ANSWER_MAX,
                                         .timeout = TIMEOUT,
                                         .on_done = on_answer,
                                         .arg = &q});
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
    return q.status;
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
    if (optind + 1 != argc) {
        fprintf(stderr, "berth: say one container, service or host port; see `berth explain "
                        "--help`\n");
        return -1;
    }
    q->subject = argv[optind];
    return 0;
}

static char *url_of(const struct query *q)
{
    struct sbuf url = SBUF_INIT;

    sbuf_addf(&url, "http://%s/v1/explain?subject=", q->admin);
    url_add_escaped(&url, q->subject);
    return sbuf_take(&url);
}

/* 404 from the agent is an answer, too: there is no such subject. */
static void on_answer(void *arg, const struct http_answer *answer)
{
    struct query *q = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    bool missing = !answer->err && answer->status == 404;

    if (!http_answer_ok(answer) && !missing)
        http_answer_err(answer, "no answer", &err);
    else
        doc = json_parse(answer->body, answer->len, &err);
    if (!doc) {
        fprintf(stderr, "berth: the agent at %s: %s; is `berth agent` running?\n", q->admin,
                err_msg(err));
        return;
    }
    q->status = missing ? EXIT_FAILURE : EXIT_SUCCESS;
    if (q->json) {
        json_dumpf(doc, stdout, JSON_INDENT(2));
        putchar('\n');
        return;
    }
    explain_print(doc, &text);
    fputs(sbuf_str(&text), stdout);
}

#include "agent/question.h"

#include <ev.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/command.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define ADMIN "127.0.0.1:7707"
#define ANSWER_MAX (256 * 1024 * 1024) /* bytes */
#define TIMEOUT 10.

struct asking {
    const struct question *q;
    void (*print)(const json_t *answer, struct sbuf *out);
    int status; /* exit status */
};

static void on_answer(void *arg, const struct http_answer *answer);

int question_read(struct question *q, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"admin", required_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    q->admin = ADMIN;
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
            fputs(q->help, stdout);
            return 1;
        default:
            command_say_refused(option, argv);
            return -1;
        }
    }
    if (optind + q->has_subject > argc) {
        fprintf(stderr, "berth: an argument is missing; see `berth %s --help`\n", q->command);
        return -1;
    }
    q->subject = q->has_subject ? argv[optind++] : NULL;
    if (optind == argc)
        return 0;
    fprintf(stderr, "berth: unexpected argument '%s'; see `berth %s --help`\n", argv[optind],
            q->command);
    return -1;
}

int question_ask(const struct question *q, const char *path,
                 void (*print)(const json_t *answer, struct sbuf *out))
{
    struct asking a = {.q = q, .print = print, .status = EXIT_FAILURE};
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    CLEAN(free_str) char *url = xasprintf("http://%s%s", q->admin, path);

    http_start(http, &(struct http_call){.url = url,
                                         .max_body = ANSWER_MAX,
                                         .timeout = TIMEOUT,
                                         .on_done = on_answer,
                                         .arg = &a});
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
    return a.status;
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct asking *a = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    bool missing = !answer->err && answer->status == 404;

    if (!http_answer_ok(answer) && !missing)
        http_answer_err(answer, "no answer", &err);
    else
        doc = json_parse(answer->body, answer->len, &err);
    if (!doc) {
        fprintf(stderr, "berth: the agent at %s: %s; is `berth agent` running?\n", a->q->admin,
                err_msg(err));
        return;
    }
    a->status = missing ? EXIT_FAILURE : EXIT_SUCCESS;
    if (a->q->json) {
        json_dumpf(doc, stdout, JSON_INDENT(2));
        putchar('\n');
        return;
    }
    a->print(doc, &text);
    fputs(sbuf_str(&text), stdout);
}

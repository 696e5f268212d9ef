#include "agent/question.h"

#include <ev.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/command.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define NO_ANSWER 1 /* the code of an error: it has not answered at all */

struct asking {
    json_t *doc;
    bool *missing;
    struct err **err;
};

static void on_answer(void *arg, const struct http_answer *answer);

int question_read(struct question *q, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"admin", required_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;

    q->admin = QUESTION_ADMIN;
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
    CLEAN(err) struct err *err = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    bool missing = false;
    CLEAN(json) json_t *doc = question_get(q->admin, path, &missing, &err);

    if (!doc)
        return question_complain(q->admin, err);
    if (q->json) {
        question_print_json(doc);
    } else {
        print(doc, &text);
        fputs(sbuf_str(&text), stdout);
    }
    return missing ? EXIT_FAILURE : EXIT_SUCCESS;
}

json_t *question_get(const char *admin, const char *path, bool *ret_missing, struct err **err)
{
    struct asking a = {.missing = ret_missing, .err = err};
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    const char *socket;
    CLEAN(free_str) char *url = question_url(admin, path, &socket);

    http_start(http, &(struct http_call){.url = url,
                                         .unix_socket = socket,
                                         .max_body = QUESTION_ANSWER_MAX,
                                         .timeout = QUESTION_TIMEOUT,
                                         .on_done = on_answer,
                                         .arg = &a});
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
    return a.doc;
}

char *question_url(const char *admin, const char *path, const char **ret_socket)
{
    *ret_socket = *admin == '/' ? admin : NULL;
    return xasprintf("http://%s%s", *ret_socket ? "berth" : admin, path);
}

json_t *question_document(const struct http_answer *answer, bool *ret_missing, struct err **err)
{
    bool missing = ret_missing && !answer->err && answer->status == 404;

    if (ret_missing)
        *ret_missing = missing;
    if (http_answer_ok(answer) || missing)
        return json_parse(answer->body, answer->len, err);
    if (answer->err)
        err_set_code(err, NO_ANSWER, "no answer: %s", err_msg(answer->err));
    else
        http_answer_err(answer, "it refused", err);
    return NULL;
}

int question_complain(const char *admin, const struct err *err)
{
    fprintf(stderr, "berth: the agent at %s: %s%s\n", admin, err_msg(err),
            err_code(err) == NO_ANSWER ? "; is `berth agent` running?" : "");
    return EXIT_FAILURE;
}

void question_print_json(const json_t *doc)
{
    json_dumpf(doc, stdout, JSON_INDENT(2));
    putchar('\n');
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct asking *a = arg;

    a->doc = question_document(answer, a->missing, a->err);
}

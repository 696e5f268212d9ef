#include "agent/order.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/command.h"
#include "agent/question.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/secret.h"
#include "lib/xmalloc.h"

#define SOCKET "/run/berth/admin.sock"
#define TOKEN_FILE_MAX 4096
#define CONFLICT 409 /* with a document: the agent says why it did not */

struct giving {
    const struct order *order;
    const char *admin;
    const char *token_file; /* NULL: none */
    bool json;
    int status; /* exit status */
};

enum { ADMIN = 256, TOKEN_FILE, JSON };

static int read_options(int argc, char **argv, struct giving *g);
static int read_header(const struct giving *g, char **ret, struct err **err);
static void give(struct giving *g, const char *header);
static void on_answer(void *arg, const struct http_answer *answer);

int order_run(const struct order *o, int argc, char **argv)
{
    struct giving g = {.order = o, .admin = SOCKET, .status = EXIT_FAILURE};
    CLEAN(err) struct err *err = NULL;
    CLEAN(free_str) char *header = NULL;
    int read = read_options(argc, argv, &g);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    if (read_header(&g, &header, &err)) {
        fprintf(stderr, "berth: --token-file: %s\n", err_msg(err));
        return EXIT_FAILURE;
    }
    give(&g, header);
    return g.status;
}

static int take_option(void *arg, int option, char *value)
{
    struct giving *g = arg;

    if (option == ADMIN)
        g->admin = value;
    else if (option == TOKEN_FILE)
        g->token_file = value;
    else
        g->json = true;
    return 0;
}

static int read_options(int argc, char **argv, struct giving *g)
{
    static const struct option options[] = {{"admin", required_argument, NULL, ADMIN},
                                            {"token-file", required_argument, NULL, TOKEN_FILE},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int result = command_read_options(argc, argv, ":h", options, g->order->help, take_option, g);

    if (result || optind == argc)
        return result;
    fprintf(stderr, "berth: unexpected argument '%s'; see `berth %s --help`\n", argv[optind],
            argv[0]);
    return -1;
}

/* '*ret' stays NULL where there is no token. */
static int read_header(const struct giving *g, char **ret, struct err **err)
{
    if (!g->token_file)
        return 0;
    CLEAN(free_str) char *token = secret_read(g->token_file, TOKEN_FILE_MAX, NULL, err);
    if (!token)
        return -1;
    token[strcspn(token, " \t\r\n")] = '\0';
    *ret = xasprintf("Authorization: Bearer %s", token);
    return 0;
}

static void give(struct giving *g, const char *header)
{
    const char *const headers[] = {header, NULL};
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    const char *socket;
    CLEAN(free_str) char *url = question_url(g->admin, g->order->path, &socket);

    http_start(http, &(struct http_call){.method = "POST",
                                         .url = url,
                                         .unix_socket = socket,
                                         .headers = headers,
                                         .body = "",
                                         .timeout = QUESTION_TIMEOUT,
                                         .on_done = on_answer,
                                         .arg = g});
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct giving *g = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    bool refused = !answer->err && answer->status == CONFLICT;

    if (http_answer_ok(answer) || refused)
        doc = json_parse(answer->body, answer->len, &err);
    else if (answer->err)
        http_answer_err(answer, "no answer", &err);
    else
        http_answer_err(answer, "it refused", &err);
    if (!doc) {
        fprintf(stderr, "berth: the agent at %s: %s%s\n", g->admin, err_msg(err),
                answer->err ? "; is `berth agent` running, and may you ask there?" : "");
        return;
    }
    g->status = refused ? EXIT_FAILURE : EXIT_SUCCESS;
    if (g->json) {
        question_print_json(doc);
        return;
    }
    g->order->print(doc, &text);
    fputs(sbuf_str(&text), refused ? stderr : stdout);
}

/* A question that a command puts to the running agent: options, the answer, its printing. */
#ifndef AGENT_QUESTION_H
#define AGENT_QUESTION_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/sbuf.h"

#define QUESTION_ADMIN "127.0.0.1:7707"         /* where the agent listens, if nothing is said */
#define QUESTION_ANSWER_MAX (256 * 1024 * 1024) /* bytes */
#define QUESTION_TIMEOUT 10.                    /* seconds */

struct question {
    const char *command; /* for messages: "status" */
    const char *help;
    bool has_subject; /* one argument is needed */

    const char *subject; /* the argument */
    const char *admin;   /* where the agent listens */
    bool json;           /* print the answer as it is */
};

/* Reads --json, --admin, --help and the argument. Returns 0, -1 after printing an error, or 1 after
 * --help. */
int question_read(struct question *q, int argc, char **argv);

/* Asks the agent for 'path' and prints the answer, as JSON or as 'print' appends it. Returns the
 * command's exit status. Status 404 with a document is an answer, too, and a failure. */
int question_ask(const struct question *q, const char *path,
                 void (*print)(const json_t *answer, struct sbuf *out));

/* Asks the agent at 'admin' for 'path'. Returns the document, which the caller drops, or NULL;
 * '*ret_missing' says whether it came with status 404. 'ret_missing' may be NULL: that is an error
 * then. */
json_t *question_get(const char *admin, const char *path, bool *ret_missing, struct err **err);

/* Where a request to the agent at 'admin' for 'path' goes: the URL, which the caller frees after
 * http_start(), and '*ret_socket', a unix socket's path or NULL. 'admin' is "address:port", or the
 * path of a socket. */
char *question_url(const char *admin, const char *path, const char **ret_socket);

/* The document of an answer, or NULL, as question_get() gives it. */
json_t *question_document(const struct http_answer *answer, bool *ret_missing, struct err **err);

/* Says on stderr why the agent at 'admin' has not answered, or has refused. Returns EXIT_FAILURE.
 */
int question_complain(const char *admin, const struct err *err);

/* Prints 'doc' for machines. */
void question_print_json(const json_t *doc);

#endif

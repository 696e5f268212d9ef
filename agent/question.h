/* A question that a command puts to the running agent: options, the answer, its printing. */
#ifndef AGENT_QUESTION_H
#define AGENT_QUESTION_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/sbuf.h"

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

#endif

/* An order that a command gives to the running agent: POST, and what came of it.
 *
 * It goes to the agent's unix socket, whose permissions decide, or to an address with the token. */
#ifndef AGENT_ORDER_H
#define AGENT_ORDER_H

#include <jansson.h>

#include "lib/sbuf.h"

struct order {
    const char *help;
    const char *path; /* "/v1/resync" */
    /* Appends what the agent says that it did, as lines. */
    void (*print)(const json_t *answer, struct sbuf *out);
};

/* The options of every order, for its help. */
#define ORDER_OPTIONS                                                                              \
    "      --admin WHERE      the agent's socket, or its ADDRESS:PORT; default "                   \
    "/run/berth/admin.sock\n"                                                                      \
    "      --token-file FILE  with an address: file with the token of [agent] admin_token_file\n"  \
    "      --json             the answer, for machines\n"

/* Reads the options of 'argv' (argv[0] is the command's name), gives the order and prints the
 * answer. Returns the command's exit status: EXIT_FAILURE where it was not given, or refused. */
int order_run(const struct order *o, int argc, char **argv);

#endif

/* The commands of the program: `berth <command> ...`. Each takes what follows its name and returns
 * the exit status. */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include "agent/config.h"

#define EXIT_USAGE 2 /* of a usage or configuration error */

int command_agent(int argc, char **argv);
int command_check(int argc, char **argv);
int command_status(int argc, char **argv);

/* Reads -c, -o and --consul from 'argv' (argv[0] is the command's name) into 'config', which must
 * be zeroed. '*dump' may be NULL; else --dump sets it. Returns 0, -1 after printing an error (the
 * caller returns EXIT_USAGE), or 1 after --help. config_table's strings must be freed with
 * conf_done() in every case. */
int command_read_config(int argc, char **argv, const char *help, struct config *config, bool *dump);

#endif

/* The commands of the program: `berth <command> ...`. Each takes what follows its name and returns
 * the exit status. */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

#include <getopt.h>

#include "agent/config_source.h"
#include "lib/problem.h"

#define EXIT_USAGE 2 /* of a usage or configuration error */

int command_agent(int argc, char **argv);
int command_check(int argc, char **argv);
int command_consul_template(int argc, char **argv);
int command_deploy(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_portmap(int argc, char **argv);
int command_registrator(int argc, char **argv);
int command_marathon_lb(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_render(int argc, char **argv);
int command_reload(int argc, char **argv);
int command_resync(int argc, char **argv);
int command_status(int argc, char **argv);
int command_top(int argc, char **argv);

/* Prints what berth would do with what registrator has left, for adopt = dry-run. Returns the exit
 * status. */
int command_print_adoptions(const struct config *config, bool json);

/* Says on one line what getopt_long() refused of 'argv' (argv[0] is the command's name): 'option'
 * is what it returned, ':' for a value that lacks, else '?'. Its option string begins with ':'. */
void command_say_refused(int option, char *const *argv);

/* Reads the options of 'argv' (argv[0] is the command's name) with getopt_long(): each that there
 * is goes to 'take' with its value, which may refuse it with -1 after printing why. 'letters'
 * begins with ':' and has h, the long options have help, which print 'help'. Returns 0 with optind
 * at what follows the options, 1 after the help, -1 after an error was printed. */
int command_read_options(int argc, char **argv, const char *letters, const struct option *options,
                         const char *help, int (*take)(void *arg, int option, char *value),
                         void *arg);

/* A long option without a value, of one command. */
struct command_flag {
    const char *name; /* "dump" for --dump; NULL ends a list */
    bool *value;      /* becomes true */
};

/* Reads -c, -o, --consul, --adopt, --on-exit and 'flags' from 'argv' (argv[0] is the command's
 * name) into 'config', which must be zeroed. 'flags' may be NULL. Returns 0, -1 after printing an
 * error (the caller returns EXIT_USAGE), or 1 after --help. config_table's strings must be freed
 * with conf_done() in every case. */
int command_read_config(int argc, char **argv, const char *help, struct config *config,
                        const struct command_flag *flags);

/* The same for who reads it again later: 'source', zeroed by the caller, is what was read, and
 * borrows from 'argv'; config_source_done(). */
int command_read_source(int argc, char **argv, const char *help, struct config_source *source,
                        struct config *config, const struct command_flag *flags);

/* Prints every option with its meaning, default, value, and where that comes from. */
void command_dump_config(const struct config_source *source, const struct config *config);

/* Writes a line for each problem to standard error. */
void command_print_problems(const struct problems *problems);

#endif

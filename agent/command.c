#include "agent/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/xmalloc.h"

#define DEFAULT_FILE "/etc/berth/berth.conf"
#define FLAGS_MAX 4    /* of one command */
#define FIRST_FLAG 256 /* getopt's value for the first flag: no character */

struct arguments {
    const char *file; /* -c, or NULL */
    const char *help;
    const struct command_flag *flags;
    char **set; /* the arguments of -o, --consul, --adopt and --on-exit, as assignments */
    size_t n_set, cap;
};

static int read_options(int argc, char **argv, struct arguments *args);
static int apply(const struct arguments *args, struct config *config, struct err **err);

int command_read_config(int argc, char **argv, const char *help, struct config *config,
                        const struct command_flag *flags)
{
    struct arguments args = {.help = help, .flags = flags};
    CLEAN(err) struct err *err = NULL;

    conf_defaults(&config_table, config);
    int result = read_options(argc, argv, &args);
    if (!result && apply(&args, config, &err)) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        result = -1;
    }
    for (size_t i = 0; i < args.n_set; i++)
        free(args.set[i]);
    free(args.set);
    return result;
}

void command_say_refused(int option, char *const *argv)
{
    const char *word = argv[optind - 1];
    const char letter[] = {'-', (char)optopt, '\0'};
    bool is_short = optopt > 0 && optopt < FIRST_FLAG && strncmp(word, "--", 2) != 0;

    fprintf(stderr,
            option == ':' ? "berth: option '%s' needs a value; see `berth %s --help`\n"
                          : "berth: there is no option '%s'; see `berth %s --help`\n",
            is_short ? letter : word, argv[0]);
}

int command_read_options(int argc, char **argv, const char *letters, const struct option *options,
                         const char *help, int (*take)(void *arg, int option, char *value),
                         void *arg)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (option == '?' || option == ':') {
            command_say_refused(option, argv);
            return -1;
        }
        if (take(arg, option, optarg))
            return -1;
    }
    return 0;
}

static void add_assignment(struct arguments *args, char *assignment)
{
    args->set = xgrow(args->set, args->n_set, &args->cap, sizeof *args->set);
    args->set[args->n_set++] = assignment;
}

/* Every command's options, then its flags. */
static void list_options(const struct command_flag *flags, struct option *ret)
{
    static const struct option common[] = {
        {"config", required_argument, NULL, 'c'},  {"option", required_argument, NULL, 'o'},
        {"consul", required_argument, NULL, 'C'},  {"adopt", required_argument, NULL, 'A'},
        {"on-exit", required_argument, NULL, 'X'}, {"help", no_argument, NULL, 'h'}};

    memcpy(ret, common, sizeof common);
    ret += ARRAY_LEN(common);
    for (int i = 0; flags && flags[i].name && i < FLAGS_MAX; i++)
        *ret++ = (struct option){flags[i].name, no_argument, NULL, FIRST_FLAG + i};
    *ret = (struct option){0};
}

static int read_options(int argc, char **argv, struct arguments *args)
{
    struct option options[7 + FLAGS_MAX];
    int option;

    list_options(args->flags, options);
    optind = 1;
    while ((option = getopt_long(argc, argv, ":c:o:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            args->file = optarg;
            break;
        case 'o':
            add_assignment(args, xstrdup(optarg));
            break;
        case 'C':
            add_assignment(args, xasprintf("registrator.registry=%s", optarg));
            break;
        case 'A':
            add_assignment(args, xasprintf("registrator.adopt=%s", optarg));
            break;
        case 'X':
            add_assignment(args, xasprintf("agent.on_exit=%s", optarg));
            break;
        case 'h':
            fputs(args->help, stdout);
            return 1;
        default:
            if (option < FIRST_FLAG) {
                command_say_refused(option, argv);
                return -1;
            }
            *args->flags[option - FIRST_FLAG].value = true;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "berth: unexpected argument '%s'; see `berth %s --help`\n", argv[optind],
                argv[0]);
        return -1;
    }
    return 0;
}

/* The default file counts only where it is; a file that was asked for must be there. */
static int apply(const struct arguments *args, struct config *config, struct err **err)
{
    const char *file = args->file;

    if (!file && !access(DEFAULT_FILE, F_OK))
        file = DEFAULT_FILE;
    if (file && conf_load(&config_table, config, file, err))
        return -1;
    for (size_t i = 0; i < args->n_set; i++)
        if (conf_set(&config_table, config, args->set[i], err))
            return -1;
    return config_finish(config, err);
}

void command_print_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        CLEAN(sbuf) struct sbuf line = SBUF_INIT;

        sbuf_add_printable(&line, problems->v[i].subject);
        sbuf_adds(&line, ": ");
        sbuf_add_printable(&line, problems->v[i].text);
        fprintf(stderr, "berth: %s\n", sbuf_str(&line));
    }
}

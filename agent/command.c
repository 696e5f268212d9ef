#include "agent/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/xmalloc.h"

#define FLAGS_MAX 4    /* of one command */
#define FIRST_FLAG 256 /* getopt's value for the first flag: no character */

struct arguments {
    struct config_source *source;
    const char *help;
    const struct command_flag *flags;
};

static int read_options(int argc, char **argv, const struct arguments *args);

int command_read_config(int argc, char **argv, const char *help, struct config *config,
                        const struct command_flag *flags)
{
    struct config_source source = {0};
    int result = command_read_source(argc, argv, help, &source, config, flags);

    config_source_done(&source);
    return result;
}

int command_read_source(int argc, char **argv, const char *help, struct config_source *source,
                        struct config *config, const struct command_flag *flags)
{
    struct arguments args = {.source = source, .help = help, .flags = flags};
    CLEAN(err) struct err *err = NULL;
    int result = read_options(argc, argv, &args);

    if (!result && config_source_read(source, config, &err)) {
        fprintf(stderr, "berth: %s\n", err_msg(err));
        result = -1;
    }
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

static int read_options(int argc, char **argv, const struct arguments *args)
{
    struct config_source *source = args->source;
    struct option options[7 + FLAGS_MAX];
    int option;

    list_options(args->flags, options);
    optind = 1;
    while ((option = getopt_long(argc, argv, ":c:o:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            source->file = optarg;
            break;
        case 'o':
            strv_add(&source->set, optarg);
            break;
        case 'C':
            strv_add_take(&source->set, xasprintf("registrator.registry=%s", optarg));
            break;
        case 'A':
            strv_add_take(&source->set, xasprintf("registrator.adopt=%s", optarg));
            break;
        case 'X':
            strv_add_take(&source->set, xasprintf("agent.on_exit=%s", optarg));
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

void command_dump_config(const struct config_source *source, const struct config *config)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    config_source_dump(source, config, &text);
    fputs(sbuf_str(&text), stdout);
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

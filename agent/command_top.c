#include "agent/command.h"

#include <ev.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/question.h"
#include "agent/top_screen.h"
#include "lib/json.h"
#include "lib/term.h"

static const char help[] =
    "usage: berth top [OPTION]...\n"
    "\n"
    "Shows what the agent on this host serves, live: containers or services with their states,\n"
    "how old each source is, and what has changed. Keys: arrows, PgUp, PgDn, Home, End; / search,\n"
    "s sort, v services, p problems only, Enter explain, ? help, q quit.\n"
    "\n"
    "      --once                print one screen and end\n"
    "      --color WHEN          auto, always or never; default auto: on a terminal\n"
    "      --admin ADDRESS:PORT  where the agent listens; default 127.0.0.1:7707\n"
    "\n"
    "Without a terminal, `berth status --watch` says the same.\n";

struct asked {
    const char *admin;
    bool once;
    enum term_colours colours;
};

static int read_options(int argc, char **argv, struct asked *a);
static int print_once(struct top *t, const char *admin, bool colour);
static int run(struct top *t, const char *admin, bool colour);

int command_top(int argc, char **argv)
{
    struct asked a = {.admin = QUESTION_ADMIN};
    int read = read_options(argc, argv, &a), status;
    struct top top;
    size_t columns, height;
    bool colour;

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    colour = term_has_colours(STDOUT_FILENO, a.colours);
    term_size(STDOUT_FILENO, &columns, &height);
    top_init(&top, columns, height);
    status = a.once ? print_once(&top, a.admin, colour) : run(&top, a.admin, colour);
    top_done(&top);
    return status;
}

enum { ONCE = 256, COLOR, ADMIN };

static int take_option(void *arg, int option, char *value)
{
    struct asked *a = arg;

    if (option == ONCE)
        a->once = true;
    else if (option == ADMIN)
        a->admin = value;
    else if (term_colours_parse(value, &a->colours)) {
        fprintf(stderr, "berth: --color is auto, always or never; see `berth top --help`\n");
        return -1;
    }
    return 0;
}

static int read_options(int argc, char **argv, struct asked *a)
{
    static const struct option options[] = {{"once", no_argument, NULL, ONCE},
                                            {"color", required_argument, NULL, COLOR},
                                            {"admin", required_argument, NULL, ADMIN},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int result = command_read_options(argc, argv, ":h", options, help, take_option, a);

    if (result || optind == argc)
        return result;
    fprintf(stderr, "berth: unexpected argument '%s'; see `berth top --help`\n", argv[optind]);
    return -1;
}

static int print_once(struct top *t, const char *admin, bool colour)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *state = question_get(admin, "/v1/state", NULL, &err);
    CLEAN(json) json_t *changes = NULL;
    struct strv lines = {0};

    if (!state)
        return question_complain(admin, err);
    changes = question_get(admin, "/v1/changes?since=0", NULL, NULL);
    top_set_state(t, state, ev_time());
    top_add_changes(t, json_arr(changes, "changes"), true);
    top_screen_lines(t, colour, &lines);
    for (size_t i = 0; i < lines.n; i++)
        puts(lines.v[i]);
    strv_done(&lines);
    return EXIT_SUCCESS;
}

static int run(struct top *t, const char *admin, bool colour)
{
    CLEAN(err) struct err *err = NULL;

    if (!top_screen_run(t, admin, colour, &err))
        return EXIT_SUCCESS;
    fprintf(stderr,
            "berth: top needs a terminal: %s; `berth status --watch` says the same without one, "
            "`berth top --once` prints one screen\n",
            err_msg(err));
    return EXIT_FAILURE;
}

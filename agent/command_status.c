#include "agent/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/filter.h"
#include "agent/near.h"
#include "agent/question.h"
#include "agent/status.h"
#include "agent/status_watch.h"
#include "lib/json.h"
#include "lib/term.h"

static const char help[] =
    "usage: berth status [OPTION]...\n"
    "\n"
    "Shows what the agent on this host serves: container, its address, the host's address, "
    "service,\n"
    "service port or vhost, and the state in HAProxy; servers of other nodes; what a person "
    "should\n"
    "mend. NAME may be a pattern, 'web*'.\n"
    "\n"
    "      --service NAME        of this service only\n"
    "      --container NAME      of this container only, or of the one whose id begins like that\n"
    "      --node NAME           only what this node has registered\n"
    "      --watch               again whenever something has changed, until ^C\n"
    "      --json                the state, for machines; with --watch one line each\n"
    "      --names KIND          only names: services, containers or nodes\n"
    "      --color WHEN          auto, always or never; default auto: on a terminal\n"
    "      --admin ADDRESS:PORT  where the agent listens; default 127.0.0.1:7707\n"
    "\n"
    "Exit status: 0 shown, 1 no answer, or nothing has such a name, 2 wrong usage.\n";

struct status {
    const char *admin, *names;
    struct filter filter;
    enum term_colours colours;
    bool json, watch;
};

static int read_options(int argc, char **argv, struct status *s);
static int show(const struct status *s);
static int show_names(const struct status *s, const json_t *state);
static void print(const struct status *s, const json_t *state);
static void say_missing(const struct status *s, const json_t *state);
static struct paint paint_of(enum term_colours colours);

int command_status(int argc, char **argv)
{
    struct status s = {.admin = QUESTION_ADMIN};
    int read = read_options(argc, argv, &s);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    if (!s.watch)
        return show(&s);
    const struct paint paint = paint_of(s.colours);
    return status_watch(&(struct status_watching){
        .admin = s.admin, .filter = &s.filter, .colour = paint.colour, .json = s.json});
}

/* ---- options ---- */

enum { SERVICE = 256, CONTAINER, NODE, WATCH, JSON, NAMES, COLOR, ADMIN };

static int take_option(void *arg, int option, char *value)
{
    struct status *s = arg;
    const struct {
        int option;
        const char **text;
        bool *flag;
    } all[] = {{SERVICE, &s->filter.service, NULL},
               {CONTAINER, &s->filter.container, NULL},
               {NODE, &s->filter.node, NULL},
               {WATCH, NULL, &s->watch},
               {JSON, NULL, &s->json},
               {NAMES, &s->names, NULL},
               {ADMIN, &s->admin, NULL}};

    if (option == COLOR && term_colours_parse(value, &s->colours)) {
        fprintf(stderr, "berth: --color is auto, always or never; see `berth status --help`\n");
        return -1;
    }
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].option != option)
            continue;
        if (all[i].text)
            *all[i].text = value;
        else
            *all[i].flag = true;
    }
    return 0;
}

static int read_options(int argc, char **argv, struct status *s)
{
    static const struct option options[] = {{"service", required_argument, NULL, SERVICE},
                                            {"container", required_argument, NULL, CONTAINER},
                                            {"node", required_argument, NULL, NODE},
                                            {"watch", no_argument, NULL, WATCH},
                                            {"json", no_argument, NULL, JSON},
                                            {"names", required_argument, NULL, NAMES},
                                            {"color", required_argument, NULL, COLOR},
                                            {"admin", required_argument, NULL, ADMIN},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    CLEAN(json) json_t *none = json_object();
    struct strv names = {0};
    int result = command_read_options(argc, argv, ":h", options, help, take_option, s);

    if (result)
        return result;
    if (s->names && filter_names(none, s->names, &names)) {
        fprintf(stderr, "berth: --names is services, containers or nodes; see `berth status "
                        "--help`\n");
        return -1;
    }
    if (optind == argc)
        return 0;
    fprintf(stderr, "berth: unexpected argument '%s'; see `berth status --help`\n", argv[optind]);
    return -1;
}

/* ---- once ---- */

static int show(const struct status *s)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *all = question_get(s->admin, "/v1/state", NULL, &err), *state = NULL;

    if (!all)
        return question_complain(s->admin, err);
    if (s->names)
        return show_names(s, all);
    state = filter_is_set(&s->filter) ? filter_state(all, &s->filter) : json_incref(all);
    bool missing = filter_is_set(&s->filter) && filter_left_nothing(state);
    if (s->json)
        question_print_json(state);
    else if (!missing)
        print(s, state);
    if (missing)
        say_missing(s, all);
    return missing ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* For the shell's completion: names that no shell takes for anything else. */
static int show_names(const struct status *s, const json_t *state)
{
    static const char harmless[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:@/-";
    struct strv names = {0};

    filter_names(state, s->names, &names);
    for (size_t i = 0; i < names.n; i++)
        if (names.v[i][0] != '-' && !names.v[i][strspn(names.v[i], harmless)])
            puts(names.v[i]);
    strv_done(&names);
    return EXIT_SUCCESS;
}

static void print(const struct status *s, const json_t *state)
{
    const struct paint paint = paint_of(s->colours);
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    status_print(state, &paint, &text);
    fputs(sbuf_str(&text), stdout);
}

static void say_near(const json_t *state, const char *kind, const char *name)
{
    struct strv names = {0}, near = {0};

    if (!name)
        return;
    filter_names(state, kind, &names);
    near_find(&names, name, &near);
    for (size_t i = 0; i < near.n; i++) {
        CLEAN(sbuf) struct sbuf text = SBUF_INIT;

        sbuf_add_printable(&text, near.v[i]);
        fprintf(stderr, "%s%s%s", i ? ", " : "did you mean: ", sbuf_str(&text),
                i + 1 == near.n ? "\n" : "");
    }
    strv_done(&names);
    strv_done(&near);
}

static void add_asked(const char *option, const char *name, struct sbuf *out)
{
    if (!name)
        return;
    sbuf_addf(out, " --%s ", option);
    sbuf_add_printable(out, name);
}

/* A script may ask for a name that a container has chosen. */
static void say_missing(const struct status *s, const json_t *state)
{
    CLEAN(sbuf) struct sbuf asked = SBUF_INIT;

    add_asked("service", s->filter.service, &asked);
    add_asked("container", s->filter.container, &asked);
    add_asked("node", s->filter.node, &asked);
    fprintf(stderr, "berth: nothing is served that matches%s\n", sbuf_str(&asked));
    say_near(state, "services", s->filter.service);
    say_near(state, "containers", s->filter.container);
    say_near(state, "nodes", s->filter.node);
}

/* In a pipe lines are as long as they are: a program may read them. */
static struct paint paint_of(enum term_colours colours)
{
    struct paint paint = {.colour = term_has_colours(STDOUT_FILENO, colours)};
    size_t rows;

    if (isatty(STDOUT_FILENO))
        term_size(STDOUT_FILENO, &paint.columns, &rows);
    return paint;
}

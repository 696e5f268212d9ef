#include "agent/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_lock.h"
#include "agent/portmap_list.h"
#include "agent/portmap_once.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "portmap/flush.h"

static const char help[] =
    "usage: berth portmap list [--json]\n"
    "       berth portmap flush [--yes | -n] [--json]\n"
    "       berth portmap sync --once\n"
    "       each with [-c FILE] [-o SECTION.KEY=VALUE]..., as for `berth agent`\n"
    "\n"
    "  list    shows the host ports that the kernel serves; no agent need run\n"
    "  flush   takes away everything that berth has put into the kernel; no agent may run\n"
    "  sync    brings the host ports in step with Docker's containers; no agent may run\n"
    "\n"
    "      --yes            flush without asking\n"
    "  -n, --dry-run        only say what flush would take away\n"
    "      --once           once, then end: 0 where all is well, 1 where something is to be "
    "mended\n"
    "      --json           for machines\n";

struct wishes {
    bool json, yes, dry_run, once;
};

static const char *find_idle(const struct wishes *takes, const struct wishes *given);
static int refuse_idle(const char *action, const char *option);
static int list(const struct config *config, const struct wishes *w);
static int flush(const struct config *config, const struct wishes *w);
static bool is_agreed(const struct wishes *w);
static int take_away(const struct config *config, const struct wishes *w);
static void print_flushed(const struct strv *done, const struct wishes *w);
static int sync_once(const struct config *config, const struct wishes *w);
static int say(const struct err *err);

static const struct {
    const char *name;
    int (*run)(const struct config *config, const struct wishes *w);
    struct wishes takes; /* the options that mean something */
} actions[] = {{"list", list, {.json = true}},
               {"flush", flush, {.json = true, .yes = true, .dry_run = true}},
               {"sync", sync_once, {.once = true}}};

/* The short form of an option that has a long one. */
static void lengthen(int argc, char **argv)
{
    static char dry_run[] = "--dry-run";

    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "-n"))
            argv[i] = dry_run;
}

int command_portmap(int argc, char **argv)
{
    static char self[] = "portmap";
    struct config config = {0};
    struct wishes w = {0};
    const struct command_flag flags[] = {{"json", &w.json},
                                         {"yes", &w.yes},
                                         {"dry-run", &w.dry_run},
                                         {"once", &w.once},
                                         {NULL, NULL}};
    const char *idle;
    size_t i = 0;

    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    while (i < ARRAY_LEN(actions) && (argc < 2 || strcmp(argv[1], actions[i].name) != 0))
        i++;
    if (i == ARRAY_LEN(actions)) {
        fprintf(stderr, "berth: portmap needs list, flush or sync; see `berth portmap --help`\n");
        return EXIT_USAGE;
    }
    argv[1] = self;
    lengthen(argc - 1, argv + 1);
    int status = command_read_config(argc - 1, argv + 1, help, &config, flags);
    if (status)
        status = status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else if ((idle = find_idle(&actions[i].takes, &w)))
        status = refuse_idle(actions[i].name, idle);
    else
        status = actions[i].run(&config, &w);
    conf_done(&config_table, &config);
    return status;
}

/* An option that was given and that the action does not know, or NULL: who says --yes to what asks
 * nothing has taken one action for another. */
static const char *find_idle(const struct wishes *takes, const struct wishes *given)
{
    return given->json && !takes->json         ? "--json"
           : given->yes && !takes->yes         ? "--yes"
           : given->dry_run && !takes->dry_run ? "--dry-run"
           : given->once && !takes->once       ? "--once"
                                               : NULL;
}

static int refuse_idle(const char *action, const char *option)
{
    fprintf(stderr, "berth: portmap %s takes no %s; see `berth portmap --help`\n", action, option);
    return EXIT_USAGE;
}

static int list(const struct config *config, const struct wishes *w)
{
    CLEAN(err) struct err *err = NULL;

    if (portmap_list_print(config->mark, config->docker_socket, w->json, &err) < 0)
        return say(err);
    return EXIT_SUCCESS;
}

static int flush(const struct config *config, const struct wishes *w)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(close_fd) int lock = w->dry_run ? -1 : agent_lock(config->run_dir, &err);

    if (err)
        return say(err);
    if (!w->dry_run && !is_agreed(w))
        return EXIT_USAGE;
    return take_away(config, w);
}

static bool is_agreed(const struct wishes *w)
{
    char answer[8] = "";

    if (w->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "berth: flush cuts every container off from its host ports: say --yes, or "
                        "-n to see what would go\n");
        return false;
    }
    fprintf(stderr, "Every container loses its host ports. Go on? [y/N] ");
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* What was done before an error is told, too. */
static int take_away(const struct config *config, const struct wishes *w)
{
    CLEAN(free_str) char *undo_file = xasprintf("%s/undo", config->state_dir);
    CLEAN(err) struct err *err = NULL;
    struct strv done = {0};
    int r = portmap_flush(
        &(struct flush_config){.mark = config->mark, .undo_file = undo_file, .dry_run = w->dry_run},
        &done, &err);

    if (!r || done.n)
        print_flushed(&done, w);
    strv_done(&done);
    return r < 0 ? say(err) : EXIT_SUCCESS;
}

static void print_flushed(const struct strv *done, const struct wishes *w)
{
    CLEAN(json) json_t *doc = json_object();
    json_t *items = json_array();

    for (size_t i = 0; i < done->n; i++)
        json_array_append_new(items, json_string(done->v[i]));
    json_object_set_new(doc, "dry_run", json_boolean(w->dry_run));
    json_object_set_new(doc, "removed", items);
    if (w->json) {
        json_dumpf(doc, stdout, JSON_INDENT(2));
        putchar('\n');
        return;
    }
    for (size_t i = 0; i < done->n; i++)
        printf("%s: %s\n", w->dry_run ? "would remove" : "removed", done->v[i]);
    if (!done->n)
        puts("nothing of berth's is in the kernel");
}

static int sync_once(const struct config *config, const struct wishes *w)
{
    CLEAN(err) struct err *err = NULL;
    struct problems problems = {0};

    if (!w->once) {
        fprintf(stderr, "berth: sync needs --once; `berth agent` does it all the time\n");
        return EXIT_USAGE;
    }
    portmap_once(config, &problems, &err);
    command_print_problems(&problems);
    int status = err ? say(err) : problems.n ? EXIT_FAILURE : EXIT_SUCCESS;
    problems_done(&problems);
    return status;
}

static int say(const struct err *err)
{
    fprintf(stderr, "berth: %s\n", err_msg(err));
    return EXIT_FAILURE;
}

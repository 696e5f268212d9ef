#include "agent/command.h"

#include <errno.h>
#include <ev.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/deploy.h"
#include "agent/deploy_app.h"
#include "agent/deploy_hosts.h"
#include "agent/deploy_patience.h"
#include "lib/file.h"
#include "lib/progress.h"
#include "lib/xmalloc.h"

#define DEFINITION_MAX (4 * 1024 * 1024) /* bytes */
#define HOOK_TIMEOUT 300.0               /* seconds */
#define NUMBER_MAX 86400.0
#define TICK 1.0    /* seconds between two updates of the line on a terminal */
#define REMIND 60.0 /* seconds until what is still so is said again */

static const char help[] =
    "usage: berth deploy -m URL[,URL] -l URL[,URL] -j FILE [OPTION]...\n"
    "\n"
    "Replaces the app of a HAPROXY_DEPLOYMENT_GROUP by the one in FILE, task by task: the new app\n"
    "grows, every load balancer has to serve it, the old tasks drain and are killed. At every\n"
    "moment at least the wanted number of tasks serves. What was broken off goes on with "
    "--resume.\n"
    "\n"
    "  -m, --marathon URL[,URL]       Marathon's nodes\n"
    "  -l, --marathon-lb URL[,URL]    every load balancer's statistics: http://host:9090\n"
    "                                 (each address of the name is asked)\n"
    "  -j, --json FILE                the app's definition\n"
    "  -d, --dry-run                  say what would be created, and stop\n"
    "  -f, --force                    do not ask before it begins\n"
    "  -r, --resume                   go on with the deployment that is under way\n"
    "  -c, --complete-cur             end a split: the newer app takes over\n"
    "  -p, --complete-prev            go back: the older app takes over again\n"
    "  -i, --initial-instances N      of the new app at first; default 1\n"
    "      --linear-increase N        add N at a time; default: half as many again\n"
    "  -n, --new-instances N          split: stop when the new app has N of them\n"
    "  -s, --step-delay SECONDS       between two looks; default 5\n"
    "  -w, --max-wait SECONDS         that one step may take; default 300\n"
    "      --pre-kill-hook PROGRAM    run with the old app, the tasks and the new app as JSON\n"
    "      --user-file FILE           name:password for Marathon\n"
    "      --token-file FILE          a token instead\n"
    "      --marathon-ca-cert FILE    who signed Marathon's certificate\n"
    "\n"
    "Exit status: 0 done, 1 it stands where it stood, both apps serve, 2 wrong usage.\n";

struct deployment {
    char *marathon, *lbs, *file, *hook, *user_file, *token_file, *ca_file;
    bool dry, force, resume, complete_new, complete_old;
    double initial, linear, split, delay, max_wait;
    char *group;
    struct strv given_up; /* Marathon's deployments that the way back does not wait for */
    struct deploy_patience patience;
    struct progress progress; /* between two looks */
    unsigned grown, target;   /* healthy tasks of the new app, and how many there will be */
    char *said;               /* the last line of progress */
    char *trouble;            /* the last answer that was none, since a step was taken on */
    double told;              /* when one of them was printed */
    bool alone;               /* there is no older app */
};

enum { LINEAR = 256, HOOK, USER, TOKEN, CA };

static int read_options(int argc, char **argv, struct deployment *p);
static int take_option(void *arg, int option, char *value);
static int read_number(const char *what, const char *text, double min, double *ret);
static int check_usage(const struct deployment *p, const char *extra);
static int run(struct deployment *p, struct err **err);
static int run_with(struct deployment *p, struct deploy *d, struct err **err);
static json_t *read_definition(struct deployment *p, struct err **err);
static int begin(struct deployment *p, struct deploy *d, json_t *app, struct err **err);
static bool may_begin(const struct deployment *p);
static int go_on(struct deployment *p, struct deploy *d, struct err **err);
static void pause_visibly(struct deployment *p, struct deploy *d);
static int find_state(struct deployment *p, const struct deploy *d, struct deploy_state *ret,
                      struct err **err);
static int do_step(struct deployment *p, struct deploy *d, const struct deploy_state *s,
                   const struct deploy_step *step, struct err **err);
static void give_up(struct deployment *p, const struct marathon_app *app);
static int tell(struct deployment *p, char **last, const char *text, struct err **err);
static int run_out(const struct deployment *p, const char *text, double waited, struct err **err);

int command_deploy(int argc, char **argv)
{
    struct deployment p = {.initial = 1, .delay = 5, .max_wait = 300};
    CLEAN(err) struct err *err = NULL;
    int read = read_options(argc, argv, &p);

    if (read)
        return read < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    int failed = run(&p, &err);
    if (failed)
        fprintf(stderr, "berth: %s\n", err_msg(err));
    free(p.group);
    free(p.said);
    free(p.trouble);
    strv_done(&p.given_up);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- what is wanted ---- */

static int read_options(int argc, char **argv, struct deployment *p)
{
    static const struct option options[] = {{"marathon", required_argument, NULL, 'm'},
                                            {"marathon-lb", required_argument, NULL, 'l'},
                                            {"json", required_argument, NULL, 'j'},
                                            {"dry-run", no_argument, NULL, 'd'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"resume", no_argument, NULL, 'r'},
                                            {"complete-cur", no_argument, NULL, 'c'},
                                            {"complete-prev", no_argument, NULL, 'p'},
                                            {"initial-instances", required_argument, NULL, 'i'},
                                            {"linear-increase", required_argument, NULL, LINEAR},
                                            {"new-instances", required_argument, NULL, 'n'},
                                            {"step-delay", required_argument, NULL, 's'},
                                            {"max-wait", required_argument, NULL, 'w'},
                                            {"pre-kill-hook", required_argument, NULL, HOOK},
                                            {"user-file", required_argument, NULL, USER},
                                            {"token-file", required_argument, NULL, TOKEN},
                                            {"marathon-ca-cert", required_argument, NULL, CA},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int result =
        command_read_options(argc, argv, ":m:l:j:dfrcpi:n:s:w:h", options, help, take_option, p);

    return result ? result : check_usage(p, optind < argc ? argv[optind] : NULL);
}

static int take_option(void *arg, int option, char *value)
{
    struct deployment *p = arg;
    const struct {
        int option;
        char **text;
        bool *flag;
        double *number;
        double min;
        const char *name;
    } all[] = {{'m', &p->marathon, NULL, NULL, 0, NULL},
               {'l', &p->lbs, NULL, NULL, 0, NULL},
               {'j', &p->file, NULL, NULL, 0, NULL},
               {HOOK, &p->hook, NULL, NULL, 0, NULL},
               {USER, &p->user_file, NULL, NULL, 0, NULL},
               {TOKEN, &p->token_file, NULL, NULL, 0, NULL},
               {CA, &p->ca_file, NULL, NULL, 0, NULL},
               {'d', NULL, &p->dry, NULL, 0, NULL},
               {'f', NULL, &p->force, NULL, 0, NULL},
               {'r', NULL, &p->resume, NULL, 0, NULL},
               {'c', NULL, &p->complete_new, NULL, 0, NULL},
               {'p', NULL, &p->complete_old, NULL, 0, NULL},
               {'i', NULL, NULL, &p->initial, 1, "--initial-instances"},
               {LINEAR, NULL, NULL, &p->linear, 1, "--linear-increase"},
               {'n', NULL, NULL, &p->split, 1, "--new-instances"},
               {'s', NULL, NULL, &p->delay, 0.01, "--step-delay"},
               {'w', NULL, NULL, &p->max_wait, 0.01, "--max-wait"}};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i].option != option)
            continue;
        if (all[i].text)
            *all[i].text = value;
        else if (all[i].flag)
            *all[i].flag = true;
        else
            return read_number(all[i].name, value, all[i].min, all[i].number);
    }
    return 0;
}

static int read_number(const char *what, const char *text, double min, double *ret)
{
    char *end;

    *ret = strtod(text, &end);
    if (end != text && !*end && *ret >= min && *ret <= NUMBER_MAX)
        return 0;
    fprintf(stderr, "berth: %s %s: it must be a number from %g to %.0f\n", what, text, min,
            NUMBER_MAX);
    return -1;
}

static int check_usage(const struct deployment *p, const char *extra)
{
    const char *wrong = NULL;

    if (!p->marathon || !p->file)
        wrong = "Marathon and a definition are needed: -m URL -j FILE";
    else if (!p->lbs && !p->dry)
        wrong = "the load balancers are needed: -l http://host:9090";
    else if (p->complete_new && p->complete_old)
        wrong = "--complete-cur and --complete-prev exclude each other";
    else if (p->hook && *p->hook != '/')
        wrong = "--pre-kill-hook must be the path of a program, from /";
    if (!wrong && !extra)
        return 0;
    fprintf(stderr, "berth: %s%s; see `berth deploy --help`\n",
            extra ? "unexpected argument " : wrong, extra ? extra : "");
    return -1;
}

/* ---- the deployment ---- */

static int run(struct deployment *p, struct err **err)
{
    struct http_tls tls = {.ca_file = p->ca_file};
    struct marathon_access access = {
        .urls = p->marathon, .user_file = p->user_file, .token_file = p->token_file, .tls = &tls};
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    struct marathon_api api = {0};
    struct strv urls = {0};
    struct deploy d;

    int failed = deploy_hosts_expand(loop, p->lbs ? p->lbs : "", &urls, err) ||
                 marathon_api_init(&api, http, &access, err);
    if (!failed) {
        deploy_init(&d, loop, http, &api, &urls);
        failed = run_with(p, &d, err);
        deploy_done(&d);
        marathon_api_done(&api);
    }
    strv_done(&urls);
    http_free(http);
    ev_loop_destroy(loop);
    return failed;
}

static int run_with(struct deployment *p, struct deploy *d, struct err **err)
{
    CLEAN(json) json_t *app = read_definition(p, err);
    const struct marathon_app *new, *old;

    if (!app || deploy_read_apps(d, err) || deploy_app_find(&d->apps, p->group, &new, &old, err))
        return -1;
    bool goes_on = p->resume || p->complete_new || p->complete_old;
    if (goes_on && !old)
        return err_set(err, "there is no deployment of group %s under way", p->group);
    if (!goes_on && old)
        return err_set(err,
                       "a deployment of group %s is under way, %s and %s serve: go on with "
                       "--resume, or end it with --complete-cur or --complete-prev",
                       p->group, new->id, old->id);
    if (!goes_on && begin(p, d, app, err))
        return -1;
    if (p->complete_old) {
        give_up(p, new);
        give_up(p, old);
    }
    return p->dry ? 0 : go_on(p, d, err);
}

static json_t *read_definition(struct deployment *p, struct err **err)
{
    size_t len;
    CLEAN(free_str) char *text = file_read(p->file, DEFINITION_MAX, &len, err);
    json_t *app = text ? json_parse(text, len, err) : NULL;
    const char *group = json_str(json_obj(app, "labels"), DEPLOY_GROUP);

    if (app && group && *group) {
        p->group = xstrdup(group);
        return app;
    }
    if (app)
        err_set(err, "%s has no label " DEPLOY_GROUP, p->file);
    json_decref(app);
    return NULL;
}

/* Creates the new app beside the one that serves. */
static int begin(struct deployment *p, struct deploy *d, json_t *app, struct err **err)
{
    const struct marathon_app *before, *none;
    char began[64];
    struct timespec now;
    struct tm tm;
    const struct deploy_options options = {
        .initial = (unsigned)p->initial, .split = (unsigned)p->split, .began = began};

    clock_gettime(CLOCK_REALTIME, &now);
    size_t len = strftime(began, sizeof began, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &tm));
    snprintf(began + len, sizeof began - len, ".%06ld", now.tv_nsec / 1000);
    if (deploy_app_find(&d->apps, p->group, &before, &none, err) ||
        deploy_app_prepare(app, before, &options, err))
        return -1;
    if (p->dry) {
        CLEAN(free_str) char *text = json_dumps(app, JSON_INDENT(2));
        printf("%s\n", text);
        return 0;
    }
    printf("%s %s%s\n", json_str(app, "id"), before ? "takes the place of " : "is the first one",
           before ? before->id : "");
    fflush(stdout);
    if (!may_begin(p))
        return err_set(err, "nothing was changed; use --force where nobody can be asked");
    return deploy_create(d, app, err);
}

static bool may_begin(const struct deployment *p)
{
    char answer[8];

    if (p->force)
        return true;
    if (!isatty(STDIN_FILENO))
        return false;
    printf("begin? [y/N] ");
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* Looks and does the next step, until there is none. An answer that fails is asked for again. */
static int go_on(struct deployment *p, struct deploy *d, struct err **err)
{
    progress_init(&p->progress, "deploy", 0, false);
    for (;; pause_visibly(p, d)) {
        CLEAN(err) struct err *why = NULL;
        struct deploy_state state;
        struct deploy_step step = {0};

        if (deploy_read_apps(d, &why) || deploy_read_lbs(d, &why)) {
            if (tell(p, &p->trouble, err_msg(why), err))
                return -1;
            continue;
        }
        if (find_state(p, d, &state, err))
            return -1;
        deploy_plan(&state, &step);
        p->grown = step.grown;
        p->target = state.split ? state.split : state.target;
        deploy_patience_look(&p->patience, &step, ev_time());
        int failed = tell(p, &p->said, step.why, err) || do_step(p, d, &state, &step, err);
        bool done = step.kind == DEPLOY_DONE;
        deploy_step_done(&step);
        if (failed || done)
            return failed ? -1 : 0;
    }
}

/* What is waited for; how many tasks there are is not known before everybody has answered. */
static void show_wait(struct deployment *p)
{
    const char *why = p->trouble ? p->trouble : p->said ? p->said : "";

    if (p->target)
        progress_update(&p->progress, "%u of %u new tasks are healthy: %s", p->grown, p->target,
                        why);
    else
        progress_update(&p->progress, "%s", why);
}

/* On a terminal somebody sees that it waits, and for how long. */
static void pause_visibly(struct deployment *p, struct deploy *d)
{
    double left = p->delay;

    while (left > 0.) {
        double part = p->progress.live && left > TICK ? TICK : left;

        show_wait(p);
        deploy_pause(d, part);
        left -= part;
    }
    progress_clear(&p->progress);
}

static int find_state(struct deployment *p, const struct deploy *d, struct deploy_state *ret,
                      struct err **err)
{
    const struct marathon_app *new, *old;

    if (deploy_app_find(&d->apps, p->group, &new, &old, err))
        return -1;
    if (!new)
        return err_set(err, "no app of group %s is left: somebody deleted it", p->group);
    bool back = p->complete_old && old;
    p->alone = !old;
    *ret = (struct deploy_state){.new = back ? old : new,
                                 .old = back ? new : old,
                                 .lbs = d->lbs,
                                 .n_lbs = d->urls->n,
                                 .linear = (unsigned)p->linear,
                                 .nodes_drain = back,
                                 .given_up = &p->given_up,
                                 .target = deploy_app_target(new),
                                 .split = p->complete_new || back ? 0 : deploy_app_split(new)};
    return 0;
}

/* A lock, or a node that is away, is waited for; anything else ends it where it stands. */
static int do_step(struct deployment *p, struct deploy *d, const struct deploy_state *s,
                   const struct deploy_step *step, struct err **err)
{
    CLEAN(err) struct err *why = NULL;

    if (step->kind == DEPLOY_KILL && p->hook &&
        deploy_run_hook(d, p->hook, s, step, HOOK_TIMEOUT, err))
        return err_wrap(err, "nothing was killed");
    if (!deploy_do(d, s, step, &why)) {
        if (step->kind != DEPLOY_WAIT)
            deploy_patience_step(&p->patience, ev_time());
        free(TAKE_PTR(p->trouble));
        return 0;
    }
    if (err_code(why) == EAGAIN)
        return tell(p, &p->trouble, err_msg(why), err);
    return err_set(err, "%s; both apps serve as they did", err_msg(why));
}

/* What Marathon does for 'app' at this moment may never end; who wants to go back has seen it. */
static void give_up(struct deployment *p, const struct marathon_app *app)
{
    for (size_t i = 0; i < app->deployments.n; i++)
        strv_add(&p->given_up, app->deployments.v[i]);
}

/* Prints 'text' where it is not '*last', and from time to time what is still so; fails where
 * nothing has got better for too long. */
static int tell(struct deployment *p, char **last, const char *text, struct err **err)
{
    double now = ev_time(), waited = deploy_patience_waited(&p->patience, now);
    bool new = !*last || strcmp(*last, text) != 0;

    if (!p->patience.began)
        deploy_patience_step(&p->patience, now);
    if (new)
        progress_break(&p->progress);
    if (new)
        printf("%s\n", text);
    else if (now - p->told >= REMIND)
        printf("%s, for %.0f s; it ends after %.0f s\n", text, waited, p->max_wait);
    if (new || now - p->told >= REMIND) {
        fflush(stdout);
        p->told = now;
        free(*last);
        *last = xstrdup(text);
    }
    return waited > p->max_wait ? run_out(p, text, waited, err) : 0;
}

static int run_out(const struct deployment *p, const char *text, double waited, struct err **err)
{
    const char *way = p->complete_old ? "see what keeps Marathon from it, then try it again"
                      : p->alone      ? "it stays as it is; mend it, or deploy another version"
                                      : "both apps serve as they are; go on with --resume, or back "
                                        "with --complete-prev, which gives up what Marathon does";

    return err_set(err, "%s, and nothing got better for %.0f s: %s", text, waited, way);
}

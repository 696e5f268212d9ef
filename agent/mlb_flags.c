#include "agent/mlb_flags.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lb-template/mlb/value.h"
#include "lib/file.h"
#include "lib/secret.h"
#include "lib/xmalloc.h"

#define CONFIG_NAME "haproxy.cfg"
#define NAME_LEN_MAX 64 /* bytes; more is added to it */
#define TEMPLATE_MAX (256 * 1024)
#define RELOAD_WAIT_MAX 3600 /* seconds */

enum flag {
    FLAG_LONGHELP = 256,
    FLAG_CONFIG,
    FLAG_GROUP,
    FLAG_STRICT,
    FLAG_MAP,
    FLAG_NO_VHOSTS,
    FLAG_GROUPED,
    FLAG_CERTS,
    FLAG_FIRST_PORT,
    FLAG_LAST_PORT,
    FLAG_LOG_LEVEL,
    FLAG_USER,
    FLAG_USER_FILE,
    FLAG_DCOS,
    FLAG_CA,
    FLAG_RELOAD_WAIT,
    FLAG_IDLE,
    FLAG_IDLE_VALUE,
};

static const struct {
    const char *name;
    int value; /* what getopt_long() returns */
    int has_arg;
    const char *help;
} flags[] = {
    {"help", 'h', 0, "Print this"},
    {"longhelp", FLAG_LONGHELP, 0, "Print the templates and their defaults, too"},
    {"marathon", 'm', 1, "Marathon's nodes: URL [URL ...] (http://master.mesos:8080)"},
    {"haproxy-config", FLAG_CONFIG, 1,
     "The configuration, an absolute path (/etc/haproxy/haproxy.cfg)"},
    {"group", FLAG_GROUP, 1, "Serve apps of this group; several times for more; '*': all"},
    {"command", 'c', 1, "HAProxy is run by others, and this reloads it; no shell"},
    {"strict-mode", FLAG_STRICT, 0, "Serve only ports with HAPROXY_{n}_ENABLED=true"},
    {"sse", 's', 0, "Go on, and follow Marathon's events; else once"},
    {"health-check", 'H', 0, "Serve only tasks that Marathon's checks find healthy"},
    {"haproxy-map", FLAG_MAP, 0, "Find hosts by maps instead of rules"},
    {"dont-bind-http-https", FLAG_NO_VHOSTS, 0, "No frontends for virtual hosts"},
    {"group-https-by-vhost", FLAG_GROUPED, 0, "An HTTPS frontend for each virtual host"},
    {"ssl-certs", FLAG_CERTS, 1, "Certificates, with commas between (/etc/ssl/cert.pem)"},
    {"dry", 'd', 0, "Print the configuration and end"},
    {"min-serv-port-ip-per-task", FLAG_FIRST_PORT, 1, "First port to make up (10050)"},
    {"max-serv-port-ip-per-task", FLAG_LAST_PORT, 1, "Last port to make up (10100)"},
    {"log-level", FLAG_LOG_LEVEL, 1, "DEBUG, INFO, WARNING, ERROR or CRITICAL (INFO)"},
    {"auth-credentials", FLAG_USER, 1, "user:password for Marathon"},
    {"marathon-auth-credential-file", FLAG_USER_FILE, 1, "A file that holds them"},
    {"dcos-auth-credentials", FLAG_DCOS, 1, "Refused: use a token file, -o marathon.token_file="},
    {"marathon-ca-cert", FLAG_CA, 1, "Who signed Marathon's certificate (the system's list)"},
    {"reload-interval", FLAG_RELOAD_WAIT, 1, "Seconds that --command may take (10)"},
    {"max-reload-retries", FLAG_IDLE_VALUE, 1, NULL},
    {"archive-versions", FLAG_IDLE_VALUE, 1, NULL},
    {"lru-cache-capacity", FLAG_IDLE_VALUE, 1, NULL},
    {"max-backoff", FLAG_IDLE_VALUE, 1, NULL},
    {"syslog-socket", FLAG_IDLE_VALUE, 1, NULL},
    {"log-format", FLAG_IDLE_VALUE, 1, NULL},
    {"skip-validation", FLAG_IDLE, 0, NULL},
    {"skip-config-cleanup", FLAG_IDLE, 0, NULL},
    {"option", 'o', 1, "Set one option of berth.conf(5): section.key=value"},
};

static int take_flag(struct mlb_flags *f, int flag, int which, enum mlb_asked *ret_asked,
                     struct err **err);
static int take_value(struct mlb_flags *f, int flag, char *value, struct err **err);
static int take_config(struct mlb_flags *f, const char *path, struct err **err);
static bool is_file_name(const char *name);
static int take_command(struct mlb_flags *f, const char *command, struct err **err);
static int take_number(unsigned *ret, const char *name, const char *value, long max,
                       struct err **err);
static int take_level(struct mlb_flags *f, const char *value, struct err **err);
static int check(struct mlb_flags *f, struct err **err);
static void split(const char *list, struct strv *ret);
static char *read_template(const char *name, char *(*get)(const char *name));
static char *unescape(const char *text);

int mlb_flags_read(struct mlb_flags *f, int argc, char **argv, enum mlb_asked *ret_asked,
                   struct err **err)
{
    struct option longs[ARRAY_LEN(flags) + 1] = {{0}};
    bool many = false; /* --marathon takes more than one */
    int flag, which;

    f->options.first_port = 10050;
    f->options.last_port = 10100;
    f->level = LOG_LEVEL_INFO;
    f->reload_wait = 10;
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        longs[i] = (struct option){flags[i].name, flags[i].has_arg, NULL, flags[i].value};
    *ret_asked = MLB_RUN;
    optind = 0;
    opterr = 0;
    while (which = -1, (flag = getopt_long(argc, argv, "-:hm:c:sHdo:", longs, &which)) != -1) {
        if (flag == ':')
            return err_set(err, "%s needs a value", argv[optind - 1]);
        if (flag == '?')
            return err_set(err, "unrecognized argument: %s", argv[optind - 1]);
        if (flag == 1 && !many)
            return err_set(err, "unrecognized argument: %s", optarg);
        many = flag == 1 || flag == 'm';
        if (take_flag(f, flag == 1 ? 'm' : flag, which, ret_asked, err))
            return -1;
        if (*ret_asked != MLB_RUN)
            return 0;
    }
    if (optind < argc)
        return err_set(err, "unrecognized argument: %s", argv[optind]);
    return check(f, err);
}

int mlb_flags_templates(struct mlb_flags *f, char *(*get)(const char *name), struct err **err)
{
    for (int i = 0; i < MLB_TEMPLATES; i++) {
        enum mlb_template id = (enum mlb_template)i;
        CLEAN(free_str) char *name = xasprintf("HAPROXY_%s", mlb_template_info(id)->name);
        CLEAN(free_str) char *text = read_template(name, get);

        if (text && mlb_options_set_template(&f->options, id, text, err))
            return -1;
    }
    f->options.default_words = get("HAPROXY_GLOBAL_DEFAULT_OPTIONS");
    f->options.framework = get("FRAMEWORK_NAME");
    return 0;
}

void mlb_flags_done(struct mlb_flags *f)
{
    strv_done(&f->marathon);
    free(f->dir);
    free(f->file);
    free(f->command);
    free(f->user);
    strv_done(&f->idle);
    strv_done(&f->settings);
    mlb_options_done(&f->options);
}

void mlb_flags_help(FILE *to)
{
    fputs("usage: berth marathon-lb --group GROUP [OPTION]...\n\n"
          "Marathon's apps -> HAProxy, with marathon-lb's flags, labels and templates.\n\n",
          to);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].help)
            fprintf(to, "  %c%c --%-31s %s\n", flags[i].value < 256 ? '-' : ' ',
                    flags[i].value < 256 ? flags[i].value : ' ', flags[i].name, flags[i].help);
    fputs("\nTaken without effect:", to);
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (!flags[i].help)
            fprintf(to, "%s --%s", i % 4 ? "" : "\n ", flags[i].name);
    fputs("\n\nThe templates: --longhelp. The manual is berth(8).\n", to);
}

void mlb_flags_longhelp(FILE *to)
{
    mlb_flags_help(to);
    fputs("\nTemplates, from a label HAPROXY_{n}_NAME, the environment or a file of that name in "
          "./templates:\n",
          to);
    for (int i = 0; i < MLB_TEMPLATES; i++) {
        const struct mlb_template_info *info = mlb_template_info((enum mlb_template)i);

        fprintf(to, "\nHAPROXY_%s%s\n%s", info->name,
                info->scope == MLB_SCOPE_GLOBAL ? " (not as a label)" : "", info->text);
    }
}

static int take_flag(struct mlb_flags *f, int flag, int which, enum mlb_asked *ret_asked,
                     struct err **err)
{
    switch (flag) {
    case 'h':
        *ret_asked = MLB_HELP;
        return 0;
    case FLAG_LONGHELP:
        *ret_asked = MLB_LONGHELP;
        return 0;
    case 's':
        f->sse = true;
        return 0;
    case 'd':
        f->dry = true;
        return 0;
    case 'H':
        f->options.health_check = true;
        return 0;
    case FLAG_STRICT:
        f->options.strict = true;
        return 0;
    case FLAG_MAP:
        f->options.haproxy_map = true;
        return 0;
    case FLAG_NO_VHOSTS:
        f->options.no_vhosts = true;
        return 0;
    case FLAG_GROUPED:
        f->options.grouped = true;
        return 0;
    case FLAG_IDLE:
    case FLAG_IDLE_VALUE:
        strv_add(&f->idle, flags[which].name);
        return 0;
    default:
        return take_value(f, flag, optarg, err);
    }
}

static int take_value(struct mlb_flags *f, int flag, char *value, struct err **err)
{
    switch (flag) {
    case 'm':
        split(value, &f->marathon);
        return 0;
    case 'c':
        return take_command(f, value, err);
    case 'o':
        strv_add(&f->settings, value);
        return 0;
    case FLAG_CONFIG:
        return take_config(f, value, err);
    case FLAG_GROUP:
        strv_add(&f->options.groups, value);
        return 0;
    case FLAG_CERTS:
        split(value, &f->options.ssl_certs);
        return 0;
    case FLAG_FIRST_PORT:
        return take_number(&f->options.first_port, "--min-serv-port-ip-per-task", value, UINT16_MAX,
                           err);
    case FLAG_LAST_PORT:
        return take_number(&f->options.last_port, "--max-serv-port-ip-per-task", value, UINT16_MAX,
                           err);
    case FLAG_LOG_LEVEL:
        return take_level(f, value, err);
    case FLAG_USER:
        free(f->user);
        f->user = secret_take_argument(value);
        return 0;
    case FLAG_USER_FILE:
        f->user_file = value;
        return 0;
    case FLAG_CA:
        f->ca_file = value;
        return 0;
    case FLAG_RELOAD_WAIT:
        return take_number(&f->reload_wait, "--reload-interval", value, RELOAD_WAIT_MAX, err);
    default:
        return err_set(err, "--dcos-auth-credentials is not taken: keep a token in a file and say "
                            "-o marathon.token_file=FILE");
    }
}

/* Maps, sockets and the pid file lie beside it. What the folder may be, the load balancer says. */
static int take_config(struct mlb_flags *f, const char *path, struct err **err)
{
    const char *slash = strrchr(path, '/');

    if (!slash || slash == path || *path != '/' || !is_file_name(slash + 1))
        return err_set(err,
                       "--haproxy-config must be the absolute path of a file, its name of letters, "
                       "digits and any of \"._-\", not %s",
                       path);
    free(f->dir);
    free(f->file);
    f->dir = xstrndup(path, (size_t)(slash - path));
    f->file = xstrdup(slash + 1);
    return 0;
}

static bool is_file_name(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    return *name && *name != '.' && len <= NAME_LEN_MAX && !name[len];
}

/* A program without a path is looked for in $PATH, as a shell would. */
static int take_command(struct mlb_flags *f, const char *command, struct err **err)
{
    size_t len = strcspn(command, " ");
    const char *path = getenv("PATH");

    free(f->command);
    f->command = memchr(command, '/', len) ? xstrdup(command) : NULL;
    for (; path && *path && !f->command; path += strcspn(path, ":"), path += *path == ':') {
        CLEAN(free_str)
        char *program = xasprintf("%.*s/%.*s", (int)strcspn(path, ":"), path, (int)len, command);

        if (!access(program, X_OK))
            f->command = xasprintf("%s%s", program, command + len);
    }
    return f->command ? 0 : err_set(err, "--command: there is no program %.*s", (int)len, command);
}

static int take_number(unsigned *ret, const char *name, const char *value, long max,
                       struct err **err)
{
    long n;

    if (!mlb_number(value, 0, max, &n))
        return err_set(err, "%s must be a number from 0 to %ld, not %s", name, max, value);
    *ret = (unsigned)n;
    return 0;
}

static int take_level(struct mlb_flags *f, const char *value, struct err **err)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {{"CRITICAL", LOG_LEVEL_ERR},
                  {"ERROR", LOG_LEVEL_ERR},
                  {"WARNING", LOG_LEVEL_WARN},
                  {"INFO", LOG_LEVEL_INFO},
                  {"DEBUG", LOG_LEVEL_DEBUG}};

    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (!strcmp(value, levels[i].name)) {
            f->level = levels[i].level;
            return 0;
        }
    }
    return err_set(err, "--log-level must be CRITICAL, ERROR, WARNING, INFO or DEBUG, not %s",
                   value);
}

static int check(struct mlb_flags *f, struct err **err)
{
    struct mlb_options *o = &f->options;

    if (!o->groups.n)
        return err_set(err, "--group is required: name at least one group, or '*' for all");
    if (!o->first_port != !o->last_port)
        return err_set(err, "either both or neither of --min-serv-port-ip-per-task and "
                            "--max-serv-port-ip-per-task: 0 for both makes up no ports");
    if (o->first_port > o->last_port)
        return err_set(err, "--min-serv-port-ip-per-task is more than "
                            "--max-serv-port-ip-per-task");
    if (!f->marathon.n)
        strv_add(&f->marathon, "http://master.mesos:8080");
    if (!o->ssl_certs.n)
        strv_add(&o->ssl_certs, "/etc/ssl/cert.pem");
    for (size_t i = 0; i < o->ssl_certs.n; i++)
        if (!mlb_word_ok(o->ssl_certs.v[i]))
            return err_set(err, "--ssl-certs: %s cannot stand in %s", o->ssl_certs.v[i],
                           CONFIG_NAME);
    if (!f->dir)
        f->dir = xstrdup("/etc/haproxy");
    if (!f->file)
        f->file = xstrdup(CONFIG_NAME);
    o->dir = f->dir;
    return 0;
}

static void split(const char *list, struct strv *ret)
{
    for (;;) {
        size_t len = strcspn(list, ",");

        if (len)
            strv_addn(ret, list, len);
        if (!list[len])
            return;
        list += len + 1;
    }
}

/* The environment comes before files. NULL: neither has it. */
static char *read_template(const char *name, char *(*get)(const char *name))
{
    const char *sandbox = get("MESOS_SANDBOX"), *said = get(name);

    if (said && *said)
        return unescape(said);
    CLEAN(free_str) char *own = xasprintf("templates/%s", name);
    char *text = file_read(own, TEMPLATE_MAX, NULL, NULL);
    if (text || !sandbox)
        return text;
    CLEAN(free_str) char *other = xasprintf("%s/templates/%s", sandbox, name);
    return file_read(other, TEMPLATE_MAX, NULL, NULL);
}

static char *unescape(const char *text)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    while (*text) {
        bool end = text[0] == '\\' && text[1] == 'n';

        sbuf_addch(&out, end ? '\n' : *text);
        text += end ? 2 : 1;
    }
    return sbuf_take(&out);
}

#include "agent/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/registrator_env.h"
#include "agent/serve.h"
#include "lib/goflag.h"
#include "lib/log.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define CONTAINER_SOCKET "/tmp/docker.sock" /* where registrator's image has Docker's socket */
#define HOST_SOCKET "/var/run/docker.sock"
#define RESYNC_MAX 86400 /* seconds */

/* What registrator's flags say, with its defaults. */
struct flags {
    const char *ip, *ip_label, *tags, *deregister, *on_exit;
    const char *adopt; /* NULL: as 'cleanup' says */
    long ttl, ttl_refresh, resync, retry_attempts, retry_interval;
    bool internal, explicit_only, cleanup, strict;
    struct strv options; /* -o */
};

static int read_arguments(int argc, char **argv, struct flags *f, const char **ret_uri);
static int check_flags(const struct flags *f, struct err **err);
static int fill_config(const struct flags *f, const char *uri, struct config *config,
                       struct err **err);

int command_registrator(int argc, char **argv)
{
    struct flags f = {.ip = "",
                      .ip_label = "",
                      .tags = "",
                      .deregister = "always",
                      .on_exit = "keep",
                      .retry_interval = 2000};
    struct config config = {0};
    CLEAN(err) struct err *err = NULL;
    const char *uri = NULL;
    int status = read_arguments(argc, argv, &f, &uri);

    if (!status && uri) {
        log_info("registrator", "Starting registrator %s ...", PACKAGE_VERSION);
        if (*f.ip)
            log_info("registrator", "Forcing host IP to %s", f.ip);
        if (check_flags(&f, &err) || fill_config(&f, uri, &config, &err)) {
            log_err("registrator", "%s", err_msg(err));
            status = EXIT_FAILURE;
        } else if (!strcmp(config.adopt, "dry-run")) {
            status = command_print_adoptions(&config, false);
        } else {
            struct config_source source = {.fixed = true};
            status =
                serve(&config, &source,
                      &(struct serve_ping){f.retry_attempts, (double)f.retry_interval / 1000.});
        }
    }
    strv_done(&f.options);
    conf_done(&config_table, &config);
    return status;
}

static void print_usage(const char *program, const struct goflag *flags, size_t n)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    goflag_usage(flags, n, &text);
    fprintf(stderr, "Usage of %s:\n  %s [options] <registry URI>\n\n%s", program, program,
            sbuf_str(&text));
}

/* What is wrong with the arguments that are no flags, as registrator says it; false: nothing. */
static bool complain(int n, char **rest)
{
    if (n == 1)
        return false;
    if (!n) {
        fputs("Missing required argument for registry URI.\n\n", stderr);
        return true;
    }
    fputs("Extra unparsed arguments:\n ", stderr);
    for (int i = 1; i < n; i++)
        fprintf(stderr, " %s", rest[i]);
    fputs("\nOptions should come before the registry URI argument.\n\n", stderr);
    return true;
}

/* '*ret_uri' stays NULL where there is nothing to run. */
static int read_arguments(int argc, char **argv, struct flags *f, const char **ret_uri)
{
    const struct goflag flags[] = {
        {"adopt", GOFLAG_STRING, &f->adopt,
         "What becomes of dangling services \"no\", \"yes\" or \"dry-run\" (default as -cleanup)"},
        {"cleanup", GOFLAG_BOOL, &f->cleanup, "Remove dangling services"},
        {"deregister", GOFLAG_STRING, &f->deregister,
         "Deregister exited services \"always\" or \"on-success\" (default \"always\")"},
        {"explicit", GOFLAG_BOOL, &f->explicit_only,
         "Only register containers which have SERVICE_NAME label set"},
        {"internal", GOFLAG_BOOL, &f->internal, "Use internal ports instead of published ones"},
        {"ip", GOFLAG_STRING, &f->ip, "IP for ports mapped to the host"},
        {"o", GOFLAG_LIST, &f->options, "Set one option of berth.conf(5): section.key=value"},
        {"on-exit", GOFLAG_STRING, &f->on_exit,
         "At the end \"keep\", \"deregister\" or \"maintenance\" (default \"keep\")"},
        {"resync", GOFLAG_INT, &f->resync, "Frequency with which services are resynchronized"},
        {"retry-attempts", GOFLAG_INT, &f->retry_attempts,
         "Max retry attempts to establish a connection with the backend. Use -1 for infinite "
         "retries"},
        {"retry-interval", GOFLAG_INT, &f->retry_interval,
         "Interval (in millisecond) between retry-attempts. (default 2000)"},
        {"strict-registrator", GOFLAG_BOOL, &f->strict, "Keep registrator's known defects"},
        {"tags", GOFLAG_STRING, &f->tags, "Append tags for all registered services"},
        {"ttl", GOFLAG_INT, &f->ttl, "TTL for services (default is no expiry)"},
        {"ttl-refresh", GOFLAG_INT, &f->ttl_refresh,
         "Frequency with which service TTLs are "
         "refreshed"},
        {"useIpFromLabel", GOFLAG_STRING, &f->ip_label,
         "Use IP which is stored in a label assigned to the container"},
    };
    CLEAN(err) struct err *err = NULL;
    int first = argc;

    if (argc == 2 && !strcmp(argv[1], "--version")) {
        puts(PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    int asked = goflag_parse(flags, ARRAY_LEN(flags), argc, argv, &first, &err);
    if (asked < 0)
        fprintf(stderr, "%s\n", err_msg(err));
    if (asked || complain(argc - first, argv + first)) {
        print_usage(argv[0], flags, ARRAY_LEN(flags));
        return asked > 0 ? EXIT_SUCCESS : EXIT_USAGE;
    }
    *ret_uri = argv[first];
    return EXIT_SUCCESS;
}

static int check_flags(const struct flags *f, struct err **err)
{
    if ((!f->ttl && f->ttl_refresh > 0) || (f->ttl > 0 && !f->ttl_refresh))
        return err_set(err, "-ttl and -ttl-refresh must be specified together or not at all");
    if (f->ttl > 0 && f->ttl <= f->ttl_refresh)
        return err_set(err, "-ttl must be greater than -ttl-refresh");
    if (f->retry_interval <= 0)
        return err_set(err, "-retry-interval must be greater than 0");
    if (strcmp(f->deregister, "always") && strcmp(f->deregister, "on-success"))
        return err_set(err, "-deregister must be \"always\" or \"on-success\"");
    return 0;
}

static int assign(struct config *config, const char *key, const char *value, struct err **err)
{
    CLEAN(free_str) char *assignment = xasprintf("%s=%s", key, value);

    return conf_set(&config_table, config, assignment, err);
}

/* The registrator's room alone, fed by Docker: no host ports, no HAProxy, no admin server, no
 * virtual machines. */
static int fill_config(const struct flags *f, const char *uri, struct config *config,
                       struct err **err)
{
    const char *docker = access(CONTAINER_SOCKET, F_OK) ? HOST_SOCKET : CONTAINER_SOCKET;
    long resync = f->resync > RESYNC_MAX ? RESYNC_MAX : f->resync;

    conf_defaults(&config_table, config);
    config->as_registrator = true;
    config->portmap = config->lb = false;
    config->internal = f->internal;
    config->explicit_only = f->explicit_only;
    config->strict = f->strict;
    if (resync > 0) /* without it, berth compares now and then all the same: it costs no writes */
        config->resync = (double)resync;
    if (assign(config, "agent.admin", "", err) || assign(config, "agent.admin_socket", "", err) ||
        assign(config, "registrator.services_dir", "", err) ||
        assign(config, "registrator.ip", f->ip, err) ||
        assign(config, "registrator.ip_from_label", f->ip_label, err) ||
        assign(config, "registrator.tags", f->tags, err) ||
        assign(config, "registrator.deregister", f->deregister, err) ||
        assign(config, "agent.on_exit", f->on_exit, err) ||
        assign(config, "registrator.adopt",
               f->adopt     ? f->adopt
               : f->cleanup ? "yes"
                            : "no",
               err) ||
        registrator_env_apply(config, uri, docker, getenv, err))
        return -1;
    for (size_t i = 0; i < f->options.n; i++)
        if (conf_set(&config_table, config, f->options.v[i], err))
            return -1;
    return config_finish(config, err);
}

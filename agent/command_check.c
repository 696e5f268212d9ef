#include "agent/command.h"

#include <stdio.h>

#include "agent/check_pool.h"
#include "agent/config_secrets.h"
#include "agent/question.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "portmap/pool.h"
#include "registrator/address.h"
#include "registrator/consul_catalog.h"
#include "registrator/vmdir.h"

static const char help[] =
    "usage: berth check [-c FILE] [-o SECTION.KEY=VALUE]... [--dump-config | --diff]\n"
    "\n"
    "Reads the configuration and the files of services.d as `berth agent` would, and says what is\n"
    "wrong with them and whether the pool of host ports fits this host; -o portmap.enabled=no\n"
    "leaves the pool out.\n"
    "\n"
    "  -c, --config FILE     configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file\n"
    "      --dump-config     print every option with its meaning, default and value; --dump, too\n"
    "      --diff            ask the running agent what a reload would change now\n";

/* Does the pool fit this host? Each thing that does not is a line. */
static int check_host(const struct config *config)
{
    CLEAN(err) struct err *err = NULL;
    struct strv open = {0};

    if (!config->portmap)
        return 0;
    if (pool_check(&config->pool_ports, &err))
        fprintf(stderr, "berth: %s\n", err_msg(err));
    check_pool_listeners(&config->pool_ports, &open);
    for (size_t i = 0; i < open.n; i++) {
        CLEAN(sbuf) struct sbuf line = SBUF_INIT;
        sbuf_add_printable(&line, open.v[i]);
        fprintf(stderr, "berth: [portmap] pool = %s: %s\n", config->pool, sbuf_str(&line));
    }
    int r = err || open.n ? -1 : 0;
    strv_done(&open);
    return r;
}

/* Are the files of services.d good? Each thing that is not is a line. */
static int check_services(const struct config *config)
{
    CLEAN(err) struct err *err = NULL;
    struct problems problems = {0};

    if (!config->registrator || !*config->services_dir)
        return 0;
    if (vm_dir_check(config->services_dir, &problems, &err))
        fprintf(stderr, "berth: %s\n", err_msg(err));
    command_print_problems(&problems);
    int status = err || problems.n ? -1 : 0;
    problems_done(&problems);
    return status;
}

/* Would the agent take the files with secrets? */
static int check_secrets(const struct config *config)
{
    struct problems problems = {0};

    config_secrets_check(config, &problems);
    command_print_problems(&problems);
    int status = problems.n ? -1 : 0;
    problems_done(&problems);
    return status;
}

/* How a load balancer here follows the catalog. */
static void tell_catalog(const struct config *config)
{
    struct address address = {0};

    if (!config->lb || address_parse(config->registry, &address, NULL))
        return;
    if (address.kind == ADDRESS_CONSUL)
        printf("Consul's catalog: up to %d services are watched by a query each, those beyond by "
               "the journals of changes\n",
               CONSUL_CATALOG_WATCHED);
    address_done(&address);
}

static void print_list(const char *title, const json_t *list)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    for (size_t i = 0; i < json_array_size(list); i++) {
        sbuf_adds(&line, i ? ", " : " ");
        sbuf_add_printable(&line, json_string_value(json_array_get(list, i)));
    }
    printf("%s:%s\n", title, json_array_size(list) ? sbuf_str(&line) : " nothing");
}

/* What the agent that 'config' says where it is would make of its own file and arguments. */
static int print_diff(const struct config *config)
{
    CLEAN(err) struct err *err = NULL;
    const char *admin = *config->admin ? config->admin : QUESTION_ADMIN;
    CLEAN(json) json_t *doc = question_get(admin, "/v1/reload/preview", NULL, &err);

    if (!doc)
        return question_complain(admin, err);
    if (json_str(doc, "error")) {
        CLEAN(sbuf) struct sbuf line = SBUF_INIT;

        sbuf_add_printable(&line, json_str(doc, "error"));
        fprintf(stderr, "berth: a reload would change nothing: %s\n", sbuf_str(&line));
        return EXIT_FAILURE;
    }
    print_list("a reload changes", json_arr(doc, "changed"));
    print_list("takes a restart", json_arr(doc, "needs_restart"));
    return EXIT_SUCCESS;
}

static int check(const struct config_source *source, const struct config *config)
{
    const char *file = config_source_file(source);
    int services = check_services(config), secrets = check_secrets(config);

    if (check_host(config) || services || secrets)
        return EXIT_USAGE;
    printf("the configuration is good: %s\n",
           file ? file : "there is no " CONFIG_DEFAULT_FILE ", the defaults count");
    tell_catalog(config);
    return EXIT_SUCCESS;
}

int command_check(int argc, char **argv)
{
    struct config config = {0};
    struct config_source source = {0};
    bool dump = false, diff = false;
    const struct command_flag flags[] = {
        {"dump", &dump}, {"dump-config", &dump}, {"diff", &diff}, {NULL, NULL}};
    int status = command_read_source(argc, argv, help, &source, &config, flags);

    if (status)
        status = status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else if (dump)
        command_dump_config(&source, &config);
    else
        status = diff ? print_diff(&config) : check(&source, &config);
    config_source_done(&source);
    conf_done(&config_table, &config);
    return status;
}

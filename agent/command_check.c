#include "agent/command.h"

#include <stdio.h>

#include "agent/check_pool.h"
#include "lib/sbuf.h"
#include "portmap/pool.h"
#include "registrator/address.h"
#include "registrator/consul_catalog.h"
#include "registrator/vmdir.h"

static const char help[] =
    "usage: berth check [-c FILE] [-o SECTION.KEY=VALUE]... [--dump-config]\n"
    "\n"
    "Reads the configuration and the files of services.d as `berth agent` would, and says what is\n"
    "wrong with them and whether the pool of host ports fits this host; -o portmap.enabled=no\n"
    "leaves the pool out.\n"
    "\n"
    "  -c, --config FILE     configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file\n"
    "      --dump-config     print every option with its meaning, default and value; --dump, too\n";

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

int command_check(int argc, char **argv)
{
    struct config config = {0};
    struct config_source source = {0};
    bool dump = false;
    const struct command_flag flags[] = {{"dump", &dump}, {"dump-config", &dump}, {NULL, NULL}};
    int status = command_read_source(argc, argv, help, &source, &config, flags);

    if (!status && dump) {
        command_dump_config(&source, &config);
    } else if (!status) {
        status = check_services(&config);
        if (check_host(&config))
            status = -1;
        if (!status) {
            puts("the configuration is good");
            tell_catalog(&config);
        }
    }
    config_source_done(&source);
    conf_done(&config_table, &config);
    return status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
}

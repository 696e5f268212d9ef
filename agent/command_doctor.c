#include "agent/command.h"

#include <stdio.h>
#include <unistd.h>

#include "agent/docker_host.h"
#include "agent/doctor.h"
#include "agent/doctor_fix.h"
#include "agent/dubbo_options.h"
#include "agent/host_ask.h"
#include "agent/host_dns.h"
#include "agent/host_read.h"
#include "lib/json.h"

#define ROOT "" /* this host's own */

static const char help[] =
    "usage: berth doctor [-c FILE] [-o SECTION.KEY=VALUE]... [--fix] [--json]\n"
    "\n"
    "Looks at this host and says what keeps containers from being reached: what was found, why it\n"
    "matters, and the command that mends it. The manual lists the checks, and what is safe to "
    "fix.\n"
    "\n"
    "  -c, --config FILE     configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file; `berth check --dump` lists them\n"
    "      --fix             carry out what is safe, then look again\n"
    "      --json            the findings, for machines\n"
    "\n"
    "Exit status: 0 all is well, 1 warnings or unknown, 2 failures.\n";

/* On a terminal only, and gone when it is over. */
static void show_progress(const char *what)
{
    if (isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s", what);
}

static void look(const struct config *config, struct host *h, struct findings *findings)
{
    struct http_server docker = {0};

    h->mark = config->mark;
    h->pool = config->pool_ports;
    show_progress("reading /proc and /sys ...");
    host_read(h, ROOT);
    show_progress("asking nf_tables ...");
    host_ask_kernel(h);
    show_progress("asking Docker, and watching conntrack for a second ...");
    docker_host_parse(config->docker_socket, config->docker_cert_path, &docker, NULL);
    host_ask_docker(h, &docker, ROOT);
    http_server_done(&docker);
    h->dubbo = *config->dubbo_registry && !dubbo_options_in_consul(config);
    h->dns = config->lb && *config->dns_zone;
    if (h->dubbo || h->dns)
        host_ask_agent(h, config->admin);
    if (h->dns_name)
        host_dns_resolve(h);
    show_progress("");
    doctor_examine(h, findings);
}

static void print(const struct findings *findings, const struct doctor_fixes *fixes, bool as_json)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (as_json) {
        CLEAN(json) json_t *doc = doctor_json(findings, fixes);
        json_dumpf(doc, stdout, JSON_INDENT(2));
        putchar('\n');
        return;
    }
    doctor_print(findings, fixes, isatty(STDOUT_FILENO), &text);
    fputs(sbuf_str(&text), stdout);
}

static int run(const struct config *config, bool fix, bool as_json)
{
    struct host host = {0};
    struct findings findings = {0};
    struct doctor_fixes fixes = {0};

    look(config, &host, &findings);
    if (fix)
        doctor_fix(&findings, ROOT, &fixes);
    if (fixes.done.n) {
        findings_done(&findings);
        host_done(&host);
        look(config, &host, &findings);
    }
    print(&findings, fix ? &fixes : NULL, as_json);
    int status = doctor_status(&findings);
    doctor_fixes_done(&fixes);
    findings_done(&findings);
    host_done(&host);
    return status;
}

int command_doctor(int argc, char **argv)
{
    struct config config = {0};
    bool fix = false, as_json = false;
    const struct command_flag flags[] = {{"fix", &fix}, {"json", &as_json}, {NULL, NULL}};
    int status = command_read_config(argc, argv, help, &config, flags);

    if (status)
        status = status < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    else
        status = run(&config, fix, as_json);
    conf_done(&config_table, &config);
    return status;
}

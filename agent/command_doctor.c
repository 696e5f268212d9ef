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
#include "lib/progress.h"
#include "lib/term.h"

#define ROOT "" /* this host's own */
#define LOOKS 3 /* places to look at on every host */

static const char help[] =
    "usage: berth doctor [-c FILE] [-o SECTION.KEY=VALUE]... [--fix] [--json]\n"
    "\n"
    "Looks at this host and says what keeps containers from being reached: what was found, why it\n"
    "matters, and the command that mends it. The manual lists the checks, and what is safe to "
    "fix.\n"
    "\n"
    "  -c, --config FILE     configuration; default /etc/berth/berth.conf where there is one\n"
    "  -o SECTION.KEY=VALUE  one option, over the file; `berth check --dump-config` lists them\n"
    "      --fix             carry out what is safe, then look again\n"
    "      --json            the findings, for machines\n"
    "\n"
    "Exit status: 0 all is well, 1 warnings or unknown, 2 failures.\n";

static void look(const struct config *config, bool as_json, struct host *h,
                 struct findings *findings)
{
    struct http_server docker = {0};
    struct progress progress;

    h->mark = config->mark;
    h->pool = config->pool_ports;
    h->dubbo = *config->dubbo_registry && !dubbo_options_in_consul(config);
    h->dns = config->lb && *config->dns_zone;
    bool ask_agent = h->dubbo || h->dns;
    progress_init(&progress, "doctor", LOOKS + ask_agent, !as_json);
    progress_step(&progress, "reading /proc and /sys");
    host_read(h, ROOT);
    progress_step(&progress, "asking nf_tables");
    host_ask_kernel(h);
    progress_step(&progress, "asking Docker, and watching conntrack for a second");
    docker_host_parse(config->docker_socket, config->docker_cert_path, &docker, NULL);
    host_ask_docker(h, &docker, ROOT);
    http_server_done(&docker);
    if (ask_agent) {
        progress_step(&progress, "asking the agent, and what it keeps in step");
        host_ask_agent(h, config->admin);
    }
    if (h->dns_name)
        host_dns_resolve(h);
    progress_end(&progress);
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
    doctor_print(findings, fixes, term_has_colours(STDOUT_FILENO, TERM_COLOURS_AUTO), &text);
    fputs(sbuf_str(&text), stdout);
}

static int run(const struct config *config, bool fix, bool as_json)
{
    struct host host = {0};
    struct findings findings = {0};
    struct doctor_fixes fixes = {0};

    look(config, as_json, &host, &findings);
    if (fix)
        doctor_fix(&findings, ROOT, &fixes);
    if (fixes.done.n) {
        findings_done(&findings);
        host_done(&host);
        look(config, as_json, &host, &findings);
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

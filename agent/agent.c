#include "agent/agent.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/admin.h"
#include "agent/agent_admin.h"
#include "agent/agent_catalog.h"
#include "agent/agent_config.h"
#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/agent_lock.h"
#include "agent/agent_marathon.h"
#include "agent/agent_registry.h"
#include "agent/agent_want.h"
#include "agent/docker_host.h"
#include "agent/hostaddr.h"
#include "agent/lb_template.h"
#include "agent/self.h"
#include "lib/file.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"
#include "registrator/open.h"

#define AREA "agent"

static void on_step(void *arg, uint32_t trace, enum trace_step step, double when);
static int take_lock(struct agent *a, struct err **err);
static int open_identity(struct agent *a, struct err **err);
static int open_address6(struct agent *a, struct err **err);
static int open_rooms(struct agent *a, struct err **err);
static void refuse_passed(struct agent *a);

struct agent *agent_new(struct ev_loop *loop, const struct config *config, struct err **err)
{
    struct agent *a = xcalloc(1, sizeof *a);

    a->loop = loop;
    a->config = config;
    a->started = ev_now(loop);
    a->lock = -1;
    a->changes = log_ring_new();
    log_set_ring(a->changes);
    a->latency = latency_new(a->started);
    trace_set_observer(on_step, a->latency);
    passed_take(&a->passed);
    agent_want_init(a);
    a->http = http_new(loop);
    if (take_lock(a, err) || open_identity(a, err) || open_address6(a, err) ||
        agent_open_registry(a, agent_on_machines, err) || open_rooms(a, err) ||
        agent_dubbo_open(a, err) || agent_open_marathon(a, err)) {
        agent_free(a);
        return NULL;
    }
    refuse_passed(a);
    return a;
}

void agent_start(struct agent *a)
{
    char address[IPADDR_STRLEN];

    if (a->config->docker)
        docker_start(a->docker);
    else
        agent_on_notice(a);
    agent_start_marathon(a);
    log_info(AREA, "started node=%s address=%s registry=%s admin=%s", a->node,
             ipaddr_format(&a->address, address), a->config->registry,
             *a->config->admin ? a->config->admin : "none");
    if (*a->config->admin)
        log_info(AREA, "status page url=http://%s/", a->config->admin);
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    agent_want_done(a);
    agent_close_marathon(a);
    agent_admin_close(a);
    agent_free_dns(a);
    announcer_free(a->announcer);
    problems_done(&a->announce_problems);
    admin_free(a->self);
    lb_free(a->lb);
    lb_template_free(a->lb_template);
    registrator_free(a->registrator);
    agent_dubbo_free(a);
    vm_free(a->vm);
    catalog_join_done(&a->join);
    catalog_done(&a->machines);
    if (a->registry)
        a->registry->ops->free(a->registry);
    portmap_free(a->portmap);
    docker_free(a->docker);
    http_free(a->http);
    if (a->lock >= 0)
        close(a->lock);
    passed_done(&a->passed);
    free(a->node);
    trace_set_observer(NULL, NULL);
    latency_free(a->latency);
    log_set_ring(NULL);
    log_ring_free(a->changes);
    free(a);
}

bool agent_is_ready(const struct agent *a)
{
    return (!a->config->docker ||
            (docker_inventory(a->docker)->complete && docker_is_connected(a->docker))) &&
           (!a->portmap || portmap_sync(a->portmap)->last_ok > 0.) &&
           (!a->registrator || registrator_sync(a->registrator)->last_ok > 0.) &&
           (!a->lb || lb_sync(a->lb)->last_ok > 0.);
}

/* The loop's time is that of the round's begin: a round may be long. */
static void on_step(void *arg, uint32_t trace, enum trace_step step, double when)
{
    latency_note(arg, trace, step, when, ev_time());
}

/* ---- boot steps ---- */

/* One agent has the kernel and HAProxy of a host. Registrators can run beside it and each other,
 * each with a registry of its own. */
static int take_lock(struct agent *a, struct err **err)
{
    if (a->config->as_registrator)
        return 0;
    a->lock = agent_lock(a->config->run_dir, err);
    return a->lock < 0 ? -1 : 0;
}

static int open_identity(struct agent *a, struct err **err)
{
    char name[256] = "";

    if (*a->config->node) {
        a->node = xstrdup(a->config->node);
    } else {
        gethostname(name, sizeof name - 1);
        if (!*name)
            return err_set(err, "this host has no name; say one with [agent] node");
        a->node = xstrdup(name);
    }
    if (*a->config->address)
        return ipaddr_parse(a->config->address, &a->address);
    struct address registry = {0};
    if (address_parse(a->config->registry, &registry, err))
        return err_wrap(err, "[registrator] registry");
    CLEAN(free_str) char *peer = address_host(&registry);
    address_done(&registry);
    return hostaddr_find(peer, &a->address, err);
}

static int open_address6(struct agent *a, struct err **err)
{
    if (!strcmp(a->config->address6, "auto"))
        return hostaddr_find6(&a->address, &a->address6, err);
    if (strcmp(a->config->address6, "none"))
        return ipaddr_parse(a->config->address6, &a->address6);
    return 0;
}

static void on_template(void *arg)
{
    const struct agent *a = arg;

    lb_kick(a->lb);
}

static int open_lb(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *dir = xasprintf("%s/haproxy", c->run_dir);

    if (file_make_dirs(dir, 0755, err))
        return err_wrap(err, "[agent] run_dir");
    if (lb_template_new(a->loop, c, on_template, a, &a->lb_template, err))
        return -1;
    struct renderer *own = a->lb_template ? lb_template_base(a->lb_template) : NULL;
    struct lb_config config = agent_lb_config(c, dir, own);
    a->lb = lb_new(a->loop, &config, agent_on_notice, a, err);
    if (a->lb && own)
        lb_kick(a->lb);
    return a->lb ? 0 : -1;
}

static int open_docker(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct http_server server = {0};

    if (docker_host_parse(c->docker_socket, c->docker_cert_path, &server, err))
        return err_wrap(err, "[docker] socket");
    if (server.tls.key_file && secret_check(server.tls.key_file, err)) {
        http_server_done(&server);
        return err_wrap(err, "[docker] cert_path");
    }
    struct docker_config config = agent_docker_config(c);
    config.server = &server;
    a->docker = docker_new(a->loop, a->http, &config, agent_on_input, a);
    http_server_done(&server);
    return 0;
}

static int open_portmap(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *ports_file = xasprintf("%s/ports", c->state_dir);
    CLEAN(free_str) char *undo_file = xasprintf("%s/undo", c->state_dir);

    struct portmap_config config = agent_portmap_config(c);
    config.ports_file = ports_file;
    config.undo_file = undo_file;
    config.passed = &a->passed;
    a->portmap = portmap_new(a->loop, &config, agent_on_input, a, err);
    return a->portmap ? 0 : -1;
}

static void open_registrator(struct agent *a)
{
    struct registrator_config config = agent_registrator_config(a);

    a->registrator = registrator_new(a->loop, &config, a->registry, agent_on_notice, a);
}

static int open_rooms(struct agent *a, struct err **err)
{
    const struct config *c = a->config;

    agent_set_selection(a);
    if (open_docker(a, err) || (c->portmap && open_portmap(a, err)))
        return -1;
    if (c->registrator && c->docker)
        open_registrator(a);
    if (c->lb && open_lb(a, err))
        return -1;
    if (agent_admin_open(a, err))
        return -1;
    return *c->self && !(a->self = self_new(a, c->self, err)) ? -1 : 0;
}

/* What no room has taken: ports of an agent that had host ports, where this one has none; or what
 * nobody of ours has made. */
static void refuse_passed(struct agent *a)
{
    size_t n = passed_refuse(&a->passed);

    if (n)
        log_info(AREA, "descriptors of the service manager that nobody needs are closed n=%zu", n);
}

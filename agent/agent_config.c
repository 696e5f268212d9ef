#include "agent/agent_config.h"

#include <string.h>

#include "agent/agent_admin.h"
#include "agent/agent_catalog.h"
#include "agent/agent_dns.h"
#include "agent/agent_dubbo.h"
#include "agent/agent_marathon.h"
#include "agent/agent_registry.h"
#include "agent/agent_want.h"
#include "agent/consul_login.h"
#include "agent/dubbo_options.h"
#include "agent/lb_template.h"
#include "agent/tags.h"
#include "lib/log.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"

#define AREA "agent"

static int set_rooms(struct agent *a, const struct config *next, const struct address *address,
                     struct err **err);
static int set_lb(struct agent *a, const struct config *next, struct err **err);
static void set_local_rooms(struct agent *a);
static void set_access(struct agent *a, const struct consul_access *consul);
static void set_catalog(struct agent *a, const struct consul_access *consul);

struct docker_config agent_docker_config(const struct config *c)
{
    return (struct docker_config){.keep_label = c->ip_from_label,
                                  .tags = c->tags,
                                  .resync = c->resync,
                                  .drain_max = c->drain_max,
                                  .watch_failed = !strcmp(c->deregister, "on-success")};
}

struct portmap_config agent_portmap_config(const struct config *c)
{
    return (struct portmap_config){
        .pool = c->pool_ports, .mark = c->mark, .quarantine = c->quarantine, .resync = c->resync};
}

struct lb_config agent_lb_config(const struct config *c, const char *dir, struct renderer *own)
{
    static const struct portset none;

    return (struct lb_config){.haproxy = c->haproxy,
                              .dir = dir,
                              .bind = c->bind,
                              .http_port = c->http_port,
                              .stats_port = c->stats_port,
                              .https_port = *c->certs ? c->https_port : 0,
                              .certs = c->certs,
                              .select = c->lb_select,
                              .wait = c->lb_wait,
                              .template = c->lb_template,
                              .renderer = own,
                              .pool = c->portmap ? c->pool_ports : none,
                              .manage = c->manage,
                              .sockets = c->lb_sockets,
                              .reload = c->lb_reload,
                              .reload_timeout = c->lb_reload_timeout,
                              .resync = c->resync};
}

struct registrator_config agent_registrator_config(const struct agent *a)
{
    const struct config *c = a->config;

    return (struct registrator_config){
        .node = a->node,
        .host_addr = a->address,
        .host_addr6 = a->address6,
        .healthy_only = !strcmp(c->register_when, "healthy"),
        .adopt = !strcmp(c->adopt, "yes"),
        .deregister_on_kill = !strcmp(c->on_kill, "deregister"),
        .dubbo = dubbo_options_in_consul(c),
        .resync = c->resync,
        .tags = tags_is_template(c->tags) ? "" : c->tags,
        .app_name = c->as_registrator ? NULL : c->marathon_name,
        .strict = c->strict,
    };
}

void agent_set_selection(struct agent *a)
{
    const struct config *c = a->config;

    a->selection = (struct selection){.published_only = c->as_registrator,
                                      .internal = c->internal,
                                      .explicit_only = c->explicit_only,
                                      .ip_from_label = c->ip_from_label};
    if (*c->ip)
        ipaddr_parse(c->ip, &a->selection.ip);
    a->portmap_bind = (struct ipaddr){0};
    if (*c->portmap_bind)
        ipaddr_parse(c->portmap_bind, &a->portmap_bind);
}

void agent_set_log(const struct config *c)
{
    enum log_format format;
    enum log_level level;

    if (!log_level_parse(c->log_level, &level))
        log_set_level(level);
    if (!log_format_parse(c->log_format, &format))
        log_set_format(format);
}

int agent_set_config(struct agent *a, const struct config *next, struct err **err)
{
    struct address address = {0};

    if (address_parse(next->registry, &address, err))
        return err_wrap(err, "[registrator] registry");
    int status = set_rooms(a, next, &address, err);
    address_done(&address);
    return status;
}

/* What may fail comes before anything is changed. */
static int set_rooms(struct agent *a, const struct config *next, const struct address *address,
                     struct err **err)
{
    CLEAN(consul_login) struct consul_login login = {0};
    enum address_kind kind = address->kind;
    bool consul = kind == ADDRESS_CONSUL || kind == ADDRESS_CONSUL_KV;

    if (consul_login_read(&login, next, address, err) ||
        (consul && consul_access_check(&login.access, err)) || agent_check_dns(a, next, err) ||
        agent_admin_check(next, err) || set_lb(a, next, err))
        return -1;
    a->config = next;
    agent_set_log(next);
    agent_admin_set_config(a);
    set_local_rooms(a);
    if (consul)
        set_access(a, &login.access);
    if (kind == ADDRESS_LOCAL || kind == ADDRESS_CONSUL)
        set_catalog(a, consul ? &login.access : NULL);
    agent_dubbo_set_config(a);
    agent_set_marathon(a);
    a->announced = 0;
    if (next->docker)
        agent_on_input(a);
    agent_on_notice(a);
    return 0;
}

static int set_lb(struct agent *a, const struct config *next, struct err **err)
{
    CLEAN(free_str) char *dir = xasprintf("%s/haproxy", next->run_dir);
    struct lb_config config =
        agent_lb_config(next, dir, a->lb_template ? lb_template_base(a->lb_template) : NULL);

    if (!a->lb)
        return 0;
    if (lb_set_config(a->lb, &config, err))
        return -1;
    if (a->lb_template)
        lb_template_set_config(a->lb_template, next);
    return 0;
}

static void set_local_rooms(struct agent *a)
{
    const struct config *c = a->config;
    struct docker_config docker = agent_docker_config(c);
    struct portmap_config portmap = agent_portmap_config(c);
    struct registrator_config registrator = agent_registrator_config(a);

    if (c->docker)
        docker_set_config(a->docker, &docker);
    if (a->portmap)
        portmap_set_config(a->portmap, &portmap);
    agent_set_selection(a);
    if (a->announcer)
        announcer_set_resync(a->announcer, c->resync);
    if (a->registrator)
        registrator_set_config(a->registrator, &registrator);
}

static void set_access(struct agent *a, const struct consul_access *consul)
{
    if (a->registry->ops->set_access)
        a->registry->ops->set_access(a->registry, consul);
    if (a->announcer)
        announcer_set_access(a->announcer, consul);
    if (a->lb_template)
        lb_template_set_access(a->lb_template, consul);
}

/* What cannot be opened now could when it was looked at
 * a moment ago: it is said, and the next reload tries again. */
static void set_catalog(struct agent *a, const struct consul_access *consul)
{
    CLEAN(err) struct err *no_vm = NULL, *no_dns = NULL;

    if (agent_set_vm(a, consul, agent_on_machines, &no_vm))
        log_err(AREA, "services.d is not followed: %s", err_msg(no_vm));
    if (agent_set_dns(a, consul, &no_dns))
        log_err(AREA, "no names are kept in DNS: %s", err_msg(no_dns));
}

#include "agent/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docker_host.h"
#include "agent/dubbo_options.h"
#include "agent/reach.h"
#include "agent/tags.h"
#include "lb-template/dns.h"
#include "lb-template/quiet.h"
#include "lb-template/select.h"
#include "lb-template/tmpl/tmpl.h"
#include "lib/file.h"
#include "lib/ipaddr.h"
#include "lib/log.h"
#include "lib/marathon_api.h"
#include "lib/marathon_env.h"
#include "registrator/address.h"

static int check_log_level(const char *value, struct err **err);
static int check_log_format(const char *value, struct err **err);
static int check_address(const char *value, struct err **err);
static int check_address6(const char *value, struct err **err);
static int check_register_when(const char *value, struct err **err);
static int check_on_kill(const char *value, struct err **err);
static int check_adopt(const char *value, struct err **err);
static int check_absolute(const char *value, struct err **err);
static int check_pool(const char *value, struct err **err);
static int check_registry(const char *value, struct err **err);
static int check_bind(const char *value, struct err **err);
static int check_name(const char *value, struct err **err);
static int check_admin(const char *value, struct err **err);
static int check_mark(const char *value, struct err **err);
static int check_select(const char *value, struct err **err);
static int check_wait(const char *value, struct err **err);
static int check_template(const char *value, struct err **err);
static int check_on_exit(const char *value, struct err **err);
static int check_docker(const char *value, struct err **err);
static int check_absolute_or_none(const char *value, struct err **err);
static int check_sockets(const char *value, struct err **err);
static int check_ip(const char *value, struct err **err);
static int check_service(const char *value, struct err **err);
static int check_dns_server(const char *value, struct err **err);
static int check_tags(const char *value, struct err **err);
static int check_marathon(const char *value, struct err **err);
static int check_scheme(const char *value, struct err **err);
static int check_deregister(const char *value, struct err **err);

#define POOL_LOWEST 1024 /* ports below are left to those who ask for them by number */

#define AT(member) offsetof(struct config, member)

static const struct conf_key keys[] = {
    {"agent", "node", CONF_STRING, AT(node), "", 0, 0,
     "Our name in registries; empty: the host's name.", check_name},
    {"agent", "address", CONF_STRING, AT(address), "", 0, 0,
     "IPv4 address that others dial; empty: the source address of the way to the registry.",
     check_address},
    {"agent", "address6", CONF_STRING, AT(address6), "auto", 0, 0,
     "IPv6 address that others dial; auto: of the interface with our IPv4 address; none: none.",
     check_address6},
    {"agent", "admin", CONF_STRING, AT(admin), "127.0.0.1:7707", 0, 0,
     "Address and port of the admin HTTP server; empty: none.", check_admin},
    {"agent", "self", CONF_STRING, AT(self), "", 0, 0,
     "Address and port at which a container learns its own host ports; empty: none.", check_admin},
    {"agent", "run_dir", CONF_STRING, AT(run_dir), "/run/berth", 0, 0,
     "Directory of run-time files: HAProxy's configuration and sockets.", check_absolute},
    {"agent", "state_dir", CONF_STRING, AT(state_dir), "/var/lib/berth", 0, 0,
     "Directory of what outlives a reboot: the host ports that containers had.", check_absolute},
    {"agent", "log_level", CONF_STRING, AT(log_level), "info", 0, 0,
     "What is logged: err, warn, info or debug.", check_log_level},
    {"agent", "log_format", CONF_STRING, AT(log_format), "text", 0, 0,
     "How a line is written: text, logfmt or json.", check_log_format},
    {"agent", "resync", CONF_SECONDS, AT(resync), "60", 1, 86400,
     "Seconds between full comparisons that no event asked for.", NULL},
    {"agent", "on_exit", CONF_STRING, AT(on_exit), "keep", 0, 0,
     "What becomes of our services when the agent is stopped: keep, deregister or maintenance.",
     check_on_exit},

    {"docker", "enabled", CONF_BOOL, AT(docker), "yes", 0, 0,
     "Serve this host's containers; no: a load balancer, or a host of services.d/, without Docker.",
     NULL},
    {"docker", "socket", CONF_STRING, AT(docker_socket), "/var/run/docker.sock", 0, 0,
     "Docker's unix socket, or tcp://host:port.", check_docker},
    {"docker", "cert_path", CONF_STRING, AT(docker_cert_path), "", 0, 0,
     "Directory of ca.pem, cert.pem and key.pem for Docker at tcp://; empty: no TLS.",
     check_absolute_or_none},
    {"docker", "drain_max", CONF_SECONDS, AT(drain_max), "300", 1, 86400,
     "Seconds after which a container that was told to stop and goes on takes traffic again.",
     NULL},

    {"portmap", "enabled", CONF_BOOL, AT(portmap), "yes", 0, 0,
     "Assign host ports to container ports that are not published.", NULL},
    {"portmap", "pool", CONF_STRING, AT(pool), "28000-29999", 0, 0,
     "Host ports that may be assigned: FIRST-LAST, or up to 16 such ranges between commas.",
     check_pool},
    {"portmap", "mark", CONF_UINT, AT(mark), "0x04000000", 1, 0xffffffff,
     "The one bit that marks our packets and connections in the kernel.", check_mark},
    {"portmap", "bind", CONF_STRING, AT(portmap_bind), "", 0, 0,
     "IPv4 address of this host at which host ports are open; empty: every address.",
     check_address},
    {"portmap", "quarantine", CONF_SECONDS, AT(quarantine), "120", 0, 86400,
     "Seconds that a freed host port rests before another container gets it; 0: none.", NULL},

    {"registrator", "enabled", CONF_BOOL, AT(registrator), "yes", 0, 0,
     "Register containers as services.", NULL},
    {"registrator", "registry", CONF_STRING, AT(registry), "local", 0, 0,
     "Where services are registered and read: local, Consul (http://127.0.0.1:8500, unix:///path), "
     "consulkv://host:port/path or zookeeper://host:port/path.",
     check_registry},
    {"registrator", "consul_token_file", CONF_STRING, AT(consul_token_file), "", 0, 0,
     "File with the ACL token for Consul; empty: none.", NULL},
    {"registrator", "consul_ca_file", CONF_STRING, AT(consul_ca_file), "", 0, 0,
     "PEM file of who signed Consul's certificate; empty: the system's list.",
     check_absolute_or_none},
    {"registrator", "consul_ca_dir", CONF_STRING, AT(consul_ca_dir), "", 0, 0,
     "Directory of such files, where consul_ca_file is empty.", check_absolute_or_none},
    {"registrator", "consul_cert_file", CONF_STRING, AT(consul_cert_file), "", 0, 0,
     "PEM file of our certificate for Consul; empty: none.", check_absolute_or_none},
    {"registrator", "consul_key_file", CONF_STRING, AT(consul_key_file), "", 0, 0,
     "PEM file of its key; empty: none.", check_absolute_or_none},
    {"registrator", "consul_server_name", CONF_STRING, AT(consul_server_name), "", 0, 0,
     "Whom Consul's certificate must name; empty: the host in its address.", NULL},
    {"registrator", "consul_tls_verify", CONF_BOOL, AT(consul_tls_verify), "yes", 0, 0,
     "Refuse a Consul whose certificate is not good.", NULL},
    {"registrator", "consul_datacenter", CONF_STRING, AT(consul_datacenter), "", 0, 0,
     "Datacenter whose catalog and keys are used; empty: Consul's own.", check_name},
    {"registrator", "consul_namespace", CONF_STRING, AT(consul_namespace), "", 0, 0,
     "Namespace of Consul Enterprise; empty: the default one.", check_name},
    {"registrator", "ip", CONF_STRING, AT(ip), "", 0, 0,
     "Address registered for every host port; empty: what the port is bound to.", check_ip},
    {"registrator", "ip_from_label", CONF_STRING, AT(ip_from_label), "", 0, 0,
     "Container label whose value is the registered address, a /prefix cut off; empty: none.",
     NULL},
    {"registrator", "internal", CONF_BOOL, AT(internal), "no", 0, 0,
     "Register the containers' own addresses and ports.", NULL},
    {"registrator", "explicit", CONF_BOOL, AT(explicit_only), "no", 0, 0,
     "Register only what says a SERVICE_NAME or SERVICE_<port>_NAME.", NULL},
    {"registrator", "tags", CONF_STRING, AT(tags), "", 0, 0,
     "Comma list of tags that every service gets, or a template of one as registrator has it.",
     check_tags},
    {"registrator", "deregister", CONF_STRING, AT(deregister), "always", 0, 0,
     "When an ended container is deregistered: always or on-success.", check_deregister},
    {"registrator", "strict", CONF_BOOL, AT(strict), "no", 0, 0,
     "Do as registrator does where that is a known defect.", NULL},
    {"registrator", "register_when", CONF_STRING, AT(register_when), "started", 0, 0,
     "When a container with a health check is registered: started, or only while healthy.",
     check_register_when},
    {"registrator", "on_kill", CONF_STRING, AT(on_kill), "maintenance", 0, 0,
     "What is done to services of a container that is told to stop: maintenance or deregister.",
     check_on_kill},
    {"registrator", "services_dir", CONF_STRING, AT(services_dir), "/etc/berth/services.d", 0, 0,
     "Directory of files that declare services on virtual machines; empty: none.",
     check_absolute_or_none},
    {"registrator", "adopt", CONF_STRING, AT(adopt), "no", 0, 0,
     "Deregister what registrator left of containers that are gone: no, yes or dry-run.",
     check_adopt},

    {"dubbo", "registry", CONF_STRING, AT(dubbo_registry), "", 0, 0,
     "Where Dubbo's providers are registered: zookeeper://host:port[,host:port][/path], or consul, "
     "the one of [registrator]; empty: nowhere.",
     dubbo_options_check_registry},
    {"dubbo", "root", CONF_STRING, AT(dubbo_root), "dubbo", 0, 0,
     "Path of Dubbo's directory in ZooKeeper: the group of its registry.",
     dubbo_options_check_root},
    {"dubbo", "digest_file", CONF_STRING, AT(dubbo_digest_file), "", 0, 0,
     "File with user:password for ZooKeeper, who then owns what berth makes; empty: none.",
     check_absolute_or_none},
    {"dubbo", "session", CONF_SECONDS, AT(dubbo_session), "30", 1, 600,
     "Seconds that providers stay when berth is gone.", NULL},
    {"dubbo", "repair", CONF_STRING, AT(dubbo_repair), "no", 0, 0,
     "What is done about local providers that registered an unreachable address: no or mirror.",
     dubbo_options_check_repair},

    {"marathon", "url", CONF_STRING, AT(marathon), "", 0, 0,
     "Marathon's nodes: http://host:port or https://host:port, commas between; empty: none.",
     check_marathon},
    {"marathon", "user_file", CONF_STRING, AT(marathon_user_file), "", 0, 0,
     "File with name:password for Marathon; empty: none.", check_absolute_or_none},
    {"marathon", "token_file", CONF_STRING, AT(marathon_token_file), "", 0, 0,
     "File with a token for Marathon, instead of a password; empty: none.", check_absolute_or_none},
    {"marathon", "ca_file", CONF_STRING, AT(marathon_ca_file), "", 0, 0,
     "PEM file of who signed Marathon's certificate; empty: the system's list.",
     check_absolute_or_none},
    {"marathon", "tls_verify", CONF_BOOL, AT(marathon_tls_verify), "yes", 0, 0,
     "Refuse a Marathon whose certificate is not good.", NULL},
    {"marathon", "service_name", CONF_STRING, AT(marathon_name), "last", 0, 0,
     "How a task's service is called after its app: last, path, reversed or image.", check_scheme},
    {"marathon", "source", CONF_BOOL, AT(marathon_source), "no", 0, 0,
     "Serve what Marathon says that runs, for a load balancer whose nodes have no berth.", NULL},
    {"marathon", "resync", CONF_SECONDS, AT(marathon_resync), "180", 1, 86400,
     "Seconds between full reads of the apps that no event asked for.", NULL},
    {"marathon", "silence", CONF_SECONDS, AT(marathon_silence), "60", 1, 86400,
     "Seconds without a byte after which an event stream is given up.", NULL},

    {"lb", "enabled", CONF_BOOL, AT(lb), "yes", 0, 0, "Keep HAProxy in step with the catalog.",
     NULL},
    {"lb", "haproxy", CONF_STRING, AT(haproxy), HAPROXY_PROGRAM, 0, 0, "The haproxy program.",
     check_absolute},
    {"lb", "manage", CONF_BOOL, AT(manage), "yes", 0, 0, "Start HAProxy where it does not run.",
     NULL},
    {"lb", "sockets", CONF_STRING, AT(lb_sockets), "", 0, 0,
     "Statistics sockets of HAProxys that others start, where manage = no; empty: the one in "
     "run_dir.",
     check_sockets},
    {"lb", "reload", CONF_STRING, AT(lb_reload), "", 0, 0,
     "Program and arguments that reload HAProxy; empty: its master socket in run_dir is asked.",
     check_absolute_or_none},
    {"lb", "reload_timeout", CONF_SECONDS, AT(lb_reload_timeout), "30", 1, 3600,
     "Seconds that this command may take, and the new HAProxy after it.", NULL},
    {"lb", "bind", CONF_STRING, AT(bind), "*", 0, 0,
     "Address that HAProxy's frontends bind to: * or an IP address.", check_bind},
    {"lb", "http_port", CONF_UINT, AT(http_port), "80", 0, 65535,
     "Port of the HTTP frontend that routes by Host header; 0: none.", NULL},
    {"lb", "certs", CONF_STRING, AT(certs), "", 0, 0,
     "Directory of certificates with their keys for the HTTPS frontend; empty: no HTTPS.",
     check_absolute_or_none},
    {"lb", "https_port", CONF_UINT, AT(https_port), "443", 1, 65535,
     "Port of the HTTPS frontend, where certs is set.", NULL},
    {"lb", "select", CONF_STRING, AT(lb_select), "", 0, 0,
     "Which instances are served: service=, tag= and meta.KEY= terms; empty: all.", check_select},
    {"lb", "wait", CONF_STRING, AT(lb_wait), "0", 0, 0,
     "Wait for the catalog to become quiet, MIN[:MAX] as in 250ms:1s; 0: no wait.", check_wait},
    {"lb", "template", CONF_STRING, AT(lb_template), "", 0, 0,
     "File that is the template of haproxy.cfg; empty: berth's own.", check_template},
    {"lb", "stats_port", CONF_UINT, AT(stats_port), "0", 0, 65535,
     "Port of HAProxy's statistics page and metrics on 127.0.0.1; 0: none.", NULL},
    {"lb", "announce", CONF_STRING, AT(announce), "berth-lb", 0, 0,
     "Service in Consul that is this load balancer itself; empty: none.", check_service},
    {"lb", "address", CONF_STRING, AT(lb_address), "", 0, 0,
     "Address at which clients reach HAProxy; empty: bind, or the host's addresses.", check_ip},

    {"dns", "zone", CONF_STRING, AT(dns_zone), "", 0, 0,
     "DNS zone in which names of services lead to HAProxy, by dynamic updates; empty: none.",
     check_name},
    {"dns", "server", CONF_STRING, AT(dns_server), "", 0, 0,
     "Address of the zone's primary server, with a port unless that is 53.", check_dns_server},
    {"dns", "key_file", CONF_STRING, AT(dns_key_file), "", 0, 0,
     "File with the key that signs updates and transfers, in the form of BIND's key files.",
     check_absolute_or_none},
    {"dns", "owner", CONF_STRING, AT(dns_owner), "", 0, 0,
     "Whose our records are: the same for load balancers that serve the same; empty: ours alone.",
     check_name},
    {"dns", "ttl", CONF_UINT, AT(dns_ttl), "30", 0, 86400, "Seconds that others may keep a record.",
     NULL},
    {"dns", "services", CONF_BOOL, AT(dns_services), "yes", 0, 0,
     "Names for services, SERVICE.zone and _SERVICE._tcp.zone, beside those for virtual hosts.",
     NULL},
};

static const struct conf_key network_keys[] = {
    {"network", "reach", CONF_STRING, offsetof(struct reach_setting, reach), "auto", 0, 0,
     "How its ports are reached: assigned, direct or none; auto: as its driver says.", reach_check},
};

static const struct conf_key driver_keys[] = {
    {"driver", "reach", CONF_STRING, offsetof(struct reach_setting, reach), "auto", 0, 0,
     "How the ports of its networks are reached: assigned, direct or none; auto: as built in.",
     reach_check},
};

static const struct conf_kind kinds[] = {
    {"network", network_keys, ARRAY_LEN(network_keys), sizeof(struct reach_setting), AT(networks)},
    {"driver", driver_keys, ARRAY_LEN(driver_keys), sizeof(struct reach_setting), AT(drivers)},
};

const struct conf_table config_table = {keys, ARRAY_LEN(keys), kinds, ARRAY_LEN(kinds)};

/* Consul's key-value store and ZooKeeper hold addresses, but no service ports and no states. */
static bool catalog_can_be_read(const char *registry)
{
    struct address a = {0};
    bool good =
        !address_parse(registry, &a, NULL) && (a.kind == ADDRESS_LOCAL || a.kind == ADDRESS_CONSUL);

    address_done(&a);
    return good;
}

/* Two clusters that share a zone must not take each other's records for their own. */
static int check_dns(const struct config *c, struct err **err)
{
    struct address registry = {0};
    bool shared = !address_parse(c->registry, &registry, NULL) && registry.kind == ADDRESS_CONSUL;

    address_done(&registry);
    if (!*c->dns_zone || !c->lb)
        return 0;
    if (!*c->dns_server || !*c->dns_key_file)
        return err_set(err, "[dns] zone = %s needs [dns] server and key_file, too", c->dns_zone);
    if (shared && (!*c->dns_owner || !*c->announce))
        return err_set(err,
                       "[dns] zone = %s with Consul needs [lb] announce, and [dns] owner: one "
                       "word, the same for load balancers that serve the same",
                       c->dns_zone);
    return 0;
}

int config_finish(struct config *c, struct err **err)
{
    if (check_dns(c, err))
        return -1;
    if (!c->docker)
        c->portmap = false; /* there is no container that could have a host port */
    if (portset_parse(c->pool, POOL_LOWEST, &c->pool_ports, err))
        return err_wrap(err, "[portmap] pool = %s", c->pool);
    if (c->lb && c->http_port && c->http_port == c->stats_port)
        return err_set(err, "[lb] http_port and stats_port are both %u: give them different ports",
                       c->http_port);
    if (c->lb && c->manage && *c->lb_sockets)
        return err_set(err, "[lb] sockets is for HAProxys that others start: say manage = no too");
    if (c->lb && !catalog_can_be_read(c->registry))
        return err_set(err,
                       "[registrator] registry = %s tells nothing that HAProxy could serve: "
                       "use Consul or local there, or say [lb] enabled = no",
                       c->registry);
    if (dubbo_options_finish(c, err))
        return -1;
    if (!*c->consul_cert_file != !*c->consul_key_file)
        return err_set(err, "[registrator] consul_cert_file and consul_key_file belong together");
    if (c->lb && c->portmap) {
        unsigned ports[] = {c->http_port, c->stats_port};

        for (size_t i = 0; i < ARRAY_LEN(ports); i++)
            if (portset_has(&c->pool_ports, ports[i]))
                return err_set(err,
                               "[lb] %s = %u lies in [portmap] pool = %s: choose a port outside it",
                               i ? "stats_port" : "http_port", ports[i], c->pool);
    }
    return 0;
}

static int check_log_level(const char *value, struct err **err)
{
    enum log_level level;

    return log_level_parse(value, &level) ? err_set(err, "it must be err, warn, info or debug") : 0;
}

static int check_log_format(const char *value, struct err **err)
{
    enum log_format format;

    return log_format_parse(value, &format) ? err_set(err, "it must be text, logfmt or json") : 0;
}

static int check_address(const char *value, struct err **err)
{
    struct ipaddr a;

    if (!*value)
        return 0;
    if (ipaddr_parse(value, &a) || a.family != AF_INET || ipaddr_is_any(&a))
        return err_set(err, "it must be an IPv4 address of this host, without a port");
    return 0;
}

static int check_address6(const char *value, struct err **err)
{
    struct ipaddr a;

    if (!strcmp(value, "auto") || !strcmp(value, "none"))
        return 0;
    if (ipaddr_parse(value, &a) || a.family != AF_INET6 || ipaddr_is_any(&a))
        return err_set(err, "it must be auto, none or an IPv6 address of this host");
    return 0;
}

static int check_register_when(const char *value, struct err **err)
{
    return !strcmp(value, "started") || !strcmp(value, "healthy")
               ? 0
               : err_set(err, "it must be started or healthy");
}

static int check_on_kill(const char *value, struct err **err)
{
    return !strcmp(value, "maintenance") || !strcmp(value, "deregister")
               ? 0
               : err_set(err, "it must be maintenance or deregister");
}

static int check_adopt(const char *value, struct err **err)
{
    return !strcmp(value, "no") || !strcmp(value, "yes") || !strcmp(value, "dry-run")
               ? 0
               : err_set(err, "it must be no, yes or dry-run");
}

static int check_absolute(const char *value, struct err **err)
{
    return value[0] == '/' ? 0 : err_set(err, "it must be an absolute path");
}

static int check_pool(const char *value, struct err **err)
{
    struct portset ports;

    return portset_parse(value, POOL_LOWEST, &ports, err);
}

static int check_registry(const char *value, struct err **err)
{
    struct address a = {0};
    int result = address_parse(value, &a, err);

    address_done(&a);
    return result;
}

static int check_bind(const char *value, struct err **err)
{
    struct ipaddr a;

    return !strcmp(value, "*") || !ipaddr_parse(value, &a)
               ? 0
               : err_set(err, "it must be * or an IP address");
}

static int check_name(const char *value, struct err **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._";

    if (value[strspn(value, allowed)] || strlen(value) > 128)
        return err_set(err, "it may have letters, digits, '-', '.' and '_', at most 128");
    return 0;
}

static int check_admin(const char *value, struct err **err)
{
    const char *colon = strrchr(value, ':');
    struct ipaddr a;
    unsigned port;
    char rest;

    if (!*value)
        return 0;
    if (colon && sscanf(colon, ":%u%c", &port, &rest) == 1 && port && port <= 65535) {
        char host[IPADDR_STRLEN];
        int len = snprintf(host, sizeof host, "%.*s", (int)(colon - value), value);
        if (len > 0 && (size_t)len < sizeof host && !ipaddr_parse(host, &a) && a.family == AF_INET)
            return 0;
    }
    return err_set(err, "it must be an IPv4 address and a port, as in 127.0.0.1:7707");
}

static int check_mark(const char *value, struct err **err)
{
    unsigned long mark = strtoul(value, NULL, 0);

    if (mark && !(mark & (mark - 1)))
        return 0;
    return err_set(err, "it must be a number with one bit set, as in 0x04000000");
}

static int check_on_exit(const char *value, struct err **err)
{
    return !strcmp(value, "keep") || !strcmp(value, "deregister") || !strcmp(value, "maintenance")
               ? 0
               : err_set(err, "it must be keep, deregister or maintenance");
}

static int check_docker(const char *value, struct err **err)
{
    struct http_server server = {0};
    int result = docker_host_parse(value, "", &server, err);

    http_server_done(&server);
    return result;
}

static int check_absolute_or_none(const char *value, struct err **err)
{
    return *value ? check_absolute(value, err) : 0;
}

static int check_sockets(const char *value, struct err **err)
{
    for (const char *p = value; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
        if (*p != '/')
            return err_set(err, "it must be absolute paths with commas between them");
    return 0;
}

static int check_select(const char *value, struct err **err)
{
    struct select select = {0};

    if (select_parse(&select, value, err))
        return -1;
    select_done(&select);
    return 0;
}

/* A mistake in it is one of the configuration. */
static int check_template(const char *value, struct err **err)
{
    size_t len;

    if (!*value)
        return 0;
    if (check_absolute_or_none(value, err))
        return -1;
    CLEAN(free_str) char *text = file_read(value, TMPL_TEXT_MAX, &len, err);
    CLEAN(tmpl) struct tmpl *t = text ? tmpl_parse(value, text, len, NULL, NULL, err) : NULL;
    return t ? 0 : -1;
}

static int check_wait(const char *value, struct err **err)
{
    struct quiet quiet;

    return quiet_parse(&quiet, value, err);
}

static int check_ip(const char *value, struct err **err)
{
    struct ipaddr a;

    return !*value || !ipaddr_parse(value, &a) ? 0 : err_set(err, "it must be an IP address");
}

/* Its name is a part of DNS names. */
static int check_service(const char *value, struct err **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    if (value[strspn(value, allowed)] || strlen(value) > 63 || *value == '-')
        return err_set(err, "it may have lower-case letters, digits and '-', at most 63");
    return 0;
}

static int check_dns_server(const char *value, struct err **err)
{
    struct ipaddr address;
    uint16_t port;

    return *value ? dns_server_parse(value, &address, &port, err) : 0;
}

static int check_tags(const char *value, struct err **err)
{
    CLEAN(tmpl) struct tmpl *t = tags_is_template(value) ? tags_parse(value, err) : NULL;

    return t || !tags_is_template(value) ? 0 : -1;
}

static int check_deregister(const char *value, struct err **err)
{
    return !strcmp(value, "always") || !strcmp(value, "on-success")
               ? 0
               : err_set(err, "it must be always or on-success");
}

static int check_marathon(const char *value, struct err **err)
{
    return *value ? marathon_api_check_urls(value, err) : 0;
}

static int check_scheme(const char *value, struct err **err)
{
    return marathon_scheme_ok(value) ? 0 : err_set(err, "it must be " MARATHON_SCHEMES);
}

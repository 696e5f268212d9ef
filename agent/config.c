#include "agent/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/log.h"

static int check_log_level(const char *value, struct err **err);
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
     "Address and port of the admin HTTP server.", check_admin},
    {"agent", "run_dir", CONF_STRING, AT(run_dir), "/run/berth", 0, 0,
     "Directory of run-time files: HAProxy's configuration and sockets.", check_absolute},
    {"agent", "state_dir", CONF_STRING, AT(state_dir), "/var/lib/berth", 0, 0,
     "Directory of what outlives a reboot: the host ports that containers had.", check_absolute},
    {"agent", "log_level", CONF_STRING, AT(log_level), "info", 0, 0,
     "What is logged: err, warn, info or debug.", check_log_level},
    {"agent", "resync", CONF_SECONDS, AT(resync), "60", 1, 86400,
     "Seconds between full comparisons that no event asked for.", NULL},

    {"docker", "socket", CONF_STRING, AT(docker_socket), "/var/run/docker.sock", 0, 0,
     "Docker's unix socket.", check_absolute},
    {"docker", "drain_max", CONF_SECONDS, AT(drain_max), "300", 1, 86400,
     "Seconds after which a container that was told to stop and goes on takes traffic again.",
     NULL},

    {"portmap", "enabled", CONF_BOOL, AT(portmap), "yes", 0, 0,
     "Assign host ports to container ports that are not published.", NULL},
    {"portmap", "pool", CONF_STRING, AT(pool), "28000-29999", 0, 0,
     "Host ports that may be assigned, FIRST-LAST.", check_pool},
    {"portmap", "mark", CONF_UINT, AT(mark), "0x04000000", 1, 0xffffffff,
     "The one bit that marks our packets and connections in the kernel.", check_mark},
    {"portmap", "quarantine", CONF_SECONDS, AT(quarantine), "120", 0, 86400,
     "Seconds that a freed host port rests before another container gets it; 0: none.", NULL},

    {"registrator", "enabled", CONF_BOOL, AT(registrator), "yes", 0, 0,
     "Register containers as services.", NULL},
    {"registrator", "registry", CONF_STRING, AT(registry), "local", 0, 0,
     "Where services are registered and read: local, or Consul's URL (http://127.0.0.1:8500).",
     check_registry},
    {"registrator", "consul_token_file", CONF_STRING, AT(consul_token_file), "", 0, 0,
     "File with the ACL token for Consul; empty: none.", NULL},
    {"registrator", "register_when", CONF_STRING, AT(register_when), "started", 0, 0,
     "When a container with a health check is registered: started, or only while healthy.",
     check_register_when},
    {"registrator", "on_kill", CONF_STRING, AT(on_kill), "maintenance", 0, 0,
     "What is done to services of a container that is told to stop: maintenance or deregister.",
     check_on_kill},
    {"registrator", "adopt", CONF_STRING, AT(adopt), "no", 0, 0,
     "Deregister what registrator left of containers that are gone: no, yes or dry-run.",
     check_adopt},

    {"lb", "enabled", CONF_BOOL, AT(lb), "yes", 0, 0, "Keep HAProxy in step with the catalog.",
     NULL},
    {"lb", "haproxy", CONF_STRING, AT(haproxy), HAPROXY_PROGRAM, 0, 0, "The haproxy program.",
     check_absolute},
    {"lb", "manage", CONF_BOOL, AT(manage), "yes", 0, 0, "Start HAProxy where it does not run.",
     NULL},
    {"lb", "bind", CONF_STRING, AT(bind), "*", 0, 0,
     "Address that HAProxy's frontends bind to: * or an IP address.", check_bind},
    {"lb", "http_port", CONF_UINT, AT(http_port), "80", 0, 65535,
     "Port of the HTTP frontend that routes by Host header; 0: none.", NULL},
    {"lb", "stats_port", CONF_UINT, AT(stats_port), "0", 0, 65535,
     "Port of HAProxy's statistics page on 127.0.0.1; 0: none.", NULL},
};

const struct conf_table config_table = {keys, ARRAY_LEN(keys)};

int config_finish(struct config *c, struct err **err)
{
    if (sscanf(c->pool, "%u-%u", &c->pool_first, &c->pool_last) != 2)
        return err_set(err, "[portmap] pool = %s: it must be FIRST-LAST", c->pool);
    if (c->lb && c->http_port && c->http_port == c->stats_port)
        return err_set(err, "[lb] http_port and stats_port are both %u: give them different ports",
                       c->http_port);
    if (c->lb && c->portmap) {
        unsigned ports[] = {c->http_port, c->stats_port};

        for (size_t i = 0; i < ARRAY_LEN(ports); i++)
            if (ports[i] >= c->pool_first && ports[i] <= c->pool_last)
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

/* Ports below 1024 are left to those who ask for them by number. */
static int check_pool(const char *value, struct err **err)
{
    unsigned first, last;
    char rest;

    if (sscanf(value, "%u-%u%c", &first, &last, &rest) != 2 || first < 1024 || last > 65535 ||
        first > last)
        return err_set(err, "it must be FIRST-LAST with 1024 <= FIRST <= LAST <= 65535, as in "
                            "28000-29999");
    return 0;
}

static int check_registry(const char *value, struct err **err)
{
    if (!strcmp(value, "local") || !strncmp(value, "http://", 7) || !strncmp(value, "https://", 8))
        return 0;
    return err_set(err, "it must be local or a URL that begins with http:// or https://");
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

#include "agent/config_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/docker_host.h"
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
#include "lib/portset.h"
#include "registrator/address.h"

int config_check_log_level(const char *value, struct err **err)
{
    enum log_level level;

    return log_level_parse(value, &level) ? err_set(err, "it must be err, warn, info or debug") : 0;
}

int config_check_log_format(const char *value, struct err **err)
{
    enum log_format format;

    return log_format_parse(value, &format) ? err_set(err, "it must be text, logfmt or json") : 0;
}

int config_check_address(const char *value, struct err **err)
{
    struct ipaddr a;

    if (!*value)
        return 0;
    if (ipaddr_parse(value, &a) || a.family != AF_INET || ipaddr_is_any(&a))
        return err_set(err, "it must be an IPv4 address of this host, without a port");
    return 0;
}

int config_check_address6(const char *value, struct err **err)
{
    struct ipaddr a;

    if (!strcmp(value, "auto") || !strcmp(value, "none"))
        return 0;
    if (ipaddr_parse(value, &a) || a.family != AF_INET6 || ipaddr_is_any(&a))
        return err_set(err, "it must be auto, none or an IPv6 address of this host");
    return 0;
}

int config_check_register_when(const char *value, struct err **err)
{
    return !strcmp(value, "started") || !strcmp(value, "healthy")
               ? 0
               : err_set(err, "it must be started or healthy");
}

int config_check_on_kill(const char *value, struct err **err)
{
    return !strcmp(value, "maintenance") || !strcmp(value, "deregister")
               ? 0
               : err_set(err, "it must be maintenance or deregister");
}

int config_check_adopt(const char *value, struct err **err)
{
    return !strcmp(value, "no") || !strcmp(value, "yes") || !strcmp(value, "dry-run")
               ? 0
               : err_set(err, "it must be no, yes or dry-run");
}

int config_check_absolute(const char *value, struct err **err)
{
    return value[0] == '/' ? 0 : err_set(err, "it must be an absolute path");
}

int config_check_pool(const char *value, struct err **err)
{
    struct portset ports;

    return portset_parse(value, CONFIG_POOL_LOWEST, &ports, err);
}

int config_check_registry(const char *value, struct err **err)
{
    struct address a = {0};
    int result = address_parse(value, &a, err);

    address_done(&a);
    return result;
}

int config_check_bind(const char *value, struct err **err)
{
    struct ipaddr a;

    return !strcmp(value, "*") || !ipaddr_parse(value, &a)
               ? 0
               : err_set(err, "it must be * or an IP address");
}

int config_check_name(const char *value, struct err **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._";

    if (value[strspn(value, allowed)] || strlen(value) > 128)
        return err_set(err, "it may have letters, digits, '-', '.' and '_', at most 128");
    return 0;
}

int config_check_admin(const char *value, struct err **err)
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

int config_check_admin_socket(const char *value, struct err **err)
{
    if (!*value || *value == '/' || !strcmp(value, "auto"))
        return 0;
    return err_set(err, "it must be an absolute path, or auto");
}

int config_check_hosts(const char *value, struct err **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._, ";

    return value[strspn(value, allowed)] ? err_set(err, "it must be host names, without ports, "
                                                        "with commas between them")
                                         : 0;
}

int config_check_mark(const char *value, struct err **err)
{
    unsigned long mark = strtoul(value, NULL, 0);

    if (mark && !(mark & (mark - 1)))
        return 0;
    return err_set(err, "it must be a number with one bit set, as in 0x04000000");
}

int config_check_on_exit(const char *value, struct err **err)
{
    return !strcmp(value, "keep") || !strcmp(value, "deregister") || !strcmp(value, "maintenance")
               ? 0
               : err_set(err, "it must be keep, deregister or maintenance");
}

int config_check_docker(const char *value, struct err **err)
{
    struct http_server server = {0};
    int result = docker_host_parse(value, "", &server, err);

    http_server_done(&server);
    return result;
}

int config_check_absolute_or_none(const char *value, struct err **err)
{
    return *value ? config_check_absolute(value, err) : 0;
}

int config_check_sockets(const char *value, struct err **err)
{
    for (const char *p = value; *p; p += strcspn(p, ", "), p += strspn(p, ", "))
        if (*p != '/')
            return err_set(err, "it must be absolute paths with commas between them");
    return 0;
}

int config_check_select(const char *value, struct err **err)
{
    struct select select = {0};

    if (select_parse(&select, value, err))
        return -1;
    select_done(&select);
    return 0;
}

/* A mistake in it is one of the configuration. */
int config_check_template(const char *value, struct err **err)
{
    size_t len;

    if (!*value)
        return 0;
    if (config_check_absolute_or_none(value, err))
        return -1;
    CLEAN(free_str) char *text = file_read(value, TMPL_TEXT_MAX, &len, err);
    CLEAN(tmpl) struct tmpl *t = text ? tmpl_parse(value, text, len, NULL, NULL, err) : NULL;
    return t ? 0 : -1;
}

int config_check_wait(const char *value, struct err **err)
{
    struct quiet quiet;

    return quiet_parse(&quiet, value, err);
}

int config_check_ip(const char *value, struct err **err)
{
    struct ipaddr a;

    return !*value || !ipaddr_parse(value, &a) ? 0 : err_set(err, "it must be an IP address");
}

/* Its name is a part of DNS names. */
int config_check_service(const char *value, struct err **err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    if (value[strspn(value, allowed)] || strlen(value) > 63 || *value == '-')
        return err_set(err, "it may have lower-case letters, digits and '-', at most 63");
    return 0;
}

int config_check_dns_server(const char *value, struct err **err)
{
    struct ipaddr address;
    uint16_t port;

    return *value ? dns_server_parse(value, &address, &port, err) : 0;
}

int config_check_tags(const char *value, struct err **err)
{
    CLEAN(tmpl) struct tmpl *t = tags_is_template(value) ? tags_parse(value, err) : NULL;

    return t || !tags_is_template(value) ? 0 : -1;
}

int config_check_deregister(const char *value, struct err **err)
{
    return !strcmp(value, "always") || !strcmp(value, "on-success")
               ? 0
               : err_set(err, "it must be always or on-success");
}

int config_check_marathon(const char *value, struct err **err)
{
    return *value ? marathon_api_check_urls(value, err) : 0;
}

int config_check_scheme(const char *value, struct err **err)
{
    return marathon_scheme_ok(value) ? 0 : err_set(err, "it must be " MARATHON_SCHEMES);
}

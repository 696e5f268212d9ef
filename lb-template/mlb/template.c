#include "lb-template/mlb/template.h"

#include <string.h>

#include "lib/search.h"

#define HOST "host_{cleanedUpHostname}"
#define PATH "path_{backend}"
#define AUTH "auth_{cleanedUpHostname}"
#define SNI "{{ ssl_fc_sni -i {hostname} }}"

#define ACL_HOST "  acl " HOST " hdr(host) -i {hostname}\n"
#define ACL_PATH "  acl " PATH " path_beg {path}\n"
#define ACL_AUTH "  acl " AUTH " http_auth(user_{backend})\n"
#define ASK(condition) "  http-request auth realm \"{realm}\" if " condition " !" AUTH "\n"
#define USE(condition) "  use_backend {backend} if " condition "\n"
#define TO_HTTPS "  redirect scheme https code 301 if !{{ ssl_fc }} " HOST
#define SERVER_CHECK                                                                               \
    "  check inter {healthCheckIntervalSeconds}s fall "                                            \
    "{healthCheckFalls}{healthCheckPortOptions}\n"
#define ACL_NETWORK "  acl network_allowed src {network_allowed}\n"
#define BY_MAP(key, map) "  use_backend %[" key ",map({haproxy_dir}/" map ")]\n"

#define GLOBAL MLB_SCOPE_GLOBAL
#define HEAD MLB_SCOPE_HEAD
#define SECTION MLB_SCOPE_SECTION
#define SHARED MLB_SCOPE_SHARED
#define WORDS MLB_SCOPE_WORDS

static const struct mlb_template_info templates[MLB_TEMPLATES] = {
    {"BACKEND_HEAD", HEAD, false,
     "\nbackend {backend}\n"
     "  balance {balance}\n"
     "  mode {mode}\n"},
    {"BACKEND_HSTS_OPTIONS", SECTION, true,
     "  http-response set-header Strict-Transport-Security max-age=15768000\n"},
    {"BACKEND_HTTP_HEALTHCHECK_OPTIONS", SECTION, false,
     "  option httpchk GET {healthCheckPath}\n"
     "  timeout check {healthCheckTimeoutSeconds}s\n"},
    {"BACKEND_HTTP_OPTIONS", SECTION, true,
     "  option forwardfor\n"
     "  http-request set-header X-Forwarded-Port %[dst_port]\n"
     "  http-request add-header X-Forwarded-Proto https if { ssl_fc }\n"},
    {"BACKEND_REDIRECT_HTTP_TO_HTTPS", SHARED, false, TO_HTTPS "\n"},
    {"BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH", SHARED, false, TO_HTTPS " " PATH "\n"},
    {"BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS", WORDS, false, SERVER_CHECK},
    {"BACKEND_SERVER_OPTIONS", SECTION, false,
     "  server {serverName} {host_ipv4}:{port} id {serverId}{cookieOptions}"
     "{healthCheckOptions}{otherOptions}\n"},
    {"BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS", WORDS, false, SERVER_CHECK},
    {"BACKEND_STICKY_OPTIONS", SECTION, true,
     "  cookie mesosphere_server_id insert indirect nocache\n"},
    {"BACKEND_TCP_HEALTHCHECK_OPTIONS", SECTION, false, ""},
    {"FRONTEND_BACKEND_GLUE", SECTION, false, "  use_backend {backend}\n"},
    {"FRONTEND_HEAD", HEAD, false,
     "\nfrontend {backend}\n"
     "  bind {bindAddr}:{servicePort}{sslCert}{bindOptions}\n"
     "  mode {mode}\n"},
    {"HEAD", GLOBAL, true, ""}, /* made by lb-template/mlb/head.c */
    {"HTTPS_FRONTEND_ACL", SHARED, false, USE(SNI)},
    {"HTTPS_FRONTEND_ACL_ONLY_WITH_PATH", SHARED, false, ACL_PATH},
    {"HTTPS_FRONTEND_ACL_WITH_AUTH", SHARED, false, ACL_AUTH ASK(SNI) USE(SNI)},
    {"HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH", SHARED, false,
     ACL_AUTH ASK(SNI " " PATH) USE(SNI " " PATH)},
    {"HTTPS_FRONTEND_ACL_WITH_PATH", SHARED, false, USE(SNI " " PATH)},
    {"HTTPS_FRONTEND_AUTH_ACL_ONLY", GLOBAL, false, ACL_AUTH},
    {"HTTPS_FRONTEND_AUTH_REQUEST_ONLY", GLOBAL, false, ASK(SNI)},
    {"HTTPS_FRONTEND_HEAD", GLOBAL, false,
     "\nfrontend marathon_https_in\n"
     "  bind *:443 ssl {sslCerts}\n"
     "  mode http\n"},
    {"HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH", GLOBAL, false,
     ASK(HOST " " PATH) USE(HOST " " PATH)},
    {"HTTPS_GROUPED_FRONTEND_HEAD", GLOBAL, true,
     "\nfrontend marathon_https_in\n"
     "  bind *:443\n"
     "  mode tcp\n"
     "  tcp-request inspect-delay 5s\n"
     "  tcp-request content accept if { req_ssl_hello_type 1 }\n"},
    {"HTTPS_GROUPED_VHOST_BACKEND_HEAD", GLOBAL, false,
     "\nbackend {name}\n"
     "  mode tcp\n"
     "  server loopback-for-tls abns@{name} send-proxy-v2\n"},
    {"HTTPS_GROUPED_VHOST_FRONTEND_ACL", GLOBAL, false,
     "  use_backend {backend} if {{ req_ssl_sni -i {host} }}\n"},
    {"HTTPS_GROUPED_VHOST_FRONTEND_HEAD", GLOBAL, false,
     "\nfrontend {name}\n"
     "  mode http\n"
     "  bind abns@{name} accept-proxy ssl {sslCerts}{bindOpts}\n"},
    {"HTTP_BACKEND_ACL_ALLOW_DENY", GLOBAL, true,
     "  http-request allow if network_allowed\n"
     "  http-request deny\n"},
    {"HTTP_BACKEND_NETWORK_ALLOWED_ACL", SECTION, false, ACL_NETWORK},
    {"HTTP_BACKEND_PROXYPASS_GLUE", SECTION, false,
     "  http-request set-header Host {hostname}\n"
     "  http-request replace-path (?i)^{proxypath}/?(.*) /\\\\1\n"},
    {"HTTP_BACKEND_REDIR", SECTION, false,
     "  acl is_root path -i /\n"
     "  acl is_domain hdr(host) -i {hostname}\n"
     "  redirect code 301 location {redirpath} if is_domain is_root\n"},
    {"HTTP_BACKEND_REVPROXY_GLUE", SECTION, false,
     "  http-response replace-header Location "
     "(?i)^(https?://{hostname}(:[0-9]+)?)?(/.*) {rootpath}\\\\3\n"},
    {"HTTP_FRONTEND_ACL", SHARED, false, ACL_HOST USE(HOST)},
    {"HTTP_FRONTEND_ACL_ONLY", SHARED, false, ACL_HOST},
    {"HTTP_FRONTEND_ACL_ONLY_WITH_PATH", SHARED, false, ACL_PATH},
    {"HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH", SHARED, false, ACL_PATH ACL_AUTH},
    {"HTTP_FRONTEND_ACL_WITH_AUTH", SHARED, false, ACL_HOST ACL_AUTH ASK(HOST) USE(HOST)},
    {"HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH", SHARED, false,
     ACL_HOST ACL_AUTH ACL_PATH ASK(HOST " " PATH) USE(HOST " " PATH)},
    {"HTTP_FRONTEND_ACL_WITH_PATH", SHARED, false, ACL_HOST ACL_PATH USE(HOST " " PATH)},
    {"HTTP_FRONTEND_APPID_ACL", SHARED, false,
     "  acl app_{cleanedUpAppId} hdr(x-marathon-app-id) -i {appId}\n" USE("app_{cleanedUpAppId}")},
    {"HTTP_FRONTEND_APPID_HEAD", GLOBAL, true,
     "\nfrontend marathon_http_appid_in\n"
     "  bind *:9091\n"
     "  mode http\n"},
    {"HTTP_FRONTEND_HEAD", GLOBAL, true,
     "\nfrontend marathon_http_in\n"
     "  bind *:80\n"
     "  mode http\n"},
    {"HTTP_FRONTEND_ROUTING_ONLY", SHARED, false, USE(HOST)},
    {"HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH", SHARED, false, ACL_AUTH ASK(HOST) USE(HOST)},
    {"HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH", SHARED, false, USE(HOST " " PATH)},
    {"HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH", SHARED, false,
     ASK(HOST " " PATH) USE(HOST " " PATH)},
    {"MAP_HTTPS_FRONTEND_ACL", GLOBAL, false, BY_MAP("ssl_fc_sni,lower", "domain2backend.map")},
    {"MAP_HTTP_FRONTEND_ACL", GLOBAL, false,
     BY_MAP("req.hdr(host),lower,field(1,:)", "domain2backend.map")},
    {"MAP_HTTP_FRONTEND_ACL_ONLY", GLOBAL, false,
     BY_MAP("req.hdr(host),lower,field(1,:)", "domain2backend.map")},
    {"MAP_HTTP_FRONTEND_APPID_ACL", GLOBAL, false,
     BY_MAP("req.hdr(x-marathon-app-id),lower", "app2backend.map")},
    {"TCP_BACKEND_ACL_ALLOW_DENY", GLOBAL, true,
     "  tcp-request content accept if network_allowed\n"
     "  tcp-request content reject\n"},
    {"TCP_BACKEND_NETWORK_ALLOWED_ACL", SECTION, false, ACL_NETWORK},
    {"USERLIST_HEAD", HEAD, false,
     "\nuserlist user_{backend}\n"
     "  user {user} password {passwd}\n"},
};

static int by_name(const void *key, const void *member);

const struct mlb_template_info *mlb_template_info(enum mlb_template id)
{
    return &templates[id];
}

bool mlb_template_find(const char *name, enum mlb_template *ret)
{
    bool found;
    size_t at = search_sorted(templates, MLB_TEMPLATES, sizeof *templates, name, by_name, &found);

    if (found)
        *ret = (enum mlb_template)at;
    return found;
}

static int by_name(const void *key, const void *member)
{
    return strcmp(key, ((const struct mlb_template_info *)member)->name);
}

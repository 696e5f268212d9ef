/* The templates that marathon-lb's users may replace, by their names there, and their texts here.
 *
 * Placeholders and the names of ACLs that one template defines and another one uses are
 * marathon-lb's: host_{cleanedUpHostname}, path_{backend}, auth_{cleanedUpHostname},
 * user_{backend}. The texts say the same in directives that HAProxy still knows. Pure. */
#ifndef LB_TEMPLATE_MLB_TEMPLATE_H
#define LB_TEMPLATE_MLB_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Sorted by name. */
enum mlb_template {
    MLB_BACKEND_HEAD,
    MLB_BACKEND_HSTS_OPTIONS,
    MLB_BACKEND_HTTP_HEALTHCHECK_OPTIONS,
    MLB_BACKEND_HTTP_OPTIONS,
    MLB_BACKEND_REDIRECT_HTTP_TO_HTTPS,
    MLB_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH,
    MLB_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS,
    MLB_BACKEND_SERVER_OPTIONS,
    MLB_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS,
    MLB_BACKEND_STICKY_OPTIONS,
    MLB_BACKEND_TCP_HEALTHCHECK_OPTIONS,
    MLB_FRONTEND_BACKEND_GLUE,
    MLB_FRONTEND_HEAD,
    MLB_HEAD,
    MLB_HTTPS_FRONTEND_ACL,
    MLB_HTTPS_FRONTEND_ACL_ONLY_WITH_PATH,
    MLB_HTTPS_FRONTEND_ACL_WITH_AUTH,
    MLB_HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH,
    MLB_HTTPS_FRONTEND_ACL_WITH_PATH,
    MLB_HTTPS_FRONTEND_AUTH_ACL_ONLY,
    MLB_HTTPS_FRONTEND_AUTH_REQUEST_ONLY,
    MLB_HTTPS_FRONTEND_HEAD,
    MLB_HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH,
    MLB_HTTPS_GROUPED_FRONTEND_HEAD,
    MLB_HTTPS_GROUPED_VHOST_BACKEND_HEAD,
    MLB_HTTPS_GROUPED_VHOST_FRONTEND_ACL,
    MLB_HTTPS_GROUPED_VHOST_FRONTEND_HEAD,
    MLB_HTTP_BACKEND_ACL_ALLOW_DENY,
    MLB_HTTP_BACKEND_NETWORK_ALLOWED_ACL,
    MLB_HTTP_BACKEND_PROXYPASS_GLUE,
    MLB_HTTP_BACKEND_REDIR,
    MLB_HTTP_BACKEND_REVPROXY_GLUE,
    MLB_HTTP_FRONTEND_ACL,
    MLB_HTTP_FRONTEND_ACL_ONLY,
    MLB_HTTP_FRONTEND_ACL_ONLY_WITH_PATH,
    MLB_HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH,
    MLB_HTTP_FRONTEND_ACL_WITH_AUTH,
    MLB_HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH,
    MLB_HTTP_FRONTEND_ACL_WITH_PATH,
    MLB_HTTP_FRONTEND_APPID_ACL,
    MLB_HTTP_FRONTEND_APPID_HEAD,
    MLB_HTTP_FRONTEND_HEAD,
    MLB_HTTP_FRONTEND_ROUTING_ONLY,
    MLB_HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH,
    MLB_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH,
    MLB_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH,
    MLB_MAP_HTTPS_FRONTEND_ACL,
    MLB_MAP_HTTP_FRONTEND_ACL,
    MLB_MAP_HTTP_FRONTEND_ACL_ONLY,
    MLB_MAP_HTTP_FRONTEND_APPID_ACL,
    MLB_TCP_BACKEND_ACL_ALLOW_DENY,
    MLB_TCP_BACKEND_NETWORK_ALLOWED_ACL,
    MLB_USERLIST_HEAD,
    MLB_TEMPLATES, /* how many there are */
};

/* Where an app may replace a template, and so what its text may hold. */
enum mlb_scope {
    MLB_SCOPE_GLOBAL,  /* nowhere: it is the operator's */
    MLB_SCOPE_HEAD,    /* opens a section that is the app's own */
    MLB_SCOPE_SECTION, /* goes on in such a section */
    MLB_SCOPE_SHARED,  /* rules in a frontend that all apps share */
    MLB_SCOPE_WORDS,   /* the end of a server line */
};

struct mlb_template_info {
    const char *name; /* without "HAPROXY_" */
    enum mlb_scope scope;
    bool raw;         /* has no placeholders: braces are what they are */
    const char *text; /* the default */
};

const struct mlb_template_info *mlb_template_info(enum mlb_template id);

/* Finds a template by its name without "HAPROXY_". Returns false where there is none. */
bool mlb_template_find(const char *name, enum mlb_template *ret);

#endif

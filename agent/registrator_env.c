#include "agent/registrator_env.h"

#include <string.h>

#include "lib/xmalloc.h"

#define CONSUL_SCHEME "consul://"

static int apply_docker(struct config *config, const char *docker_default,
                        char *(*get)(const char *name), struct err **err);
static int apply_consul(struct config *config, char *(*get)(const char *name), struct err **err);
static char *registry_of(const char *uri, char *(*get)(const char *name));
static int assign(struct config *config, const char *key, const char *value, struct err **err);
static bool is_true(const char *value);
static bool is_false(const char *value);

int registrator_env_apply(struct config *config, const char *uri, const char *docker_default,
                          char *(*get)(const char *name), struct err **err)
{
    CLEAN(free_str) char *registry = registry_of(uri, get);

    if (apply_docker(config, docker_default, get, err) || apply_consul(config, get, err))
        return -1;
    return assign(config, "registrator.registry", registry, err);
}

/* Docker's client looks for certificates only where it is told to verify. */
static int apply_docker(struct config *config, const char *docker_default,
                        char *(*get)(const char *name), struct err **err)
{
    const char *host = get("DOCKER_HOST"), *verify = get("DOCKER_TLS_VERIFY");
    const char *path = get("DOCKER_CERT_PATH"), *home = get("HOME");

    if (assign(config, "docker.socket", host && *host ? host : docker_default, err))
        return -1;
    if (!verify || !*verify)
        return 0;
    CLEAN(free_str)
    char *certs = path && *path ? xstrdup(path) : xasprintf("%s/.docker", home ? home : "/root");
    return assign(config, "docker.cert_path", certs, err);
}

static int apply_consul(struct config *config, char *(*get)(const char *name), struct err **err)
{
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"CONSUL_HTTP_TOKEN_FILE", "registrator.consul_token_file"},
        {"CONSUL_CACERT", "registrator.consul_ca_file"},
        {"CONSUL_CAPATH", "registrator.consul_ca_dir"},
        {"CONSUL_TLS_SERVER_NAME", "registrator.consul_server_name"},
        {"CONSUL_CLIENT_CERT", "registrator.consul_cert_file"},
        {"CONSUL_CLIENT_KEY", "registrator.consul_key_file"},
        {"CONSUL_NAMESPACE", "registrator.consul_namespace"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *value = get(rows[i].name);

        if (value && *value && assign(config, rows[i].key, value, err))
            return -1;
    }
    config->consul_token = get("CONSUL_HTTP_TOKEN");
    config->consul_user = get("CONSUL_HTTP_AUTH");
    if (is_false(get("CONSUL_HTTP_SSL_VERIFY")))
        config->consul_tls_verify = false;
    return 0;
}

/* As in Consul's own client, CONSUL_HTTP_ADDR counts where the URI names no host, and
 * CONSUL_HTTP_SSL where neither names a scheme. The caller frees it. */
static char *registry_of(const char *uri, char *(*get)(const char *name))
{
    const char *address = get("CONSUL_HTTP_ADDR");
    const char *scheme = is_true(get("CONSUL_HTTP_SSL")) ? "https" : "http";
    size_t len = strlen(CONSUL_SCHEME);

    if (strncmp(uri, CONSUL_SCHEME, len))
        return xstrdup(uri);
    if ((uri[len] && uri[len] != '/') || !address || !*address)
        return xasprintf("%s://%s", strcmp(scheme, "http") ? "consul-tls" : "consul", uri + len);
    return strstr(address, "://") ? xstrdup(address) : xasprintf("%s://%s", scheme, address);
}

static int assign(struct config *config, const char *key, const char *value, struct err **err)
{
    CLEAN(free_str) char *assignment = xasprintf("%s=%s", key, value);

    return conf_set(&config_table, config, assignment, err);
}

static bool is_true(const char *value)
{
    return value && (!strcmp(value, "1") || !strcmp(value, "t") || !strcmp(value, "T") ||
                     !strcmp(value, "true") || !strcmp(value, "True") || !strcmp(value, "TRUE"));
}

static bool is_false(const char *value)
{
    return value && (!strcmp(value, "0") || !strcmp(value, "f") || !strcmp(value, "F") ||
                     !strcmp(value, "false") || !strcmp(value, "False") || !strcmp(value, "FALSE"));
}

#include "agent/ct_consul.h"

#include <stdlib.h>

#include "agent/ct_block.h"
#include "lib/xmalloc.h"

static const struct ct_key auth_keys[] = {
    {"enabled", ct_read_switch, offsetof(struct ct_consul, auth)},
    {"username", ct_read_string, offsetof(struct ct_consul, user)},
    {"password", ct_read_string, offsetof(struct ct_consul, password)},
    {0}};

/* auth = "user:password", or a block. */
static int read_auth(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_consul *c = at;

    return json_is_string(value) ? ct_read_string(r, value, &c->user)
                                 : ct_read_block(r, value, auth_keys, at);
}

static const struct ct_key ssl_keys[] = {
    {"enabled", ct_read_switch, offsetof(struct ct_consul, ssl)},
    {"verify", ct_read_switch, offsetof(struct ct_consul, verify)},
    {"cert", ct_read_string, offsetof(struct ct_consul, cert)},
    {"key", ct_read_string, offsetof(struct ct_consul, key)},
    {"ca_cert", ct_read_string, offsetof(struct ct_consul, ca_cert)},
    {"ca_path", ct_read_string, offsetof(struct ct_consul, ca_path)},
    {"server_name", ct_read_string, offsetof(struct ct_consul, server_name)},
    {0}};

static int read_ssl(struct ct_reader *r, const json_t *value, void *at)
{
    return ct_read_block(r, value, ssl_keys, at);
}

static const struct ct_key retry_keys[] = {
    {"enabled", ct_read_switch, offsetof(struct ct_consul, retry)},
    {"attempts", ct_read_count, offsetof(struct ct_consul, attempts)},
    {"backoff", ct_read_seconds, offsetof(struct ct_consul, backoff)},
    {"max_backoff", ct_read_seconds, offsetof(struct ct_consul, max_backoff)},
    {0}};

static int read_retry(struct ct_reader *r, const json_t *value, void *at)
{
    return ct_read_block(r, value, retry_keys, at);
}

/* berth keeps its connections, and has limits of its own. */
static const struct ct_key transport_keys[] = {{"dial_keep_alive", ct_read_idle, 0},
                                               {"dial_timeout", ct_read_idle, 0},
                                               {"disable_keep_alives", ct_read_idle, 0},
                                               {"idle_conn_timeout", ct_read_idle, 0},
                                               {"max_idle_conns", ct_read_idle, 0},
                                               {"max_idle_conns_per_host", ct_read_idle, 0},
                                               {"max_conns_per_host", ct_read_idle, 0},
                                               {"tls_handshake_timeout", ct_read_idle, 0},
                                               {0}};

static int read_transport(struct ct_reader *r, const json_t *value, void *at)
{
    return ct_read_block(r, value, transport_keys, at);
}

static const struct ct_key consul_keys[] = {
    {"address", ct_read_string, offsetof(struct ct_consul, address)},
    {"namespace", ct_read_string, offsetof(struct ct_consul, name_space)},
    {"token", ct_read_string, offsetof(struct ct_consul, token)},
    {"token_file", ct_read_string, offsetof(struct ct_consul, token_file)},
    {"auth", read_auth, 0},
    {"ssl", read_ssl, 0},
    {"retry", read_retry, 0},
    {"transport", read_transport, 0},
    {0}};

int ct_consul_read(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_consul *c = at;

    return json_is_string(value) ? ct_read_string(r, value, &c->address)
                                 : ct_read_block(r, value, consul_keys, at);
}

void ct_consul_init(struct ct_consul *c)
{
    *c = (struct ct_consul){.auth = -1, .ssl = -1, .verify = -1, .retry = -1};
}

void ct_consul_done(struct ct_consul *c)
{
    free(c->address);
    free(c->name_space);
    free(c->token);
    free(c->token_file);
    free(c->user);
    free(c->password);
    free(c->ca_cert);
    free(c->ca_path);
    free(c->cert);
    free(c->key);
    free(c->server_name);
    *c = (struct ct_consul){0};
}

static void add_variable(struct strv *ret, const char *name, const char *value)
{
    if (value && *value)
        strv_add_take(ret, xasprintf("%s=%s", name, value));
}

void ct_consul_environment(const struct ct_consul *c, struct strv *ret)
{
    static const char *const words[] = {NULL, "false", "true"};
    CLEAN(free_str)
    char *auth = c->user && c->password ? xasprintf("%s:%s", c->user, c->password)
                 : c->user              ? xstrdup(c->user)
                                        : NULL;

    add_variable(ret, "CONSUL_HTTP_ADDR", c->address);
    add_variable(ret, "CONSUL_NAMESPACE", c->name_space);
    add_variable(ret, "CONSUL_HTTP_TOKEN", c->token);
    add_variable(ret, "CONSUL_HTTP_TOKEN_FILE", c->token_file);
    add_variable(ret, "CONSUL_HTTP_AUTH", c->auth ? auth : NULL);
    add_variable(ret, "CONSUL_HTTP_SSL", words[c->ssl + 1]);
    add_variable(ret, "CONSUL_HTTP_SSL_VERIFY", words[c->verify + 1]);
    add_variable(ret, "CONSUL_CACERT", c->ca_cert);
    add_variable(ret, "CONSUL_CAPATH", c->ca_path);
    add_variable(ret, "CONSUL_CLIENT_CERT", c->cert);
    add_variable(ret, "CONSUL_CLIENT_KEY", c->key);
    add_variable(ret, "CONSUL_TLS_SERVER_NAME", c->server_name);
}

/* Without a word berth asks for ever: the last good files are worth more than an end. */
void ct_consul_manner(const struct ct_consul *c, struct consul_query_manner *ret)
{
    *ret = (struct consul_query_manner){.delay_min = c->backoff,
                                        .delay_max = c->max_backoff,
                                        .attempts = c->retry ? c->attempts : 1};
}

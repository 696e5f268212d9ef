#include "agent/ct_flags.h"

#include <string.h>

#include "lib/goflag.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

/* Flags with a value that a file could say: "consul.ssl.cert" is cert in ssl in consul. */
static const struct {
    const char *flag, *path, *help;
} texts[] = {
    {"block-query-wait", "block_query_wait", "Time that Consul holds a query (default 5m)"},
    {"consul-addr", "consul.address", "Address of Consul"},
    {"consul-auth", "consul.auth.username", "User and password for Consul, \"user:password\""},
    {"consul-namespace", "consul.namespace", "Namespace in Consul"},
    {"consul-retry-attempts", "consul.retry.attempts",
     "Failures in a row that end it (default 0: none do)"},
    {"consul-retry-backoff", "consul.retry.backoff", "Time to the first retry (default 250ms)"},
    {"consul-retry-max-backoff", "consul.retry.max_backoff",
     "Longest time between retries (default 30s)"},
    {"consul-ssl-ca-cert", "consul.ssl.ca_cert", "Who may have signed Consul's certificate"},
    {"consul-ssl-ca-path", "consul.ssl.ca_path", "The same, a folder"},
    {"consul-ssl-cert", "consul.ssl.cert", "Certificate that Consul is shown"},
    {"consul-ssl-key", "consul.ssl.key", "Its key"},
    {"consul-ssl-server-name", "consul.ssl.server_name", "Name in Consul's certificate"},
    {"consul-token", "consul.token", "Token for Consul"},
    {"consul-token-file", "consul.token_file", "File with the token for Consul"},
    {"consul-transport-dial-keep-alive", "consul.transport.dial_keep_alive", "Has no effect"},
    {"consul-transport-dial-timeout", "consul.transport.dial_timeout", "Has no effect"},
    {"consul-transport-max-idle-conns-per-host", "consul.transport.max_idle_conns_per_host",
     "Has no effect"},
    {"consul-transport-tls-handshake-timeout", "consul.transport.tls_handshake_timeout",
     "Has no effect"},
    {"default-left-delimiter", "default_delimiters.left", "Instead of {{"},
    {"default-right-delimiter", "default_delimiters.right", "Instead of }}"},
    {"exec", "exec.command", "Command to run as a child, when everything is rendered"},
    {"exec-kill-signal", "exec.kill_signal", "Signal that ends the child (default SIGINT)"},
    {"exec-kill-timeout", "exec.kill_timeout", "Time until it is killed (default 30s)"},
    {"exec-reload-signal", "exec.reload_signal", "Signal for the child after a change"},
    {"exec-splay", "exec.splay", "Longest random time before the child starts or is told"},
    {"kill-signal", "kill_signal", "Signal that ends this program (default SIGINT)"},
    {"log-level", "log_level", "trace, debug, info, warn or err (default warn)"},
    {"max-stale", "max_stale", "0: Consul's leader answers (default 2s)"},
    {"pid-file", "pid_file", "File for this program's process id"},
    {"reload-signal", "reload_signal", "Signal that has everything read again (default SIGHUP)"},
    {"syslog-facility", "syslog.facility", "Facility (default LOCAL0)"},
    {"syslog-name", "syslog.name", "Name of the program there (default consul-template)"},
    {"wait", "wait", "\"MIN[:MAX]\": time to wait for quiet before a change is acted on"},
};

static const struct {
    const char *flag, *path, *help;
} switches[] = {
    {"consul-retry", "consul.retry.enabled", "Ask Consul again after a failure (default true)"},
    {"consul-ssl", "consul.ssl.enabled", "Use TLS to Consul"},
    {"consul-ssl-verify", "consul.ssl.verify", "Check Consul's certificate (default true)"},
    {"dedup", "deduplicate.enabled", "Has no effect: every instance asks Consul itself"},
    {"err-on-failed-lookup", "err_on_failed_lookup", "End where Consul has not what is asked for"},
    {"syslog", "syslog.enabled", "Send messages to syslog, too"},
    {"template-error-fatal", "template_error_fatal", "A failing template ends the program"},
};

#define OWN 7 /* flags that are in no table */
#define FLAGS (OWN + ARRAY_LEN(texts) + ARRAY_LEN(switches))

struct values {
    struct strv texts[ARRAY_LEN(texts)], templates;
    bool switches[ARRAY_LEN(switches)];
};

static void list_flags(struct ct_flags *f, struct values *v, struct goflag ret[FLAGS])
{
    const struct goflag own[OWN] = {
        {"config", GOFLAG_LIST, &f->configs, "Configuration file or folder; several times"},
        {"template", GOFLAG_LIST, &v->templates, "\"IN:OUT[:COMMAND]\"; several times"},
        {"once", GOFLAG_BOOL, &f->once, "Render once and exit"},
        {"dry", GOFLAG_BOOL, &f->dry, "Print what would be written"},
        {"parse-only", GOFLAG_BOOL, &f->parse_only, "Parse the templates and exit"},
        {"version", GOFLAG_BOOL, &f->version, "Print the version"},
        {"v", GOFLAG_BOOL, &f->version, "Print the version"},
    };
    struct goflag *at = ret + OWN;

    memcpy(ret, own, sizeof own);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *at++ = (struct goflag){texts[i].flag, GOFLAG_LIST, &v->texts[i], texts[i].help};
    for (size_t i = 0; i < ARRAY_LEN(switches); i++)
        *at++ = (struct goflag){switches[i].flag, GOFLAG_BOOL, &v->switches[i], switches[i].help};
}

/* Sets the member at 'path', with the blocks around it, to 'value', which it takes. */
static void set(json_t *object, const char *path, json_t *value)
{
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        CLEAN(free_str) char *name = xstrndup(path, (size_t)(dot - path));
        json_t *list = json_object_get(object, name);

        if (!list) {
            list = json_array();
            json_array_append_new(list, json_object());
            json_object_set_new(object, name, list);
        }
        object = json_array_get(list, 0);
    }
    json_object_set_new_nocheck(object, path, value);
}

static json_t *make_text(const char *text)
{
    return json_stringn_nocheck(text, strlen(text));
}

/* The last one of a text counts. */
static json_t *make_config(const struct values *v, const bool given[])
{
    json_t *config = json_object(), *templates = json_array();

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (v->texts[i].n)
            set(config, texts[i].path, make_text(v->texts[i].v[v->texts[i].n - 1]));
    for (size_t i = 0; i < ARRAY_LEN(switches); i++)
        if (given[i])
            set(config, switches[i].path, json_boolean(v->switches[i]));
    for (size_t i = 0; i < v->templates.n; i++)
        json_array_append_new(templates, make_text(v->templates.v[i]));
    set(config, "template", templates);
    return config;
}

static void values_done(struct values *v)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        strv_done(&v->texts[i]);
    strv_done(&v->templates);
}

/* A switch that is said has the same value whatever it had before. */
static void find_given(int argc, char **argv, const struct values *v, bool given[])
{
    struct ct_flags ignored = {0};
    struct values other = {0};
    struct goflag flags[FLAGS];
    int first;

    memset(other.switches, true, sizeof other.switches);
    list_flags(&ignored, &other, flags);
    goflag_parse(flags, FLAGS, argc, argv, &first, NULL);
    for (size_t i = 0; i < ARRAY_LEN(switches); i++)
        given[i] = other.switches[i] == v->switches[i];
    values_done(&other);
    ct_flags_done(&ignored);
}

int ct_flags_parse(struct ct_flags *f, int argc, char **argv, struct err **err)
{
    bool given[ARRAY_LEN(switches)] = {0};
    struct values v = {0};
    struct goflag flags[FLAGS];
    int first = argc;

    list_flags(f, &v, flags);
    int status = goflag_parse(flags, FLAGS, argc, argv, &first, err);
    if (!status && first < argc)
        status = err_set(err, "unexpected argument '%s'", argv[first]);
    if (!status) {
        find_given(argc, argv, &v, given);
        f->config = make_config(&v, given);
        goflag_hide("consul-token", first, argv);
        goflag_hide("consul-auth", first, argv);
    }
    values_done(&v);
    return status;
}

void ct_flags_done(struct ct_flags *f)
{
    strv_done(&f->configs);
    json_decref(f->config);
    *f = (struct ct_flags){0};
}

void ct_flags_usage(struct sbuf *out)
{
    struct ct_flags ignored = {0};
    struct values v = {0};
    struct goflag flags[FLAGS];

    list_flags(&ignored, &v, flags);
    goflag_usage(flags, FLAGS, out);
}

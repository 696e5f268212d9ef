#include "agent/ct_config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/ct_value.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define FILES_MAX 1000 /* of a folder */
#define NOT_SAID (-1.) /* of a template's wait */

/* A key of a block. */
struct key {
    const char *name;
    int (*read)(struct ct_reader *r, const json_t *value, void *at);
    size_t offset; /* in the block's struct */
};

static int load_folder(struct ct_config *c, const char *path, struct err **err);
static int read_members(struct ct_reader *r, const json_t *object, const struct key *keys,
                        void *at);
static int read_block(struct ct_reader *r, const json_t *value, const struct key *keys, void *at);

void ct_config_init(struct ct_config *c)
{
    *c = (struct ct_config){.consul = {.auth = -1, .ssl = -1, .verify = -1},
                            .exec = {.enabled = -1, .kill_timeout = 30., .kill_signal = SIGINT},
                            .reload_signal = SIGHUP,
                            .kill_signal = SIGINT,
                            .max_stale = 2.,
                            .error_fatal = true};
}

static void consul_done(struct ct_consul *c)
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
}

void ct_config_done(struct ct_config *c)
{
    consul_done(&c->consul);
    for (size_t i = 0; i < c->n; i++)
        render_target_done(&c->templates[i]);
    free(c->templates);
    free(c->left);
    free(c->right);
    strv_done(&c->exec.command);
    render_env_done(&c->exec.env);
    free(c->log_level);
    free(c->pid_file);
    *c = (struct ct_config){0};
}

int ct_config_load(struct ct_config *c, const char *path, struct err **err)
{
    struct stat st;
    size_t len;

    if (!stat(path, &st) && S_ISDIR(st.st_mode))
        return load_folder(c, path, err);
    CLEAN(free_str) char *text = file_read(path, HCL_TEXT_MAX, &len, err);
    return text ? ct_config_parse(c, path, text, len, err) : -1;
}

static int read_wait_enabled(struct ct_reader *r, const json_t *value, void *at)
{
    struct quiet *q = at;
    bool on;

    if (ct_read_bool(r, value, &on))
        return -1;
    if (!on)
        *q = (struct quiet){0};
    return 0;
}

static const struct key wait_keys[] = {{"min", ct_read_seconds, offsetof(struct quiet, min)},
                                       {"max", ct_read_seconds, offsetof(struct quiet, max)},
                                       {"enabled", read_wait_enabled, 0},
                                       {0}};

/* wait = "5s:10s", or wait { min = "5s" } */
static int read_wait(struct ct_reader *r, const json_t *value, void *at)
{
    struct quiet q = {.max = NOT_SAID};

    if (json_is_string(value))
        return ct_read_wait(r, value, at);
    if (read_block(r, value, wait_keys, &q))
        return -1;
    if (q.max < 0.)
        q.max = 4. * q.min;
    if (q.max < q.min)
        return ct_refuse(r, "the longest wait is shorter than the shortest one");
    *(struct quiet *)at = q;
    return 0;
}

static const struct key env_keys[] = {
    {"pristine", ct_read_bool, offsetof(struct render_env, pristine)},
    {"custom", ct_read_strings, offsetof(struct render_env, custom)},
    {"allowlist", ct_read_strings, offsetof(struct render_env, allow)},
    {"whitelist", ct_read_strings, offsetof(struct render_env, allow)},
    {"denylist", ct_read_strings, offsetof(struct render_env, deny)},
    {"blacklist", ct_read_strings, offsetof(struct render_env, deny)},
    {0}};

static int read_env(struct ct_reader *r, const json_t *value, void *at)
{
    return read_block(r, value, env_keys, at);
}

static const struct key template_exec_keys[] = {
    {"command", ct_read_command, offsetof(struct render_target, command)},
    {"timeout", ct_read_seconds, offsetof(struct render_target, command_timeout)},
    {"env", read_env, offsetof(struct render_target, env)},
    {"enabled", ct_read_any, 0},
    {"splay", ct_read_any, 0},
    {"kill_signal", ct_read_any, 0},
    {"kill_timeout", ct_read_any, 0},
    {"reload_signal", ct_read_any, 0},
    {0}};

static int read_template_exec(struct ct_reader *r, const json_t *value, void *at)
{
    return read_block(r, value, template_exec_keys, at);
}

#define OF(member) offsetof(struct render_target, member)

static const struct key template_keys[] = {
    {"source", ct_read_string, OF(source)},
    {"contents", ct_read_string, OF(contents)},
    {"destination", ct_read_string, OF(destination)},
    {"perms", ct_read_mode, OF(perms)},
    {"user", ct_read_string, OF(user)},
    {"group", ct_read_string, OF(group)},
    {"backup", ct_read_bool, OF(backup)},
    {"create_dest_dirs", ct_read_bool, OF(make_dirs)},
    {"command", ct_read_command, OF(command)},
    {"command_timeout", ct_read_seconds, OF(command_timeout)},
    {"exec", read_template_exec, 0},
    {"left_delimiter", ct_read_string, OF(left)},
    {"right_delimiter", ct_read_string, OF(right)},
    {"error_on_missing_key", ct_read_bool, OF(error_on_missing_key)},
    {"error_fatal", ct_read_switch, OF(error_fatal)},
    {"wait", read_wait, OF(wait)},
    {"function_denylist", ct_read_strings, OF(denied)},
    {"function_blacklist", ct_read_strings, OF(denied)},
    {"sandbox_path", ct_read_string, OF(sandbox)},
    {0}};
#undef OF

static int check_template(struct ct_reader *r, const struct render_target *t)
{
    if (!t->source == !t->contents)
        return ct_refuse(r, "a template has either \"source\" or \"contents\"");
    if (!t->destination)
        return ct_refuse(r, "a template has a \"destination\"");
    return 0;
}

/* "in:out:command", as on the command line, or a block. */
static int read_template(struct ct_reader *r, const json_t *value, struct ct_config *c)
{
    c->templates = xgrow(c->templates, c->n, &c->cap, sizeof *c->templates);
    struct render_target *t = &c->templates[c->n++];
    render_target_init(t);
    t->wait.min = NOT_SAID;
    if (json_is_string(value))
        return render_target_parse(t, json_string_value(value), r->err) || check_template(r, t) ? -1
                                                                                                : 0;
    if (!json_is_object(value))
        return ct_refuse(r, "\"template\" must be a block");
    struct ct_reader inner = {.file = r->file, .err = r->err};
    return read_members(&inner, value, template_keys, t) || check_template(r, t) ? -1 : 0;
}

static int read_templates(struct ct_reader *r, const json_t *value, void *at)
{
    if (!json_is_array(value))
        return ct_refuse(r, "\"template\" must be a block");
    for (size_t i = 0; i < json_array_size(value); i++)
        if (read_template(r, json_array_get(value, i), at))
            return -1;
    return 0;
}

static const struct key auth_keys[] = {
    {"enabled", ct_read_switch, offsetof(struct ct_consul, auth)},
    {"username", ct_read_string, offsetof(struct ct_consul, user)},
    {"password", ct_read_string, offsetof(struct ct_consul, password)},
    {0}};

/* auth = "user:password", or a block. */
static int read_auth(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_consul *c = at;

    return json_is_string(value) ? ct_read_string(r, value, &c->user)
                                 : read_block(r, value, auth_keys, at);
}

static const struct key ssl_keys[] = {
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
    return read_block(r, value, ssl_keys, at);
}

/* berth asks for ever, with pauses of 0.25 to 30 seconds, and keeps its connections. */
static const struct key idle_keys[] = {{"enabled", ct_read_any, 0},
                                       {"attempts", ct_read_any, 0},
                                       {"backoff", ct_read_any, 0},
                                       {"max_backoff", ct_read_any, 0},
                                       {"dial_keep_alive", ct_read_any, 0},
                                       {"dial_timeout", ct_read_any, 0},
                                       {"disable_keep_alives", ct_read_any, 0},
                                       {"idle_conn_timeout", ct_read_any, 0},
                                       {"max_idle_conns", ct_read_any, 0},
                                       {"max_idle_conns_per_host", ct_read_any, 0},
                                       {"max_conns_per_host", ct_read_any, 0},
                                       {"tls_handshake_timeout", ct_read_any, 0},
                                       {0}};

static int read_idle(struct ct_reader *r, const json_t *value, void *at)
{
    return read_block(r, value, idle_keys, at);
}

static const struct key consul_keys[] = {
    {"address", ct_read_string, offsetof(struct ct_consul, address)},
    {"namespace", ct_read_string, offsetof(struct ct_consul, name_space)},
    {"token", ct_read_string, offsetof(struct ct_consul, token)},
    {"token_file", ct_read_string, offsetof(struct ct_consul, token_file)},
    {"auth", read_auth, 0},
    {"ssl", read_ssl, 0},
    {"retry", read_idle, 0},
    {"transport", read_idle, 0},
    {0}};

/* consul = "127.0.0.1:8500", or a block. */
static int read_consul(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_consul *c = at;

    return json_is_string(value) ? ct_read_string(r, value, &c->address)
                                 : read_block(r, value, consul_keys, at);
}

static const struct key exec_keys[] = {
    {"command", ct_read_command, offsetof(struct ct_exec, command)},
    {"enabled", ct_read_switch, offsetof(struct ct_exec, enabled)},
    {"splay", ct_read_seconds, offsetof(struct ct_exec, splay)},
    {"kill_timeout", ct_read_seconds, offsetof(struct ct_exec, kill_timeout)},
    {"kill_signal", ct_read_signal, offsetof(struct ct_exec, kill_signal)},
    {"reload_signal", ct_read_signal, offsetof(struct ct_exec, reload_signal)},
    {"env", read_env, offsetof(struct ct_exec, env)},
    {"timeout", ct_read_any, 0},
    {0}};

static int read_exec(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_exec *e = at;

    return json_is_string(value) ? ct_read_command(r, value, &e->command)
                                 : read_block(r, value, exec_keys, at);
}

static const struct key enabled_keys[] = {{"enabled", ct_read_bool, 0},
                                          {"facility", ct_read_any, 0},
                                          {"name", ct_read_any, 0},
                                          {"prefix", ct_read_any, 0},
                                          {"ttl", ct_read_any, 0},
                                          {"max_stale", ct_read_any, 0},
                                          {"block_query_wait", ct_read_any, 0},
                                          {0}};

static int read_enabled(struct ct_reader *r, const json_t *value, void *at)
{
    return json_is_boolean(value) ? ct_read_bool(r, value, at)
                                  : read_block(r, value, enabled_keys, at);
}

static const struct key delimiter_keys[] = {
    {"left", ct_read_string, offsetof(struct ct_config, left)},
    {"right", ct_read_string, offsetof(struct ct_config, right)},
    {0}};

static int read_delimiters(struct ct_reader *r, const json_t *value, void *at)
{
    return read_block(r, value, delimiter_keys, at);
}

static int read_foreign(struct ct_reader *r, const json_t *value, void *at)
{
    (void)r;
    (void)value;
    *(bool *)at = true;
    return 0;
}

#define OF(member) offsetof(struct ct_config, member)

static const struct key top_keys[] = {{"consul", read_consul, OF(consul)},
                                      {"template", read_templates, 0},
                                      {"wait", read_wait, OF(wait)},
                                      {"exec", read_exec, OF(exec)},
                                      {"log_level", ct_read_string, OF(log_level)},
                                      {"pid_file", ct_read_string, OF(pid_file)},
                                      {"reload_signal", ct_read_signal, OF(reload_signal)},
                                      {"kill_signal", ct_read_signal, OF(kill_signal)},
                                      {"max_stale", ct_read_seconds, OF(max_stale)},
                                      {"once", ct_read_bool, OF(once)},
                                      {"template_error_fatal", ct_read_bool, OF(error_fatal)},
                                      {"default_delimiters", read_delimiters, 0},
                                      {"syslog", read_enabled, OF(syslog)},
                                      {"deduplicate", read_enabled, OF(deduplicate)},
                                      {"block_query_wait", ct_read_any, 0},
                                      {"err_on_failed_lookup", ct_read_any, 0},
                                      {"log_file", ct_read_any, 0},
                                      {"vault", read_foreign, OF(vault)},
                                      {"nomad", read_foreign, OF(nomad)},
                                      {0}};
#undef OF

int ct_config_parse(struct ct_config *c, const char *name, const char *text, size_t len,
                    struct err **err)
{
    CLEAN(hcl) struct hcl *file = hcl_parse(name, text, len, err);
    struct ct_reader r = {.file = file, .err = err};

    return file ? read_members(&r, hcl_root(file), top_keys, c) : -1;
}

int ct_config_take(struct ct_config *c, const json_t *object, struct err **err)
{
    struct ct_reader r = {.err = err};

    return read_members(&r, object, top_keys, c);
}

int ct_config_finish(struct ct_config *c, struct err **err)
{
    for (size_t i = 0; i < c->n; i++) {
        struct render_target *t = &c->templates[i];

        if (t->wait.min < 0.)
            t->wait = c->wait;
        if (t->error_fatal < 0)
            t->error_fatal = c->error_fatal;
        if (!t->left && c->left)
            t->left = xstrdup(c->left);
        if (!t->right && c->right)
            t->right = xstrdup(c->right);
    }
    return c->n ? 0
                : err_set(err, "there is no template: -template IN:OUT, or a template block in a "
                               "file that -config names");
}

static void add_variable(struct strv *ret, const char *name, const char *value)
{
    if (value && *value)
        strv_add_take(ret, xasprintf("%s=%s", name, value));
}

void ct_config_environment(const struct ct_config *config, struct strv *ret)
{
    static const char *const words[] = {NULL, "false", "true"};
    const struct ct_consul *c = &config->consul;
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

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && entry->d_type != DT_DIR;
}

static int load_folder(struct ct_config *c, const char *path, struct err **err)
{
    struct dirent **files;
    int n = scandir(path, &files, is_visible, alphasort), status = 0;

    if (n < 0)
        return err_set_errno(err, errno, "cannot read %s", path);
    if (n > FILES_MAX)
        status = err_set(err, "%s: it has more than %d files", path, FILES_MAX);
    for (int i = 0; i < n; i++) {
        CLEAN(free_str) char *file = xasprintf("%s/%s", path, files[i]->d_name);

        if (!status)
            status = ct_config_load(c, file, err);
        free(files[i]);
    }
    free(files);
    return status;
}

static const struct key *find_key(const struct key *keys, const char *name)
{
    for (; keys->name; keys++)
        if (!strcmp(keys->name, name))
            return keys;
    return NULL;
}

/* In the order of the file. */
static int read_members(struct ct_reader *r, const json_t *object, const struct key *keys, void *at)
{
    union {
        const json_t *in;
        json_t *out;
    } members = {.in = object};
    const char *name;
    json_t *value;

    json_object_foreach(members.out, name, value) {
        const struct key *key = find_key(keys, name);

        r->object = object;
        r->key = name;
        if (!key)
            return ct_refuse(r, "there is no key \"%.100s\" here", name);
        if (key->read(r, value, (char *)at + key->offset))
            return -1;
    }
    return 0;
}

/* Said several times, each adds to the one before. */
static int read_block(struct ct_reader *r, const json_t *value, const struct key *keys, void *at)
{
    struct ct_reader inner = {.file = r->file, .err = r->err};

    if (!json_is_array(value) ||
        (json_array_size(value) && !json_is_object(json_array_get(value, 0))))
        return ct_refuse(r, "\"%s\" must be a block", r->key);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (read_members(&inner, json_array_get(value, i), keys, at))
            return -1;
    return 0;
}

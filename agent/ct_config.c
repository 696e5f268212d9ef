#include "agent/ct_config.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/ct_block.h"
#include "agent/ct_template.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define FILES_MAX 1000 /* of a folder */

static int load_folder(struct ct_config *c, const char *path, struct err **err);

void ct_config_init(struct ct_config *c)
{
    *c = (struct ct_config){.exec = {.enabled = -1, .kill_timeout = 30., .kill_signal = SIGINT},
                            .reload_signal = SIGHUP,
                            .kill_signal = SIGINT,
                            .max_stale = 2.,
                            .error_fatal = true};
    ct_consul_init(&c->consul);
}

void ct_config_done(struct ct_config *c)
{
    ct_consul_done(&c->consul);
    for (size_t i = 0; i < c->n; i++)
        render_target_done(&c->templates[i]);
    free(c->templates);
    free(c->left);
    free(c->right);
    strv_done(&c->exec.command);
    render_env_done(&c->exec.env);
    free(c->log_level);
    free(c->pid_file);
    free(c->syslog.facility);
    free(c->syslog.name);
    strv_done(&c->idle);
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

static int read_templates(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_config *c = at;

    if (!json_is_array(value))
        return ct_refuse(r, "\"template\" must be a block");
    for (size_t i = 0; i < json_array_size(value); i++) {
        c->templates = xgrow(c->templates, c->n, &c->cap, sizeof *c->templates);
        if (ct_template_read(r, json_array_get(value, i), &c->templates[c->n++]))
            return -1;
    }
    return 0;
}

static const struct ct_key exec_keys[] = {
    {"command", ct_read_command, offsetof(struct ct_exec, command)},
    {"enabled", ct_read_switch, offsetof(struct ct_exec, enabled)},
    {"splay", ct_read_seconds, offsetof(struct ct_exec, splay)},
    {"kill_timeout", ct_read_seconds, offsetof(struct ct_exec, kill_timeout)},
    {"kill_signal", ct_read_signal, offsetof(struct ct_exec, kill_signal)},
    {"reload_signal", ct_read_signal, offsetof(struct ct_exec, reload_signal)},
    {"env", ct_read_env, offsetof(struct ct_exec, env)},
    {"timeout", ct_read_seconds, offsetof(struct ct_exec, timeout)},
    {0}};

static int read_exec(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_exec *e = at;

    return json_is_string(value) ? ct_read_command(r, value, &e->command)
                                 : ct_read_block(r, value, exec_keys, at);
}

static const struct ct_key syslog_keys[] = {
    {"enabled", ct_read_bool, offsetof(struct ct_syslog, enabled)},
    {"facility", ct_read_string, offsetof(struct ct_syslog, facility)},
    {"name", ct_read_string, offsetof(struct ct_syslog, name)},
    {0}};

static int read_syslog(struct ct_reader *r, const json_t *value, void *at)
{
    struct ct_syslog *s = at;

    return json_is_boolean(value) ? ct_read_bool(r, value, &s->enabled)
                                  : ct_read_block(r, value, syslog_keys, at);
}

static const struct ct_key delimiter_keys[] = {
    {"left", ct_read_string, offsetof(struct ct_config, left)},
    {"right", ct_read_string, offsetof(struct ct_config, right)},
    {0}};

static int read_delimiters(struct ct_reader *r, const json_t *value, void *at)
{
    return ct_read_block(r, value, delimiter_keys, at);
}

#define OF(member) offsetof(struct ct_config, member)

static const struct ct_key top_keys[] = {
    {"consul", ct_consul_read, OF(consul)},
    {"template", read_templates, 0},
    {"wait", ct_read_quiet, OF(wait)},
    {"exec", read_exec, OF(exec)},
    {"log_level", ct_read_string, OF(log_level)},
    {"pid_file", ct_read_string, OF(pid_file)},
    {"reload_signal", ct_read_signal, OF(reload_signal)},
    {"kill_signal", ct_read_signal, OF(kill_signal)},
    {"max_stale", ct_read_seconds, OF(max_stale)},
    {"once", ct_read_bool, OF(once)},
    {"template_error_fatal", ct_read_bool, OF(error_fatal)},
    {"default_delimiters", read_delimiters, 0},
    {"syslog", read_syslog, OF(syslog)},
    {"deduplicate", ct_read_idle, 0},
    {"block_query_wait", ct_read_seconds, OF(block_query_wait)},
    {"err_on_failed_lookup", ct_read_bool, OF(err_on_failed_lookup)},
    {"log_file", ct_read_idle, 0},
    {"vault", ct_read_idle, 0},
    {"nomad", ct_read_idle, 0},
    {0}};
#undef OF

int ct_config_parse(struct ct_config *c, const char *name, const char *text, size_t len,
                    struct err **err)
{
    CLEAN(hcl) struct hcl *file = hcl_parse(name, text, len, err);
    struct ct_reader r = {.file = file, .err = err, .idle = &c->idle};

    return file ? ct_read_members(&r, hcl_root(file), top_keys, c) : -1;
}

int ct_config_take(struct ct_config *c, const json_t *object, struct err **err)
{
    struct ct_reader r = {.err = err, .idle = &c->idle};

    return ct_read_members(&r, object, top_keys, c);
}

int ct_config_finish(struct ct_config *c, struct err **err)
{
    for (size_t i = 0; i < c->n; i++) {
        struct render_target *t = &c->templates[i];

        if (!t->command_enabled)
            strv_done(&t->command);
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

#include "agent/ct_template.h"

#include "agent/ct_block.h"
#include "lib/xmalloc.h"

static const struct ct_key template_exec_keys[] = {
    {"command", ct_read_command, offsetof(struct render_target, command)},
    {"timeout", ct_read_seconds, offsetof(struct render_target, command_timeout)},
    {"env", ct_read_env, offsetof(struct render_target, env)},
    {"enabled", ct_read_bool, offsetof(struct render_target, command_enabled)},
    {"splay", ct_read_idle, 0},
    {"kill_signal", ct_read_idle, 0},
    {"kill_timeout", ct_read_idle, 0},
    {"reload_signal", ct_read_idle, 0},
    {0}};

static int read_template_exec(struct ct_reader *r, const json_t *value, void *at)
{
    return ct_read_block(r, value, template_exec_keys, at);
}

#define OF(member) offsetof(struct render_target, member)

static const struct ct_key template_keys[] = {
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
    {"wait", ct_read_quiet, OF(wait)},
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

int ct_template_read(struct ct_reader *r, const json_t *value, struct render_target *t)
{
    render_target_init(t);
    t->wait.min = CT_WAIT_NOT_SAID;
    if (json_is_string(value))
        return render_target_parse(t, json_string_value(value), r->err) || check_template(r, t) ? -1
                                                                                                : 0;
    if (!json_is_object(value))
        return ct_refuse(r, "\"template\" must be a block");
    struct ct_reader inner = ct_reader_inner(r, "template");
    return ct_read_members(&inner, value, template_keys, t) || check_template(r, t) ? -1 : 0;
}

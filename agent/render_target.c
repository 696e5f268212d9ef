#include "agent/render_target.h"

#include <fnmatch.h>
#include <string.h>

#include "lib/xmalloc.h"

static bool matches(const struct strv *patterns, const char *name);

void render_target_init(struct render_target *t)
{
    *t = (struct render_target){.perms = -1,
                                .make_dirs = true,
                                .error_fatal = -1,
                                .command_enabled = true,
                                .command_timeout = RENDER_COMMAND_TIMEOUT};
}

void render_target_done(struct render_target *t)
{
    free(t->source);
    free(t->contents);
    free(t->destination);
    free(t->user);
    free(t->group);
    free(t->left);
    free(t->right);
    free(t->sandbox);
    strv_done(&t->command);
    strv_done(&t->denied);
    render_env_done(&t->env);
    *t = (struct render_target){0};
}

int render_target_parse(struct render_target *t, const char *spec, struct err **err)
{
    const char *first = strchr(spec, ':'), *second = first ? strchr(first + 1, ':') : NULL;

    t->source = first ? xstrndup(spec, (size_t)(first - spec)) : xstrdup(spec);
    if (first && first[1] && second != first + 1)
        t->destination =
            second ? xstrndup(first + 1, (size_t)(second - first - 1)) : xstrdup(first + 1);
    if (second)
        render_command_shell(&t->command, second + 1);
    return *t->source ? 0 : err_set(err, "-t %s names no template", spec);
}

void render_command_shell(struct strv *command, const char *text)
{
    strv_done(command);
    if (!*text)
        return;
    strv_add(command, "/bin/sh");
    strv_add(command, "-c");
    strv_add(command, text);
}

void render_env_done(struct render_env *env)
{
    strv_done(&env->custom);
    strv_done(&env->allow);
    strv_done(&env->deny);
}

void render_env_apply(const struct render_env *env, char *const *ours, struct strv *ret)
{
    for (; *ours && !env->pristine; ours++) {
        CLEAN(free_str) char *name = xstrndup(*ours, strcspn(*ours, "="));

        if ((!env->allow.n || matches(&env->allow, name)) && !matches(&env->deny, name))
            strv_add(ret, *ours);
    }
    for (size_t i = 0; i < env->custom.n; i++)
        strv_add(ret, env->custom.v[i]);
}

static bool matches(const struct strv *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->n; i++)
        if (!fnmatch(patterns->v[i], name, 0))
            return true;
    return false;
}

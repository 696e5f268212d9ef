#include "agent/config_secrets.h"

#include "lib/secret.h"
#include "lib/xmalloc.h"

static void check(const char *option, const char *path, struct problems *ret);

void config_secrets_check(const struct config *c, struct problems *ret)
{
    CLEAN(free_str) char *docker = xasprintf("%s/key.pem", c->docker_cert_path);
    const struct {
        const char *option, *path;
    } all[] = {
        {"[agent] admin_token_file", c->admin_token_file},
        {"[docker] cert_path", *c->docker_cert_path ? docker : ""},
        {"[registrator] consul_token_file", c->consul_token_file},
        {"[registrator] consul_key_file", c->consul_key_file},
        {"[dubbo] digest_file", c->dubbo_digest_file},
        {"[marathon] user_file", c->marathon_user_file},
        {"[marathon] token_file", c->marathon_token_file},
        {"[dns] key_file", c->dns_key_file},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (*all[i].path)
            check(all[i].option, all[i].path, ret);
}

static void check(const char *option, const char *path, struct problems *ret)
{
    CLEAN(err) struct err *err = NULL;

    if (secret_check(path, &err) && !err_code(err))
        problems_add(ret, option, "%s", err_msg(err));
}

#include "agent/dubbo_options.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/secret.h"
#include "registrator/url.h"

#define CONSUL "consul"
#define ROOT_MAX 256   /* bytes */
#define DIGEST_MAX 512 /* bytes of the file */

int dubbo_options_check_registry(const char *value, struct err **err)
{
    struct address a = {0};

    if (!*value || !strcmp(value, CONSUL))
        return 0;
    if (strncmp(value, "zookeeper://", strlen("zookeeper://")))
        return err_set(err,
                       "it must be empty, consul, or zookeeper://host:port[,host:port][/path]");
    int status = address_parse(value, &a, err);
    address_done(&a);
    return status;
}

int dubbo_options_check_root(const char *value, struct err **err)
{
    if (!*value || *value == '/' || strlen(value) > ROOT_MAX || !url_is_addressable(value))
        return err_set(err, "it must be a path without a slash at either end, as in dubbo");
    return 0;
}

int dubbo_options_check_repair(const char *value, struct err **err)
{
    return strcmp(value, "no") && strcmp(value, "mirror") ? err_set(err, "it must be no or mirror")
                                                          : 0;
}

int dubbo_options_finish(const struct config *c, struct err **err)
{
    struct address a = {0};
    int status = 0;

    if (!dubbo_options_in_consul(c))
        return 0;
    if (!c->registrator || address_parse(c->registry, &a, NULL) || a.kind != ADDRESS_CONSUL)
        status = err_set(err,
                         "[dubbo] registry = consul means the Consul of [registrator] registry, "
                         "which is %s: say one there, or zookeeper:// here",
                         c->registry);
    address_done(&a);
    return status;
}

bool dubbo_options_in_consul(const struct config *c)
{
    return !strcmp(c->dubbo_registry, CONSUL);
}

int dubbo_options_address(const struct config *c, struct address *ret, struct err **err)
{
    if (!*c->dubbo_registry || dubbo_options_in_consul(c))
        return 0;
    return address_parse(c->dubbo_registry, ret, err) ? err_wrap(err, "[dubbo] registry") : 0;
}

int dubbo_options_digest(const struct config *c, char **ret, struct err **err)
{
    *ret = NULL;
    if (!*c->dubbo_digest_file)
        return 0;
    char *text = secret_read(c->dubbo_digest_file, DIGEST_MAX, NULL, err);
    if (!text)
        return err_wrap(err, "[dubbo] digest_file");
    text[strcspn(text, "\r\n")] = '\0';
    const char *colon = strchr(text, ':');
    if (!colon || colon == text || !colon[1]) {
        free(text);
        return err_set(err, "[dubbo] digest_file %s must have user:password in its first line",
                       c->dubbo_digest_file);
    }
    *ret = text;
    return 0;
}

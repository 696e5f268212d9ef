#include "registrator/consul_unwell.h"

#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"

#define SEPARATOR '\n' /* between the parts of a key: service, node, service id, check id */

static void add_check(const json_t *check, struct strv *ret);
static void tell(const char *key,
                 void (*on_change)(void *arg, const char *service, const char *node), void *arg);

int consul_unwell_parse(const char *text, size_t len, struct strv *ret, struct err **err)
{
    CLEAN(json) json_t *checks = json_parse(text, len, err);
    json_t *check;
    size_t at;

    if (!checks)
        return err_wrap(err, "Consul's answer about checks");
    if (!json_is_array(checks))
        return err_set(err, "Consul's answer about checks is no JSON array");
    json_array_foreach(checks, at, check)
        add_check(check, ret);
    strv_sort_unique(ret);
    return 0;
}

void consul_unwell_diff(const struct strv *before, const struct strv *now,
                        void (*on_change)(void *arg, const char *service, const char *node),
                        void *arg)
{
    size_t b = 0, n = 0;

    while (b < before->n || n < now->n) {
        int order = b == before->n ? 1 : n == now->n ? -1 : strcmp(before->v[b], now->v[n]);

        if (order)
            tell(order < 0 ? before->v[b] : now->v[n], on_change, arg);
        b += order <= 0;
        n += order >= 0;
    }
}

static void add_check(const json_t *check, struct strv *ret)
{
    const char *service = json_str(check, "ServiceName"), *node = json_str(check, "Node");
    const char *service_id = json_str(check, "ServiceID"), *id = json_str(check, "CheckID");

    if (service && node && service_id && id)
        strv_add_take(ret, xasprintf("%s%c%s%c%s%c%s", service, SEPARATOR, node, SEPARATOR,
                                     service_id, SEPARATOR, id));
}

static void tell(const char *key,
                 void (*on_change)(void *arg, const char *service, const char *node), void *arg)
{
    const char *end = strchr(key, SEPARATOR), *node = end + 1;
    CLEAN(free_str) char *service = xstrndup(key, (size_t)(end - key));
    CLEAN(free_str) char *name = xstrndup(node, strcspn(node, (char[]){SEPARATOR, '\0'}));

    on_change(arg, service, name);
}

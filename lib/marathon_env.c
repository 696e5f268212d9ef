#include "lib/marathon_env.h"

#include <string.h>

#include "lib/marathon_json.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define LABEL_PREFIX "MARATHON_APP_LABEL_"
#define LABEL_PREFIX_LEN (sizeof LABEL_PREFIX - 1)

static bool is_for_services(const char *label);
static const char *get_text(const struct kvs *m, const char *key);

bool marathon_scheme_ok(const char *scheme)
{
    static const char *const schemes[] = {"last", "path", "reversed", "image"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (!strcmp(scheme, schemes[i]))
            return true;
    return false;
}

char *marathon_service_name(const char *id, const char *scheme)
{
    struct strv parts = {0};
    struct sbuf name = SBUF_INIT;

    if (!strcmp(scheme, "image"))
        return NULL;
    if (!strcmp(scheme, "last"))
        return xstrdup(strrchr(id, '/') + 1);
    for (const char *p = id + 1; *p;) {
        size_t len = strcspn(p, "/");

        strv_addn(&parts, p, len);
        p += len + (p[len] == '/');
    }
    for (size_t i = 0; i < parts.n; i++)
        sbuf_addf(&name, "%s%s", i ? "-" : "", parts.v[*scheme == 'r' ? parts.n - 1 - i : i]);
    strv_done(&parts);
    return sbuf_take(&name);
}

void marathon_env_expand(struct kvs *env)
{
    for (size_t i = 0, n = env->n; i < n; i++) {
        CLEAN(free_str) char *value = NULL;
        const char *key = env->v[i].key;

        if (strncmp(key, LABEL_PREFIX, LABEL_PREFIX_LEN) ||
            !is_for_services(key + LABEL_PREFIX_LEN))
            continue;
        CLEAN(free_str) char *said = xstrdup(key + LABEL_PREFIX_LEN);
        value = xstrdup(env->v[i].value);
        if (!kvs_get(env, said))
            kvs_add(env, said, value);
    }
}

bool marathon_env_join(const struct kvs *labels, const struct kvs *env, const struct kvs *app,
                       struct kvs *ret)
{
    struct kvs more = {0};

    for (size_t i = 0; i < app->n; i++) {
        const char *key = app->v[i].key;

        if ((is_for_services(key) || !strncmp(key, "berth.", 6)) && !kvs_get(labels, key) &&
            !kvs_get(env, key))
            kvs_add(&more, key, app->v[i].value);
    }
    if (more.n) {
        kvs_copy(ret, labels);
        for (size_t i = 0; i < more.n; i++)
            kvs_add(ret, more.v[i].key, more.v[i].value);
        kvs_sort(ret);
    }
    bool added = more.n;
    kvs_done(&more);
    return added;
}

const char *marathon_env_app(const struct kvs *env)
{
    const char *id = kvs_get(env, "MARATHON_APP_ID");

    return id && marathon_id_ok(id) ? id : NULL;
}

const char *marathon_env_version(const struct kvs *env)
{
    return get_text(env, "MARATHON_APP_VERSION");
}

const char *marathon_env_task(const struct kvs *labels, const struct kvs *env)
{
    const char *task = get_text(labels, "MESOS_TASK_ID");

    return task ? task : get_text(env, "MESOS_TASK_ID");
}

static bool is_for_services(const char *label)
{
    return !strncmp(label, "SERVICE_", 8) || !strncmp(label, "HAPROXY_", 8);
}

/* What can stand in a URL and in a log. */
static const char *get_text(const struct kvs *m, const char *key)
{
    const char *value = kvs_get(m, key);

    if (!value || !*value || strlen(value) > MARATHON_TEXT_MAX)
        return NULL;
    for (const char *p = value; *p; p++)
        if (*p <= 0x20 || *p >= 0x7f || strchr("/?#%\"\\", *p))
            return NULL;
    return value;
}

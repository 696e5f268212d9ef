#include "registrator/meta.h"

#include <stdio.h>
#include <string.h>

#include "lib/marathon_env.h"
#include "lib/sbuf.h"
#include "lib/trace.h"
#include "registrator/instance.h"
#include "registrator/lbmeta.h"
#include "registrator/probe_labels.h"
#include "registrator/service.h"
#include "registrator/text.h"

#define RESERVED_PREFIX "consul-" /* Consul keeps these keys for itself */

static const char key_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

static void add_own(const struct source *s, struct kvs *meta);
static void add_task(const struct source *s, struct kvs *meta);
static void add_attrs(const struct source *s, struct kvs *meta);
static const char *what_is_wrong(const struct kvs *meta, const char *key, const char *value);
static bool is_read_elsewhere(const struct source *s, const char *key);

void meta_from_source(const struct source *s, const struct probes *probes, struct kvs *meta)
{
    CLEAN(free_str) char *digest = probes ? probes_digest(probes) : NULL;

    /* Berth's own pairs come first: labels cannot replace them or use up their places. */
    add_own(s, meta);
    if (digest)
        kvs_add(meta, META_PROBES, digest);
    lbmeta_add(meta, s);
    add_attrs(s, meta);
    kvs_sort(meta);
}

void meta_add(struct kvs *meta, const struct source *s, const char *label, const char *key,
              const char *value)
{
    const char *wrong = what_is_wrong(meta, key, value);

    if (!wrong) {
        kvs_add(meta, key, value);
        return;
    }
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    text_add_shown(&shown, value);
    problems_add(s->problems, s->subject, "%s=%s is left out of the registered metadata: %s", label,
                 sbuf_str(&shown), wrong);
}

bool meta_is_own(const char *key)
{
    static const char *const keys[] = {
        META_NODE,     META_CONTAINER_ID, META_CONTAINER_PORT, META_HOST_PORT,    META_SERVICE_PORT,
        META_PROBES,   META_PROTOCOL,     META_NETWORK,        META_VHOST,        META_MODE,
        META_BALANCE,  META_STICKY,       META_CHECK_PATH,     META_ACCEPT_PROXY, META_SEND_PROXY,
        META_BALANCER, META_MARATHON_APP, META_MESOS_TASK,     META_TRACE,
    };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return false;
}

static void add_own(const struct source *s, struct kvs *meta)
{
    const struct endpoint *e = s->e;
    char digits[8], trace[TRACE_LEN + 1];

    kvs_add(meta, META_NODE, s->config->node);
    kvs_add(meta, META_CONTAINER_ID, e->container_id);
    if (e->trace)
        kvs_add(meta, META_TRACE, trace_format(e->trace, trace));
    kvs_add(meta, META_PROTOCOL, protocol_name(e->protocol));
    snprintf(digits, sizeof digits, "%u", e->container_port);
    kvs_add(meta, META_CONTAINER_PORT, digits);
    if (e->reach != REACH_DIRECT) {
        snprintf(digits, sizeof digits, "%u", e->host_port);
        kvs_add(meta, META_HOST_PORT, digits);
    }
    meta_add(meta, s, "the network's name", META_NETWORK, e->network);
    if (s->config->app_name)
        add_task(s, meta);
}

/* What Marathon calls it, so that a person and other programs can find it there. */
static void add_task(const struct source *s, struct kvs *meta)
{
    const char *app = marathon_env_app(s->e->env);
    const char *task = marathon_env_task(s->e->labels, s->e->env);

    if (app)
        meta_add(meta, s, "MARATHON_APP_ID", META_MARATHON_APP, app);
    if (task)
        meta_add(meta, s, "MESOS_TASK_ID", META_MESOS_TASK, task);
}

static void add_attrs(const struct source *s, struct kvs *meta)
{
    for (size_t i = 0; i < s->attrs.v.n; i++) {
        const struct kv *pair = &s->attrs.v.v[i];
        CLEAN(sbuf) struct sbuf label = SBUF_INIT;

        if (is_read_elsewhere(s, pair->key))
            continue;
        attrs_add_label(&label, &s->attrs, pair->key);
        if (meta_is_own(pair->key))
            problems_add(s->problems, s->subject,
                         "%s is left out of the registered metadata: '%s' there is berth's own; "
                         "choose another name",
                         sbuf_str(&label), pair->key);
        else
            meta_add(meta, s, sbuf_str(&label), pair->key, pair->value);
    }
}

/* What a person should know about the pair, or NULL for a good one. */
static const char *what_is_wrong(const struct kvs *meta, const char *key, const char *value)
{
    size_t len = strlen(key);

    if (!len || strspn(key, key_characters) != len)
        return "its key may have only letters, digits, '-' and '_'";
    if (len > META_KEY_MAX)
        return "its key has more than 128 characters";
    if (!strncmp(key, RESERVED_PREFIX, sizeof RESERVED_PREFIX - 1))
        return "keys that begin with consul- are Consul's own";
    if (strlen(value) > META_VALUE_MAX)
        return "its value has more than 512 bytes";
    if (!text_is_clean(value))
        return "its value has control characters or is no UTF-8";
    if (meta->n >= META_PAIRS_MAX)
        return "there are 64 pairs already, and registries take no more";
    return NULL;
}

/* registrator takes checks, and whatever it does not know, for attributes. */
static bool is_read_elsewhere(const struct source *s, const char *key)
{
    static const char *const keys[] = {"name", "id", "tags", "ignore", "ports", LBMETA_ATTR_PORT};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return !s->config->strict &&
           (service_option_is(key) ||
            !strncmp(key, PROBE_LABELS_PREFIX, sizeof PROBE_LABELS_PREFIX - 1));
}

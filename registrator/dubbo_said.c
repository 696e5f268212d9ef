#include "registrator/dubbo_said.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

#define NAME_MAX_BYTES 255
#define METHODS_MAX 4096 /* bytes of the list */
#define WEIGHT_MAX 10000
#define PARAMS_MAX 32
#define PARAMS_BYTES 1024

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define NAME_CHARS LETTERS DIGITS "._$"       /* of a Java name */
#define WORD_CHARS LETTERS DIGITS "._-"       /* of a version, a group, an application */
#define VALUE_CHARS LETTERS DIGITS "._-*/:+~" /* of a parameter: nothing that ends it */

struct word {
    const char *name;
    int (*set)(struct dubbo_said *s, const char *value, struct err **err);
};

static int set_services(struct dubbo_said *s, const char *value, struct err **err);
static int set_methods(struct dubbo_said *s, const char *value, struct err **err);
static int set_weight(struct dubbo_said *s, const char *value, struct err **err);
static int set_protocol(struct dubbo_said *s, const char *value, struct err **err);
static int set_application(struct dubbo_said *s, const char *value, struct err **err);
static int set_params(struct dubbo_said *s, const char *value, struct err **err);
static int add_service(struct dubbo_said *s, const char *item, struct err **err);
static int add_param(struct dubbo_said *s, const char *item, struct err **err);
static bool is_of(const char *text, const char *characters);
static bool is_word_or_none(const char *text);
static const char *said(const struct kvs *env, const struct kvs *labels, const char *key);
static void check_key(const char *key, const uint16_t *ports, size_t n, const char *subject,
                      struct problems *problems);

static const struct word words[] = {
    {"", set_services},         {"methods", set_methods},         {"weight", set_weight},
    {"protocol", set_protocol}, {"application", set_application}, {"params", set_params},
};

void dubbo_said_done(struct dubbo_said *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->v[i].interface);
        free(s->v[i].version);
        free(s->v[i].group);
    }
    free(s->v);
    free(s->methods);
    free(s->protocol);
    free(s->application);
    kvs_done(&s->params);
    *s = (struct dubbo_said){0};
}

int dubbo_said_set(struct dubbo_said *s, const char *word, const char *value, struct err **err)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(words[i].name, word))
            return words[i].set(s, value, err);
    return err_set(err, "there are methods, weight, protocol, application and params");
}

void dubbo_said_read(const struct kvs *env, const struct kvs *labels, uint16_t port,
                     const char *subject, struct dubbo_said *ret, struct problems *problems)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const char *name = words[i].name;
        CLEAN(free_str)
        char *key = xasprintf(DUBBO_LABEL "%u%s%s", port, *name ? "." : "", name);
        const char *value = said(env, labels, key);
        CLEAN(err) struct err *err = NULL;

        if (!value || !words[i].set(ret, value, &err))
            continue;
        CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
        text_add_shown(&shown, value);
        problems_add(problems, subject, "%s=%s: the port is no Dubbo provider: %s", key,
                     sbuf_str(&shown), err_msg(err));
        dubbo_said_done(ret);
        return;
    }
}

void dubbo_said_check(const struct kvs *env, const struct kvs *labels, const uint16_t *ports,
                      size_t n, const char *subject, struct problems *problems)
{
    const struct kvs *both[] = {labels, env};

    for (size_t i = 0; i < ARRAY_LEN(both); i++)
        for (size_t k = 0; k < both[i]->n; k++)
            if (!strncmp(both[i]->v[k].key, DUBBO_LABEL, strlen(DUBBO_LABEL)))
                check_key(both[i]->v[k].key, ports, n, subject, problems);
}

/* Calls 'add' for each item of the comma list. */
static int each(struct dubbo_said *s, const char *value,
                int (*add)(struct dubbo_said *s, const char *item, struct err **err),
                struct err **err)
{
    for (const char *p = value; *p;) {
        size_t len = strcspn(p, ","), start = strspn(p, " \t");

        start = start < len ? start : len;
        CLEAN(free_str) char *item = xstrndup(p + start, len - start);
        for (size_t end = strlen(item); end && strchr(" \t", item[end - 1]); end--)
            item[end - 1] = '\0';
        p += len + (p[len] == ',');
        if (*item && add(s, item, err))
            return -1;
    }
    return 0;
}

static int set_services(struct dubbo_said *s, const char *value, struct err **err)
{
    if (each(s, value, add_service, err))
        return -1;
    return s->n ? 0 : err_set(err, "say interface[:version[:group]], as in com.acme.Greeting:1.0");
}

/* An empty version, as in "com.acme.Greeting::blue", is none. */
static int add_service(struct dubbo_said *s, const char *item, struct err **err)
{
    CLEAN(free_str) char *text = xstrdup(item);
    char *version = strchr(text, ':'), *group = NULL;

    if (version) {
        *version++ = '\0';
        group = strchr(version, ':');
    }
    if (group)
        *group++ = '\0';
    if (!is_of(text, NAME_CHARS) || strlen(text) > NAME_MAX_BYTES || text[0] == '.')
        return err_set(err, "an interface is a Java name of letters, digits, '.', '_' and '$'");
    if (!is_word_or_none(version) || !is_word_or_none(group))
        return err_set(err, "version and group have letters, digits, '.', '-' and '_', %d at most",
                       NAME_MAX_BYTES);
    if (s->n >= DUBBO_SERVICES_MAX)
        return err_set(err, "a port has at most %d of them", DUBBO_SERVICES_MAX);
    s->v = xgrow(s->v, s->n, &s->cap, sizeof *s->v);
    s->v[s->n++] = (struct dubbo_service){
        .interface = xstrdup(text),
        .version = version && *version ? xstrdup(version) : NULL,
        .group = group && *group ? xstrdup(group) : NULL,
    };
    return 0;
}

static int set_methods(struct dubbo_said *s, const char *value, struct err **err)
{
    if (!is_of(value, NAME_CHARS ",") || strlen(value) > METHODS_MAX)
        return err_set(err, "methods are Java names with commas between them, at most %d bytes",
                       METHODS_MAX);
    free(s->methods);
    s->methods = xstrdup(value);
    return 0;
}

static int set_weight(struct dubbo_said *s, const char *value, struct err **err)
{
    uint16_t weight;

    if (text_port(value, &weight) || weight > WEIGHT_MAX)
        return err_set(err, "a weight is a number from 1 to %d", WEIGHT_MAX);
    s->weight = weight;
    return 0;
}

static int set_protocol(struct dubbo_said *s, const char *value, struct err **err)
{
    if (strcmp(value, "dubbo") && strcmp(value, "tri") && strcmp(value, "rest"))
        return err_set(err, "the protocol is dubbo, tri or rest");
    free(s->protocol);
    s->protocol = xstrdup(value);
    return 0;
}

static int set_application(struct dubbo_said *s, const char *value, struct err **err)
{
    if (!is_of(value, WORD_CHARS) || strlen(value) > NAME_MAX_BYTES)
        return err_set(err, "an application's name has letters, digits, '.', '-' and '_'");
    free(s->application);
    s->application = xstrdup(value);
    return 0;
}

static int set_params(struct dubbo_said *s, const char *value, struct err **err)
{
    if (strlen(value) > PARAMS_BYTES)
        return err_set(err, "the parameters may have %d bytes", PARAMS_BYTES);
    if (each(s, value, add_param, err))
        return -1;
    kvs_sort(&s->params);
    return 0;
}

/* What berth itself says is refused: a consumer would believe either. */
static int add_param(struct dubbo_said *s, const char *item, struct err **err)
{
    static const char *const own[] = {
        "anyhost", "application", "category", "dubbo", "dynamic",   "enabled", "group",
        "methods", "interface",   "protocol", "side",  "timestamp", "version", "weight",
    };
    const char *value = strchr(item, '=');

    if (!value)
        return err_set(err, "say parameters as timeout=3000,retries=0");
    CLEAN(free_str) char *key = xstrndup(item, (size_t)(value++ - item));
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (!strcmp(own[i], key))
            return err_set(err, "the parameter %s is said elsewhere", own[i]);
    if (!is_of(key, WORD_CHARS) || !is_of(value, VALUE_CHARS) || !strncmp(key, "berth.", 6))
        return err_set(err, "a parameter is a word, '=', and letters, digits or ._-*/:+~");
    if (s->params.n >= PARAMS_MAX)
        return err_set(err, "there may be %d parameters", PARAMS_MAX);
    kvs_set(&s->params, key, value);
    return 0;
}

/* Has 'text' those characters alone, and at least one? */
static bool is_of(const char *text, const char *characters)
{
    return *text && text[strspn(text, characters)] == '\0';
}

static bool is_word_or_none(const char *text)
{
    return !text || !*text || (is_of(text, WORD_CHARS) && strlen(text) <= NAME_MAX_BYTES);
}

/* An empty value counts as not said. */
static const char *said(const struct kvs *env, const struct kvs *labels, const char *key)
{
    const char *value = kvs_get(labels, key);

    if (!value || !*value)
        value = kvs_get(env, key);
    return value && *value ? value : NULL;
}

static bool is_word(const char *name)
{
    for (size_t i = 1; i < ARRAY_LEN(words); i++)
        if (!strcmp(words[i].name, name))
            return true;
    return false;
}

static void check_key(const char *key, const uint16_t *ports, size_t n, const char *subject,
                      struct problems *problems)
{
    const char *rest = key + strlen(DUBBO_LABEL), *dot = strchr(rest, '.');
    CLEAN(free_str) char *number = xstrndup(rest, strcspn(rest, "."));
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    uint16_t port;

    text_add_shown(&shown, key);
    if (text_port(number, &port) || (dot && !is_word(dot + 1))) {
        problems_add(problems, subject,
                     "the label %s is ignored; say " DUBBO_LABEL "<port> or " DUBBO_LABEL
                     "<port>.methods, .weight, .protocol, .application, .params",
                     sbuf_str(&shown));
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (ports[i] == port)
            return;
    problems_add(problems, subject,
                 "the label %s is ignored: the container has no TCP port %u; EXPOSE it or give it "
                 "to docker run with --expose",
                 sbuf_str(&shown), port);
}

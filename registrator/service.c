#include "registrator/service.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/marathon_env.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/metadata.h"
#include "registrator/naming.h"
#include "registrator/text.h"

#define TAGS_MAX 64 /* tags of one instance that are kept */
#define TAG_MAX 512 /* bytes */
#define UDP_TAG "udp"

static const char *said_name(const struct source *s);
static char *make_name(const struct source *s, const char *text, const char *said);
static unsigned suffix_number(const struct source *s);
static char *default_name(const struct source *s);
static void add_tags(const struct source *s, const char *from, const struct strv *tags,
                     struct strv *ret);
static unsigned read_weight(const struct source *s, const char *key);
static bool is_word(const char *value, const char *word);
static void report_ignored(const struct source *s, const char *key, const char *value,
                           const char *remedy);
static void report_changed(const struct source *s, const char *key, const char *said,
                           const char *used);
static void report_tag(const struct source *s, const char *from, const char *tag);

void service_names(const struct source *s, struct strv *ret)
{
    const char *said = said_name(s);
    struct strv names = {0};

    if (said && !s->config->strict)
        metadata_split_tags(said, &names);
    else if (said)
        strv_add(&names, said);
    if (!names.n)
        strv_add_take(&names, default_name(s));
    for (size_t i = 0; i < names.n; i++) {
        CLEAN(free_str) char *name = make_name(s, names.v[i], said);

        if (ret->n >= SERVICE_NAMES_MAX)
            problems_add(s->problems, s->subject, "a name is left out; use at most %d for a port",
                         SERVICE_NAMES_MAX);
        else if (!strv_contains(ret, name))
            strv_add(ret, name);
    }
    strv_done(&names);
}

char *service_id(const struct source *s, const char *alias, const struct reachable *way)
{
    const struct endpoint *e = s->e;
    const char *said = attrs_get(&s->attrs, "id");
    struct sbuf id = SBUF_INIT;
    char dial[IPADDR_STRLEN];
    bool changed;

    if (said)
        sbuf_adds(&id, said);
    else
        sbuf_addf(&id, "%s:%s:%u%s", s->config->node, e->container_name, e->container_port,
                  e->protocol == IPPROTO_UDP ? ":" UDP_TAG : "");
    if (alias)
        sbuf_addf(&id, "+%s", alias);
    if (way)
        sbuf_addf(&id, "@%s", ipaddr_format_port(&way->address, way->port, dial));
    char *made = naming_id(sbuf_str(&id), &changed);
    if (said && changed)
        report_changed(s, "id", said, made);
    sbuf_done(&id);
    return made;
}

void service_tags(const struct source *s, struct strv *ret)
{
    const char *said = attrs_get(&s->attrs, "tags");
    struct strv tags = {0};

    if (said)
        metadata_split_tags(said, &tags);
    add_tags(s, NULL, &tags, ret);
    strv_done(&tags);
    if (s->e->tags)
        add_tags(s, "the template of the tags", s->e->tags, ret);
    if (s->e->protocol == IPPROTO_UDP)
        strv_add(ret, UDP_TAG);
}

void service_options(const struct source *s, struct instance *i)
{
    const char *value = attrs_get(&s->attrs, "enable_tag_override");
    unsigned weight = read_weight(s, "weight");
    unsigned passing = read_weight(s, "weight_passing");

    i->weight = passing ? passing : weight;
    i->weight_warning = read_weight(s, "weight_warning");
    if (!value)
        return;
    i->tag_override = is_word(value, "true") || is_word(value, "yes") || is_word(value, "1");
    if (!i->tag_override && !is_word(value, "false") && !is_word(value, "no") &&
        !is_word(value, "0"))
        report_ignored(s, "enable_tag_override", value, "use true or false");
}

bool service_option_is(const char *key)
{
    static const char *const keys[] = {"weight", "weight_passing", "weight_warning",
                                       "enable_tag_override"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return false;
}

/* What is said for the port counts first, then SERVICE_PORTS. */
static const char *said_name(const struct source *s)
{
    const char *said = attrs_get(&s->attrs, "name");

    return s->listed_name && !attrs_from_port(&s->attrs, "name") ? s->listed_name : said;
}

/* 'text' as a name that can be registered. 'said' is what it comes from, NULL: the default. */
static char *make_name(const struct source *s, const char *text, const char *said)
{
    char suffix[8] = "";
    bool changed;

    if (s->grouped && !s->listed_name && !attrs_from_port(&s->attrs, "name"))
        snprintf(suffix, sizeof suffix, "-%u", suffix_number(s));
    size_t max = SERVICE_NAME_MAX - strlen(suffix);
    bool only_dots = !text[strspn(text, ".")];
    if (!said && s->config->strict && !only_dots && strlen(text) <= max && text_is_clean(text))
        return xasprintf("%s%s", text, suffix);
    CLEAN(free_str) char *name = naming_service(text, max, &changed);
    if (said && changed)
        report_changed(s, "name", text, name);
    return xasprintf("%s%s", name, suffix);
}

/* The number that tells a container's ports apart. Those that Marathon gives to a task are others
 * in each one: there it is n of PORTn. */
static unsigned suffix_number(const struct source *s)
{
    const struct endpoint *e = s->e;
    bool given = s->config->app_name && marathon_env_app(e->env) &&
                 (e->reach == REACH_HOST || e->host_port == e->container_port);

    return given ? e->index : e->container_port;
}

/* An app gives its name before its image. An image that was run by its id has no name to give; its
 * container has. */
static char *default_name(const struct source *s)
{
    const struct endpoint *e = s->e;
    const char *app = s->config->app_name ? marathon_env_app(e->env) : NULL;
    char *name = app ? marathon_service_name(app, s->config->app_name) : NULL;

    if (name)
        return name;
    name = s->config->strict ? naming_from_image_strict(e->image) : naming_from_image(e->image);
    if (name)
        return name;
    if (*e->container_name)
        return xstrdup(e->container_name);
    return xstrndup(e->container_id, CONTAINER_ID_SHORT);
}

/* Appends those of 'tags' that can be registered; registrator turns each list round. 'from' is what
 * says them, NULL: a label. */
static void add_tags(const struct source *s, const char *from, const struct strv *tags,
                     struct strv *ret)
{
    for (size_t i = 0; i < tags->n; i++) {
        const char *tag = tags->v[s->config->strict ? tags->n - 1 - i : i];

        if (ret->n < TAGS_MAX && strlen(tag) <= TAG_MAX && text_is_clean(tag))
            strv_add(ret, tag);
        else
            report_tag(s, from, tag);
    }
}

/* 0: none is said, or 1, which is the same to registries. */
static unsigned read_weight(const struct source *s, const char *key)
{
    const char *value = attrs_get(&s->attrs, key);
    uint16_t weight;

    if (!value)
        return 0;
    if (!text_port(value, &weight))
        return weight > 1 ? weight : 0;
    report_ignored(s, key, value, "use a weight from 1 to 65535");
    return 0;
}

static bool is_word(const char *value, const char *word)
{
    return !strcasecmp(value, word);
}

static void report_ignored(const struct source *s, const char *key, const char *value,
                           const char *remedy)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    attrs_add_label(&text, &s->attrs, key);
    sbuf_addch(&text, '=');
    text_add_shown(&text, value);
    problems_add(s->problems, s->subject, "%s is ignored; %s", sbuf_str(&text), remedy);
}

static void report_changed(const struct source *s, const char *key, const char *said,
                           const char *used)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    attrs_add_label(&text, &s->attrs, key);
    sbuf_addch(&text, '=');
    text_add_shown(&text, said);
    sbuf_adds(&text, " is too long or has characters that cannot be registered; ");
    text_add_shown(&text, used);
    problems_add(s->problems, s->subject, "%s is used instead", sbuf_str(&text));
}

static void report_tag(const struct source *s, const char *from, const char *tag)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (from)
        sbuf_adds(&text, from);
    else
        attrs_add_label(&text, &s->attrs, "tags");
    sbuf_adds(&text, ": the tag ");
    text_add_shown(&text, tag);
    problems_add(s->problems, s->subject,
                 "%s is left out; use at most %d tags of at most %d bytes of UTF-8",
                 sbuf_str(&text), TAGS_MAX, TAG_MAX);
}

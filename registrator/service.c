#include "registrator/service.h"

#include <stdio.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/metadata.h"
#include "registrator/naming.h"
#include "registrator/text.h"

#define TAGS_MAX 64 /* tags of one instance that are kept */
#define TAG_MAX 512 /* bytes */
#define UDP_TAG "udp"

static char *default_name(const struct endpoint *e);
static void report_changed(const struct source *s, const char *key, const char *said,
                           const char *used);
static void report_tag(const struct source *s, const char *tag);

char *service_name(const struct source *s)
{
    const char *said = attrs_get(&s->attrs, "name");
    CLEAN(free_str) char *given = said ? NULL : default_name(s->e);
    char suffix[8] = "";
    bool changed;

    if (s->grouped && !attrs_from_port(&s->attrs, "name"))
        snprintf(suffix, sizeof suffix, "-%u", s->e->container_port);
    size_t max = SERVICE_NAME_MAX - strlen(suffix);
    CLEAN(free_str) char *name = naming_service(said ? said : given, max, &changed);
    if (said && changed)
        report_changed(s, "name", said, name);
    return xasprintf("%s%s", name, suffix);
}

char *service_id(const struct source *s)
{
    const struct endpoint *e = s->e;
    const char *said = attrs_get(&s->attrs, "id");
    bool changed;

    if (!said) {
        CLEAN(free_str)
        char *own = xasprintf("%s:%s:%u%s", s->node, e->container_name, e->container_port,
                              e->protocol == IPPROTO_UDP ? ":" UDP_TAG : "");
        return naming_id(own, &changed);
    }
    char *id = naming_id(said, &changed);
    if (changed)
        report_changed(s, "id", said, id);
    return id;
}

void service_tags(const struct source *s, struct strv *ret)
{
    const char *said = attrs_get(&s->attrs, "tags");
    struct strv tags = {0};

    if (said)
        metadata_split_tags(said, &tags);
    for (size_t i = 0; i < tags.n; i++) {
        if (ret->n < TAGS_MAX && strlen(tags.v[i]) <= TAG_MAX && text_is_clean(tags.v[i]))
            strv_add(ret, tags.v[i]);
        else
            report_tag(s, tags.v[i]);
    }
    strv_done(&tags);
    if (s->e->protocol == IPPROTO_UDP)
        strv_add(ret, UDP_TAG);
}

/* An image that was run by its id has no name to give; its container has. */
static char *default_name(const struct endpoint *e)
{
    char *name = naming_from_image(e->image);

    if (name)
        return name;
    if (*e->container_name)
        return xstrdup(e->container_name);
    return xstrndup(e->container_id, CONTAINER_ID_SHORT);
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

static void report_tag(const struct source *s, const char *tag)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    attrs_add_label(&text, &s->attrs, "tags");
    sbuf_adds(&text, ": the tag ");
    text_add_shown(&text, tag);
    problems_add(s->problems, s->subject,
                 "%s is left out; use at most %d tags of at most %d bytes of UTF-8",
                 sbuf_str(&text), TAGS_MAX, TAG_MAX);
}

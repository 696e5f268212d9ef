#include "registrator/adoption.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "registrator/roster.h"

static enum adoption_action judge(const char *node, const struct instance *other,
                                  const struct instances *wanted, const struct strv *running);
static char *container_of(const char *id, const char *node);
static bool is_same_service(const struct instance *wanted, const struct instance *other);
static size_t port_part(const char *s);

void adoptions_plan(const char *node, const struct instances *others,
                    const struct instances *wanted, const struct strv *running,
                    struct adoptions *ret)
{
    for (size_t i = 0; i < others->n; i++) {
        enum adoption_action action = judge(node, &others->v[i], wanted, running);

        if (action == ADOPTION_NONE)
            continue;
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        ret->v[ret->n++] = (struct adoption){action, &others->v[i]};
    }
}

void adoptions_done(struct adoptions *l)
{
    free(l->v);
    *l = (struct adoptions){0};
}

const char *adoption_action_name(enum adoption_action action)
{
    switch (action) {
    case ADOPTION_TAKE_OVER:
        return "take over";
    case ADOPTION_CLEAN_UP:
        return "clean up";
    case ADOPTION_KEEP:
        return "keep";
    case ADOPTION_CONFLICT:
        return "conflict";
    case ADOPTION_NONE:
        return "none";
    }
    return "?";
}

const char *adoption_reason(enum adoption_action action)
{
    switch (action) {
    case ADOPTION_TAKE_OVER:
        return "a running container has this id: it is registered over the old entry";
    case ADOPTION_CLEAN_UP:
        return "no container with this name runs here: it is deregistered with adopt = yes";
    case ADOPTION_KEEP:
        return "its container runs, but this port is not registered: it stays as it is";
    case ADOPTION_CONFLICT:
        return "a running container has this id, but the entry is somebody else's: the container "
               "is not registered; choose another SERVICE_ID";
    case ADOPTION_NONE:
        return "it is somebody else's";
    }
    return "?";
}

/* A service with an id of its own is registrator's where all else is the same. */
static enum adoption_action judge(const char *node, const struct instance *other,
                                  const struct instances *wanted, const struct strv *running)
{
    const struct instance *same_id = roster_find(wanted, other->id);
    CLEAN(free_str) char *container = *other->node ? NULL : container_of(other->id, node);

    if (same_id && (container || (!*other->node && is_same_service(same_id, other))))
        return ADOPTION_TAKE_OVER;
    if (same_id)
        return ADOPTION_CONFLICT;
    if (!container)
        return ADOPTION_NONE;
    return strv_contains(running, container) ? ADOPTION_KEEP : ADOPTION_CLEAN_UP;
}

/* The container in an id of registrator's on 'node', or NULL for another id; the caller frees it.
 * registrator's pattern: "^(.+?):([a-zA-Z0-9][a-zA-Z0-9_.-]+):[0-9]+(?::udp)?$". */
static char *container_of(const char *id, const char *node)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t len = strlen(node);

    if (!len || strncmp(id, node, len) || id[len] != ':')
        return NULL;
    const char *name = id + len + 1;
    size_t name_len = strspn(name, characters);
    if (name_len < 2 || !isalnum((unsigned char)*name))
        return NULL;
    const char *rest = name + name_len;
    rest += port_part(rest);
    if (rest == name + name_len || (*rest && strcmp(rest, ":udp")))
        return NULL;
    return xstrndup(name, name_len);
}

static bool is_same_service(const struct instance *wanted, const struct instance *other)
{
    return wanted->port == other->port && !strcmp(wanted->service, other->service) &&
           other->address && !strcmp(wanted->address, other->address);
}

/* Bytes of the ":<digits>" that 's' begins with, or 0. */
static size_t port_part(const char *s)
{
    size_t digits = *s == ':' ? strspn(s + 1, "0123456789") : 0;

    return digits ? digits + 1 : 0;
}

#include "agent/selection.h"

#include <stdarg.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/attrs.h"

static void note_without_ports(const struct inventory *inv, struct strv *notes);
static void select_port(const struct selection *s, struct endpoint *e, struct strv *notes);
static void use_own_address(struct endpoint *e);
static struct ipaddr label_address(const struct selection *s, const struct endpoint *e,
                                   struct strv *notes);
static bool is_left_out(const struct selection *s, const struct endpoint *e);
static void leave_out(struct endpoint *e);
static void drop_doubles(struct endpoints *e);
static void note(struct strv *notes, const char *container_id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void selection_apply(const struct selection *s, const struct inventory *inv, struct endpoints *e,
                     struct strv *notes)
{
    if (!notes && !s->published_only && !s->internal && !s->explicit_only && !s->ip.family &&
        !*s->ip_from_label)
        return;
    note_without_ports(inv, notes);
    for (size_t i = 0; i < e->n; i++)
        select_port(s, &e->v[i], notes);
    drop_doubles(e);
    if (notes)
        strv_sort_unique(notes);
}

static void note_without_ports(const struct inventory *inv, struct strv *notes)
{
    for (size_t i = 0; i < inv->n; i++)
        if (inv->v[i].container && !inv->v[i].container->n_ports)
            note(notes, inv->v[i].id, "no published ports");
}

static void select_port(const struct selection *s, struct endpoint *e, struct strv *notes)
{
    if (s->internal)
        use_own_address(e);
    else if (s->published_only && e->reach != REACH_PUBLISHED && e->reach != REACH_HOST)
        e->reach = REACH_NONE;
    if (e->reach == REACH_NONE) {
        note(notes, e->container_id, "port %u not published on host", e->container_port);
        return;
    }
    struct ipaddr from_label = label_address(s, e, notes);
    if (e->reach == REACH_DIRECT)
        e->container_addr = from_label.family ? from_label : e->container_addr;
    else if (from_label.family || s->ip.family)
        e->host_addr = from_label.family ? from_label : s->ip;
    if (is_left_out(s, e)) {
        note(notes, e->container_id, "service on port %u", e->container_port);
        leave_out(e);
    }
}

/* With the host's network the two are the same. */
static void use_own_address(struct endpoint *e)
{
    if (!e->container_addr.family)
        return;
    e->reach = REACH_DIRECT;
    e->host_addr = (struct ipaddr){0};
    e->host_port = 0;
}

/* The label's value up to its last slash, which begins a prefix length. */
static struct ipaddr label_address(const struct selection *s, const struct endpoint *e,
                                   struct strv *notes)
{
    const char *said = *s->ip_from_label ? kvs_get(e->labels, s->ip_from_label) : NULL;
    struct ipaddr a = {0};

    if (!*s->ip_from_label)
        return a;
    CLEAN(free_str) char *text = xstrdup(said ? said : "");
    char *slash = strrchr(text, '/');
    if (slash)
        *slash = '\0';
    if (ipaddr_parse(text, &a)) {
        a = (struct ipaddr){0};
        note(notes, e->container_id, "label without an address for port %u", e->container_port);
    }
    return a;
}

static bool is_left_out(const struct selection *s, const struct endpoint *e)
{
    struct attrs attrs;

    attrs_read(&attrs, e->env, e->labels, e->container_port);
    bool left_out = attrs_get(&attrs, "ignore") || (s->explicit_only && !attrs_get(&attrs, "name"));
    attrs_done(&attrs);
    return left_out;
}

/* It has no port to dial, but still counts where the container's ports are told apart by name. */
static void leave_out(struct endpoint *e)
{
    e->reach = REACH_ASSIGNED;
    e->host_port = 0;
}

/* Bindings of one port that are not told apart any more are one. */
static void drop_doubles(struct endpoints *e)
{
    size_t kept = 0;

    for (size_t i = 0; i < e->n; i++) {
        const struct endpoint *last = kept ? &e->v[kept - 1] : NULL;

        if (last && !endpoint_cmp(last, &e->v[i]) && last->reach == e->v[i].reach &&
            last->host_port == e->v[i].host_port &&
            !ipaddr_cmp(&last->host_addr, &e->v[i].host_addr))
            continue;
        e->v[kept++] = e->v[i];
    }
    e->n = kept;
}

static void note(struct strv *notes, const char *container_id, const char *format, ...)
{
    va_list args;

    if (!notes)
        return;
    va_start(args, format);
    CLEAN(free_str) char *text = xvasprintf(format, args);
    va_end(args);
    strv_add_take(notes, xasprintf("ignored: %.*s %s", CONTAINER_ID_SHORT, container_id, text));
}

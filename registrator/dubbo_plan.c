#include "registrator/dubbo_plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

static void add_marked(struct dubbo_plan *p, const struct dubbo_interface *i,
                       const struct dubbo_child *child, const struct dubbo_locals *locals);
static void add_suspect(struct dubbo_plan *p, const struct dubbo_interface *i,
                        const struct dubbo_child *child, const struct dubbo_locals *locals,
                        const char *node, bool repair, struct problems *problems);
static void repair_it(struct dubbo_plan *p, const struct dubbo_interface *i,
                      const struct dubbo_child *child, const struct dubbo_local *local,
                      const char *node);
static bool has_double(const struct dubbo_interface *i, const struct dubbo_child *child);
static bool is_superseded(const struct dubbo_interface *i, const struct dubbo_child *mirror,
                          const struct dubbo_local *local, const struct dubbo_locals *locals);
static bool same_service(const struct dubbo_url *a, const struct dubbo_url *b);
static void report_malformed(const struct dubbo_interface *i, struct problems *problems);
static void report_unreachable(const struct dubbo_interface *i, const struct dubbo_child *child,
                               const struct dubbo_local *local, const char *remedy,
                               struct problems *problems);

void dubbo_plan_add(struct dubbo_plan *ret, const struct dubbo_interface *i,
                    const struct dubbo_locals *locals, const char *node, bool repair,
                    struct problems *problems)
{
    if (i->malformed)
        report_malformed(i, problems);
    for (size_t n = 0; n < i->n; n++) {
        const struct dubbo_child *child = &i->v[n];

        if (child->ours || child->machine)
            add_marked(ret, i, child, locals);
        else
            add_suspect(ret, i, child, locals, node, repair, problems);
    }
}

void dubbo_plan_done(struct dubbo_plan *p)
{
    dubbo_nodes_done(&p->mirrors);
    dubbo_nodes_done(&p->seen);
    for (size_t i = 0; i < p->n_doomed; i++) {
        free(p->doomed[i].key);
        free(p->doomed[i].mirror);
    }
    free(p->doomed);
    *p = (struct dubbo_plan){0};
}

/* The node as it is there: written by hand, its name may be encoded in another way. */
static void add_seen(struct dubbo_nodes *l, const struct dubbo_interface *i,
                     const struct dubbo_child *child)
{
    dubbo_nodes_add(l, i->name, &child->url);
    struct dubbo_node *node = &l->v[l->n - 1];
    free(node->key);
    node->key = dubbo_node_key(i->name, child->name);
    node->shared = child->machine;
}

static void add_marked(struct dubbo_plan *p, const struct dubbo_interface *i,
                       const struct dubbo_child *child, const struct dubbo_locals *locals)
{
    const char *mark = child->ours ? kvs_get(&child->url.params, DUBBO_MARK_MIRROR) : NULL;
    const struct dubbo_local *local = mark ? dubbo_locals_of_mirror(locals, mark) : NULL;

    add_seen(&p->seen, i, child);
    if (local && local->serves && local->host && !strcmp(local->host, child->url.host) &&
        local->host_port == child->url.port && !is_superseded(i, child, local, locals))
        add_seen(&p->mirrors, i, child);
}

static void add_suspect(struct dubbo_plan *p, const struct dubbo_interface *i,
                        const struct dubbo_child *child, const struct dubbo_locals *locals,
                        const char *node, bool repair, struct problems *problems)
{
    const struct dubbo_local *local;

    switch (dubbo_locals_judge(locals, &child->url, &local)) {
    case DUBBO_VERDICT_FINE:
    case DUBBO_VERDICT_OLDER:
        return;
    case DUBBO_VERDICT_NO_WAY:
        p->unreachable++;
        report_unreachable(i, child, local, "no host port leads there: EXPOSE the port", problems);
        return;
    case DUBBO_VERDICT_UNREACHABLE:
        p->unreachable++;
        break;
    }
    if (!repair)
        report_unreachable(i, child, local,
                           "tell Dubbo DUBBO_IP_TO_REGISTRY and DUBBO_PORT_TO_REGISTRY before it "
                           "starts, or say [dubbo] repair = mirror",
                           problems);
    else if (has_double(i, child))
        report_unreachable(i, child, local,
                           "another provider says the same address, so it cannot be told whose it "
                           "is: it is not repaired; tell Dubbo DUBBO_IP_TO_REGISTRY",
                           problems);
    else if (local->serves)
        repair_it(p, i, child, local, node);
}

static void repair_it(struct dubbo_plan *p, const struct dubbo_interface *i,
                      const struct dubbo_child *child, const struct dubbo_local *local,
                      const char *node)
{
    struct dubbo_url mirror = {0};

    dubbo_local_mirror(local, &child->url, node, &mirror);
    dubbo_nodes_add(&p->mirrors, i->name, &mirror);
    dubbo_url_done(&mirror);
    p->doomed = xgrow(p->doomed, p->n_doomed, &p->cap_doomed, sizeof *p->doomed);
    p->doomed[p->n_doomed++] =
        (struct dubbo_doomed){.key = dubbo_node_key(i->name, child->name),
                              .mirror = xstrdup(p->mirrors.v[p->mirrors.n - 1].key)};
}

static bool has_double(const struct dubbo_interface *i, const struct dubbo_child *child)
{
    for (size_t n = 0; n < i->n; n++) {
        const struct dubbo_child *other = &i->v[n];

        if (other != child && !other->ours && !other->machine &&
            other->url.port == child->url.port && !strcmp(other->url.host, child->url.host) &&
            same_service(&other->url, &child->url))
            return true;
    }
    return false;
}

/* The provider has registered itself again, and says something else now. */
static bool is_superseded(const struct dubbo_interface *i, const struct dubbo_child *mirror,
                          const struct dubbo_local *local, const struct dubbo_locals *locals)
{
    for (size_t n = 0; n < i->n; n++) {
        const struct dubbo_child *other = &i->v[n];
        const struct dubbo_local *same = NULL;

        if (!other->ours && !other->machine && same_service(&other->url, &mirror->url) &&
            dubbo_locals_judge(locals, &other->url, &same) == DUBBO_VERDICT_UNREACHABLE &&
            same == local)
            return true;
    }
    return false;
}

static bool same_param(const struct dubbo_url *a, const struct dubbo_url *b, const char *key)
{
    const char *x = kvs_get(&a->params, key), *y = kvs_get(&b->params, key);

    return !strcmp(x ? x : "", y ? y : "");
}

static bool same_service(const struct dubbo_url *a, const struct dubbo_url *b)
{
    return !strcmp(a->protocol, b->protocol) && same_param(a, b, "version") &&
           same_param(a, b, "group");
}

static void report_malformed(const struct dubbo_interface *i, struct problems *problems)
{
    CLEAN(sbuf) struct sbuf subject = SBUF_INIT, shown = SBUF_INIT;

    sbuf_adds(&subject, "interface ");
    sbuf_add_printable(&subject, i->name);
    text_add_shown(&shown, i->example);
    problems_add(problems, sbuf_str(&subject),
                 "%zu of its %zu providers in ZooKeeper are no URL, as %s; berth leaves them alone",
                 i->malformed, i->total, sbuf_str(&shown));
}

static void report_unreachable(const struct dubbo_interface *i, const struct dubbo_child *child,
                               const struct dubbo_local *local, const char *remedy,
                               struct problems *problems)
{
    CLEAN(sbuf) struct sbuf subject = SBUF_INIT, name = SBUF_INIT;

    sbuf_adds(&subject, "container ");
    sbuf_add_printable(&subject, *local->name ? local->name : local->container);
    sbuf_add_printable(&name, i->name);
    problems_add(problems, sbuf_str(&subject),
                 "it registered %s in ZooKeeper as %s:%u, which is its own address and unreachable "
                 "from other hosts; %s",
                 sbuf_str(&name), child->url.host, child->url.port, remedy);
}

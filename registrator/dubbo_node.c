#include "registrator/dubbo_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define PROTOCOL_VERSION "2.0.2" /* of Dubbo's protocol, which all releases speak */

static void add_number(struct kvs *params, const char *key, long long n);
static char *title_of(const char *interface, const struct dubbo_url *url);
static int compare(const void *a, const void *b);
static void node_done(struct dubbo_node *n);

void dubbo_place_url(const struct dubbo_place *p, const struct dubbo_said *said,
                     const struct dubbo_service *service, struct dubbo_url *ret)
{
    const char *protocol = said->protocol ? said->protocol : "dubbo";
    struct kvs *params = &ret->params;

    ret->protocol = xstrdup(protocol);
    ret->host = xstrdup(p->host);
    ret->port = p->port;
    ret->path = xstrdup(service->interface);
    kvs_copy(params, &said->params);
    kvs_add(params, "anyhost", "true");
    kvs_add(params, "application", said->application ? said->application : service->interface);
    if (p->mark)
        kvs_add(params, p->mark, p->mark_value);
    kvs_add(params, "category", "providers");
    kvs_add(params, "deprecated", "false");
    kvs_add(params, "dubbo", PROTOCOL_VERSION);
    kvs_add(params, "dynamic", "true");
    kvs_add(params, "generic", "false");
    if (service->group)
        kvs_add(params, "group", service->group);
    kvs_add(params, "interface", service->interface);
    if (said->methods)
        kvs_add(params, "methods", said->methods);
    kvs_add(params, "protocol", protocol);
    kvs_add(params, "side", "provider");
    if (p->started > 0.)
        add_number(params, "timestamp", (long long)(p->started * 1000.));
    if (service->version)
        kvs_add(params, "version", service->version);
    if (said->weight)
        add_number(params, "weight", said->weight);
    kvs_sort(params);
}

void dubbo_nodes_add_said(struct dubbo_nodes *l, const struct dubbo_place *p,
                          const struct dubbo_said *said)
{
    for (size_t i = 0; i < said->n; i++) {
        struct dubbo_url url = {0};

        dubbo_place_url(p, said, &said->v[i], &url);
        dubbo_nodes_add(l, said->v[i].interface, &url);
        l->v[l->n - 1].trace = p->trace;
        dubbo_url_done(&url);
    }
}

void dubbo_nodes_add(struct dubbo_nodes *l, const char *interface, const struct dubbo_url *url)
{
    CLEAN(sbuf) struct sbuf name = SBUF_INIT;

    dubbo_url_add_name(&name, url);
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct dubbo_node){
        .key = dubbo_node_key(interface, sbuf_str(&name)),
        .title = title_of(interface, url),
        .port = url->port,
        .shared = kvs_get(&url->params, DUBBO_MARK_FILE) != NULL,
    };
}

void dubbo_nodes_sort(struct dubbo_nodes *l)
{
    size_t kept = 0;

    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
    for (size_t i = 0; i < l->n; i++) {
        if (kept && !compare(&l->v[kept - 1], &l->v[i]))
            node_done(&l->v[i]);
        else
            l->v[kept++] = l->v[i];
    }
    l->n = kept;
}

void dubbo_nodes_done(struct dubbo_nodes *l)
{
    for (size_t i = 0; i < l->n; i++)
        node_done(&l->v[i]);
    free(l->v);
    *l = (struct dubbo_nodes){0};
}

char *dubbo_node_key(const char *interface, const char *name)
{
    return xasprintf("%s/providers/%s", interface, name);
}

static void add_number(struct kvs *params, const char *key, long long n)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%lld", n);
    kvs_add(params, key, digits);
}

static char *title_of(const char *interface, const struct dubbo_url *url)
{
    const char *version = kvs_get(&url->params, "version");
    const char *group = kvs_get(&url->params, "group");

    return xasprintf("%s%s%s%s%s at %s:%u", interface, version || group ? ":" : "",
                     version ? version : "", group ? ":" : "", group ? group : "", url->host,
                     url->port);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct dubbo_node *)a)->key, ((const struct dubbo_node *)b)->key);
}

static void node_done(struct dubbo_node *n)
{
    free(n->key);
    free(n->title);
}

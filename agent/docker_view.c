#include "agent/docker_view.h"

#include <stdlib.h>
#include <string.h>

#include "agent/container.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define ICC_OPTION "com.docker.network.bridge.enable_icc"

static void add_container(struct docker_view *view, const json_t *doc);
static const char *first_name(const json_t *doc);
static int compare(const void *a, const void *b);

void docker_view_done(struct docker_view *view)
{
    free(view->firewall);
    strv_done(&view->isolated);
    for (size_t i = 0; i < view->n; i++) {
        free(view->v[i].name);
        strv_done(&view->v[i].addrs);
    }
    free(view->v);
    *view = (struct docker_view){0};
}

void docker_view_add_info(struct docker_view *view, const json_t *doc)
{
    const char *driver = json_str(json_obj(doc, "FirewallBackend"), "Driver");

    free(view->firewall);
    view->firewall = driver ? xstrdup(driver) : NULL;
}

void docker_view_add_networks(struct docker_view *view, const json_t *doc)
{
    const json_t *network;
    size_t i;

    json_array_foreach(doc, i, network) {
        const char *name = json_str(network, "Name");
        const char *icc = json_str(json_obj(network, "Options"), ICC_OPTION);

        if (name && icc && !strcmp(icc, "false"))
            strv_add(&view->isolated, name);
        view->ipv6 |= json_is_true(json_object_get(network, "EnableIPv6"));
    }
}

void docker_view_add_containers(struct docker_view *view, const json_t *doc)
{
    const json_t *container;
    size_t i;

    json_array_foreach(doc, i, container)
        add_container(view, container);
    if (view->n)
        qsort(view->v, view->n, sizeof *view->v, compare);
}

const struct docker_view_container *docker_view_find(const struct docker_view *view, const char *id)
{
    return view->n ? bsearch(id, view->v, view->n, sizeof *view->v, compare) : NULL;
}

static void add_container(struct docker_view *view, const json_t *doc)
{
    struct docker_view_container c = {0};
    const char *id = json_str(doc, "Id"), *name = first_name(doc);
    json_t *network;

    if (!id || !container_id_valid(id))
        return;
    memcpy(c.id, id, CONTAINER_ID_LEN);
    c.name = name ? xstrdup(name) : NULL;
    json_object_foreach(json_obj(json_obj(doc, "NetworkSettings"), "Networks"), name, network) {
        const char *addrs[] = {json_str(network, "IPAddress"),
                               json_str(network, "GlobalIPv6Address")};

        for (size_t i = 0; i < ARRAY_LEN(addrs); i++)
            if (addrs[i] && *addrs[i])
                strv_add(&c.addrs, addrs[i]);
    }
    view->v = xgrow(view->v, view->n, &view->cap, sizeof *view->v);
    view->v[view->n++] = c;
}

/* "Names": ["/web-1"], and more for each link to it; without the slash. Or NULL. */
static const char *first_name(const json_t *doc)
{
    const char *name = json_string_value(json_array_get(json_arr(doc, "Names"), 0));

    return name && *name == '/' ? name + 1 : name;
}

/* The id is the first member: a pointer to it is one to the container. */
static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

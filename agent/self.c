#include "agent/self.h"

#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent_config.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/reachable.h"
#include "registrator/text.h"

#define TEXT_TYPE "text/plain"
#define PATH "/v1/self"

static void answer(void *arg, const char *path, struct admin_request *r);
static const struct container *find(const struct agent *a, const struct ipaddr *peer);
static void answer_all(const struct agent *a, const struct container *c, const struct ipaddr *peer,
                       struct admin_request *r);
static void answer_port(const struct agent *a, const struct ipaddr *peer, const char *text,
                        struct admin_request *r);
static size_t same_port(const struct endpoints *l, size_t at, const struct ipaddr *peer);
static bool dial(const struct agent *a, const struct endpoint *v, size_t n, struct reachable *ret);
static json_t *port_json(const struct agent *a, const struct endpoint *v, size_t n);

static const struct admin_path paths[] = {
    {PATH, ADMIN_READ, answer},
    {PATH "/", ADMIN_READ | ADMIN_BENEATH, answer},
};

struct admin *self_new(struct agent *a, const char *address, struct err **err)
{
    const struct admin_config config = {.address = address,
                                        .strangers = true,
                                        .paths = paths,
                                        .n_paths = ARRAY_LEN(paths),
                                        .arg = a};

    return admin_new(a->loop, &config, err);
}

static void answer(void *arg, const char *path, struct admin_request *r)
{
    const struct agent *a = arg;
    struct ipaddr peer = {0};
    const struct container *c = admin_request_peer(r, &peer) ? NULL : find(a, &peer);
    char text[IPADDR_STRLEN];
    size_t len = strlen(PATH);

    if (!c)
        admin_reply(r, 404, TEXT_TYPE,
                    xasprintf("no container with the address %s is known; if you are one that has "
                              "just started, ask again\n",
                              ipaddr_format(&peer, text)));
    else if (path[len])
        answer_port(a, &peer, path + len + 1, r);
    else
        answer_all(a, c, &peer, r);
}

/* The one container that has the address. Of two, nobody knows which one asks; and one of which
 * there is news may have left its address to the one that asks. */
static const struct container *find(const struct agent *a, const struct ipaddr *peer)
{
    const struct inventory *inv = docker_inventory(a->docker);
    const struct container *found = NULL;

    if (!docker_is_connected(a->docker))
        return NULL;
    for (size_t i = 0; peer->family && i < inv->n; i++) {
        const struct container *c = inv->v[i].container;

        for (size_t n = 0; c && n < c->n_networks; n++) {
            if (ipaddr_cmp(&c->networks[n].addr, peer) && ipaddr_cmp(&c->networks[n].addr6, peer))
                continue;
            if ((found && found != c) || inv->v[i].dirty || inv->v[i].in_flight)
                return NULL;
            found = c;
        }
    }
    return found;
}

static void answer_all(const struct agent *a, const struct container *c, const struct ipaddr *peer,
                       struct admin_request *r)
{
    CLEAN(json) json_t *doc = json_object();
    json_t *ports = json_array();
    struct endpoints l = {0};
    char text[IPADDR_STRLEN];

    agent_endpoints(a, &l);
    json_set_str(doc, "node", a->node);
    json_set_str(doc, "address", ipaddr_format(&a->address, text));
    json_set_str(doc, "address6", a->address6.family ? ipaddr_format(&a->address6, text) : NULL);
    json_set_str(doc, "container_id", c->id);
    json_set_str(doc, "container", c->name);
    for (size_t i = 0, n; i < l.n; i += n ? n : 1) {
        n = same_port(&l, i, peer);
        if (n)
            json_array_append_new(ports, port_json(a, &l.v[i], n));
    }
    json_object_set_new(doc, "ports", ports);
    endpoints_done(&l);
    admin_reply(r, 200, "application/json", json_dumps(doc, JSON_COMPACT));
}

static void answer_port(const struct agent *a, const struct ipaddr *peer, const char *text,
                        struct admin_request *r)
{
    struct endpoints l = {0};
    struct reachable way = {0};
    bool found = false, known = false;
    uint16_t port;
    char host[IPADDR_STRLEN];

    if (text_port(text, &port)) {
        admin_reply(r, 400, TEXT_TYPE, xstrdup("say a port from 1 to 65535\n"));
        return;
    }
    agent_endpoints(a, &l);
    for (size_t i = 0, n; i < l.n && !found; i += n ? n : 1) {
        n = same_port(&l, i, peer);
        if (!n || l.v[i].container_port != port || l.v[i].protocol != IPPROTO_TCP)
            continue;
        known = true;
        found = dial(a, &l.v[i], n, &way);
    }
    endpoints_done(&l);
    if (found)
        admin_reply(r, 200, TEXT_TYPE,
                    xasprintf("%s %u\n", ipaddr_format(&way.address, host), way.port));
    else
        admin_reply(r, known ? 503 : 404, TEXT_TYPE,
                    xasprintf(known ? "port %u has no host port yet; ask again\n"
                                    : "you have no TCP port %u: EXPOSE it\n",
                              port));
}

/* How many endpoints from 'at' on are one port behind the address; 0: it is not behind it. */
static size_t same_port(const struct endpoints *l, size_t at, const struct ipaddr *peer)
{
    const struct endpoint *first = &l->v[at];
    size_t n = 1;

    if (ipaddr_cmp(&first->container_addr, peer) && ipaddr_cmp(&first->container_addr6, peer))
        return 0;
    while (at + n < l->n && !endpoint_cmp(first + n, first))
        n++;
    return n;
}

static bool dial(const struct agent *a, const struct endpoint *v, size_t n, struct reachable *ret)
{
    struct registrator_config config = agent_registrator_config(a);
    struct reachable *ways = xcalloc(n, sizeof *ways);
    size_t found = reachable_from_endpoints(&config, v, n, ways);

    *ret = *ways;
    free(ways);
    return found;
}

static json_t *port_json(const struct agent *a, const struct endpoint *v, size_t n)
{
    json_t *doc = json_object();
    struct reachable way;
    bool found = dial(a, v, n, &way);
    char text[IPADDR_STRLEN];

    json_object_set_new(doc, "port", json_integer(v->container_port));
    json_set_str(doc, "protocol", protocol_name(v->protocol));
    json_set_str(doc, "address", found ? ipaddr_format(&way.address, text) : NULL);
    json_object_set_new(doc, "host_port", found ? json_integer(way.port) : json_null());
    return doc;
}

#include "agent/portmap_list.h"

#include <ev.h>
#include <stdio.h>

#include "agent/table.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define ANSWER_SECONDS 5.
#define ANSWER_MAX (64 * 1024 * 1024) /* bytes */
#define URL "http://docker/containers/json"

static char *host_port_text(const struct mapping *m);
static char *targets_text(const struct mapping *m);
static json_t *address_doc(const struct ipaddr *a);
static void ask_docker(const char *socket, struct docker_view *ret);
static void on_answer(void *arg, const struct http_answer *answer);
static const char *name_of(const struct docker_view *docker, const char *id);
static json_t *mapping_doc(const struct mapping *m, const struct docker_view *docker);
static json_t *resting_docs(const struct kernel_view *view);

int portmap_list_print(unsigned mark, const char *socket, bool as_json, struct err **err)
{
    struct kernel *kernel = kernel_new(mark, err);
    struct kernel_view view = {0};
    struct docker_view docker = {0};
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(json) json_t *doc = NULL;
    int r = kernel ? kernel_look(kernel, &view, err) : -1;

    if (!r && view.n_leases)
        ask_docker(socket, &docker);
    if (!r && as_json) {
        doc = portmap_list_json(&view, &docker);
        json_dumpf(doc, stdout, JSON_INDENT(2));
        putchar('\n');
    } else if (!r) {
        portmap_list_text(&view, &docker, &text);
        fputs(sbuf_str(&text), stdout);
    }
    docker_view_done(&docker);
    kernel_view_done(&view);
    kernel_free(kernel);
    return r;
}

void portmap_list_text(const struct kernel_view *view, const struct docker_view *docker,
                       struct sbuf *out)
{
    static const char *const heading[] = {"HOST PORT", "CONTAINER", "ADDRESS"};
    struct table t = {.columns = ARRAY_LEN(heading)};
    const struct elements *resting = &view->tables[0].sets[RULESET_QUARANTINE];

    for (size_t i = 0; i < ARRAY_LEN(heading); i++)
        table_add(&t, heading[i]);
    for (size_t i = 0; i < view->n_leases; i++) {
        const struct mapping *m = &view->leases[i];
        const char *name = name_of(docker, m->container_id);
        CLEAN(free_str) char *port = host_port_text(m);
        CLEAN(free_str) char *targets = targets_text(m);
        CLEAN(free_str) char *id = xstrndup(m->container_id, CONTAINER_ID_SHORT);

        table_add(&t, port);
        table_add(&t, name ? name : id);
        table_add(&t, targets);
    }
    table_print(&t, out);
    table_done(&t);
    if (resting->n)
        sbuf_addf(out, "\n%zu freed port%s at rest\n", resting->n, resting->n == 1 ? "" : "s");
}

json_t *portmap_list_json(const struct kernel_view *view, const struct docker_view *docker)
{
    json_t *doc = json_object(), *mappings = json_array();

    for (size_t i = 0; i < view->n_leases; i++)
        json_array_append_new(mappings, mapping_doc(&view->leases[i], docker));
    json_object_set_new(doc, "mappings", mappings);
    json_object_set_new(doc, "resting", resting_docs(view));
    return doc;
}

/* "28001/tcp", or with the one address of the host; the caller frees it. */
static char *host_port_text(const struct mapping *m)
{
    char addr[IPADDR_STRLEN];

    if (mapping_is_everywhere(m))
        return xasprintf("%u/%s", m->host_port, protocol_name(m->protocol));
    return xasprintf("%s/%s", ipaddr_format_port(&m->host_addr, m->host_port, addr),
                     protocol_name(m->protocol));
}

/* The container's ends, IPv4 first; the caller frees it. */
static char *targets_text(const struct mapping *m)
{
    char v4[IPADDR_STRLEN] = "", v6[IPADDR_STRLEN] = "";

    if (m->container_addr.family)
        ipaddr_format_port(&m->container_addr, m->container_port, v4);
    if (m->container_addr6.family)
        ipaddr_format_port(&m->container_addr6, m->container_port, v6);
    return xasprintf("%s%s%s", v4, *v4 && *v6 ? " " : "", v6);
}

static json_t *address_doc(const struct ipaddr *a)
{
    char text[IPADDR_STRLEN];

    return a->family ? json_string(ipaddr_format(a, text)) : json_null();
}

/* Without an answer there are no names. */
static void ask_docker(const char *socket, struct docker_view *ret)
{
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);

    http_start(http, &(struct http_call){.url = URL,
                                         .unix_socket = socket,
                                         .max_body = ANSWER_MAX,
                                         .timeout = ANSWER_SECONDS,
                                         .on_done = on_answer,
                                         .arg = ret});
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    CLEAN(json) json_t *doc = NULL;

    if (http_answer_ok(answer))
        doc = json_parse(answer->body, answer->len, NULL);
    if (doc)
        docker_view_add_containers(arg, doc);
}

/* NULL: not known. */
static const char *name_of(const struct docker_view *docker, const char *id)
{
    const struct docker_view_container *c = docker_view_find(docker, id);

    return c ? c->name : NULL;
}

static json_t *mapping_doc(const struct mapping *m, const struct docker_view *docker)
{
    const struct ipaddr everywhere = ipaddr_any4();
    json_t *doc = json_object();

    json_set_str(doc, "protocol", protocol_name(m->protocol));
    json_object_set_new(doc, "host_address",
                        address_doc(mapping_is_everywhere(m) ? &everywhere : &m->host_addr));
    json_object_set_new(doc, "host_port", json_integer(m->host_port));
    json_object_set_new(doc, "container_address", address_doc(&m->container_addr));
    json_object_set_new(doc, "container_address6", address_doc(&m->container_addr6));
    json_object_set_new(doc, "container_port", json_integer(m->container_port));
    json_set_str(doc, "container_id", m->container_id);
    json_set_str(doc, "container_name", name_of(docker, m->container_id));
    return doc;
}

static json_t *resting_docs(const struct kernel_view *view)
{
    const struct elements *resting = &view->tables[0].sets[RULESET_QUARANTINE];
    json_t *list = json_array();
    struct rest r;

    for (size_t i = 0; i < resting->n; i++) {
        if (element_to_rest(&resting->v[i], 0., &r))
            continue;
        json_t *doc = json_object();
        json_set_str(doc, "protocol", protocol_name(r.protocol));
        json_object_set_new(doc, "host_port", json_integer(r.host_port));
        json_object_set_new(doc, "seconds", json_real(r.ends));
        json_array_append_new(list, doc);
    }
    return list;
}

#include "agent/explain_state.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "agent/explain.h"
#include "agent/procfs.h"
#include "agent/said.h"
#include "agent/state.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/xmalloc.h"
#include "portmap/holder.h"

#define PROC_MAX (16 * 1024 * 1024) /* bytes of one of the kernel's tables */

static json_t *said_json(const struct agent *a);
static json_t *listeners_json(const char *subject);

void explain_answer(const struct agent *a, json_t *state, struct admin_request *r)
{
    const char *subject = admin_request_query(r, "subject");

    if (!subject || !*subject || strlen(subject) > EXPLAIN_SUBJECT_MAX) {
        admin_reply(r, 400, "text/plain",
                    xstrdup("say /v1/explain?subject= and a container, a service or host:port\n"));
        return;
    }
    CLEAN(json) json_t *doc = json_copy(state);
    json_object_set_new(doc, "said", said_json(a));
    json_object_set_new(doc, "listeners", listeners_json(subject));
    CLEAN(json) json_t *answer = explain_subject(doc, subject);
    bool found = json_is_true(json_object_get(answer, "found"));
    admin_reply(r, found ? 200 : 404, "application/json", json_dumps(answer, JSON_COMPACT));
}

static json_t *said_json(const struct agent *a)
{
    json_t *list = json_array();
    struct endpoints endpoints = {0};

    agent_endpoints(a, &endpoints);
    for (size_t i = 0; i < endpoints.n; i++) {
        const struct endpoint *e = &endpoints.v[i];
        json_t *item = json_object(), *words = json_array();

        said_add(words, e->env, e->labels, e->container_port, e->index);
        json_set_str(item, "container_id", e->container_id);
        json_object_set_new(item, "container_port", json_integer(e->container_port));
        json_set_str(item, "protocol", protocol_name(e->protocol));
        json_object_set_new(item, "words", words);
        json_array_append_new(list, item);
    }
    endpoints_done(&endpoints);
    return list;
}

/* The port that 'subject' ends with; 0: none. */
static unsigned long asked_port(const char *subject)
{
    const char *colon = strrchr(subject, ':');

    return strtoul(colon ? colon + 1 : subject, NULL, 10);
}

/* A table that cannot be read lists nothing. Only the program of the port that 'subject' says is
 * looked for: it takes a walk through /proc. */
static json_t *listeners_json(const char *subject)
{
    static const struct {
        const char *path;
        uint8_t protocol;
    } tables[] = {{"/proc/net/tcp", IPPROTO_TCP},
                  {"/proc/net/tcp6", IPPROTO_TCP},
                  {"/proc/net/udp", IPPROTO_UDP},
                  {"/proc/net/udp6", IPPROTO_UDP}};
    unsigned long asked = asked_port(subject);
    struct procfs_listeners l = {0};
    struct holders holders = {0};
    json_t *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        CLEAN(free_str) char *text = file_read(tables[i].path, PROC_MAX, NULL, NULL);

        if (text)
            procfs_add_listeners(text, tables[i].protocol, &l);
    }
    for (size_t i = 0; i < l.n; i++) {
        json_t *item = json_object();

        json_set_str(item, "protocol", protocol_name(l.v[i].protocol));
        json_object_set_new(item, "port", json_integer(l.v[i].port));
        json_set_str(item, "program",
                     l.v[i].port == asked ? holders_name(&holders, l.v[i].protocol, l.v[i].port)
                                          : NULL);
        json_array_append_new(list, item);
    }
    free(l.v);
    holders_done(&holders);
    return list;
}

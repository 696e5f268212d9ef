#include "agent/docker_event.h"

#include <string.h>

#include "agent/container.h"
#include "lib/json.h"

static void read_container_event(const char *action, const json_t *actor,
                                 struct docker_event *event);
static void read_network_event(const char *action, const json_t *actor, struct docker_event *event);

int docker_event_parse(const char *line, size_t len, struct docker_event *ret, struct err **err)
{
    CLEAN(json) json_t *doc = json_parse(line, len, err);

    if (!doc)
        return -1;
    const char *type = json_str(doc, "Type"), *action = json_str(doc, "Action");
    const json_t *actor = json_obj(doc, "Actor");
    if (!type || !action || !actor)
        return err_set(err, "the event lacks Type, Action or Actor");

    struct docker_event event = {
        .time = (double)json_integer_value(json_object_get(doc, "timeNano")) / 1e9};
    if (!strcmp(type, "container"))
        read_container_event(action, actor, &event);
    else if (!strcmp(type, "network"))
        read_network_event(action, actor, &event);
    *ret = event;
    return 0;
}

static void set_container(struct docker_event *event, enum docker_event_kind kind, const char *id)
{
    if (!id || !container_id_valid(id))
        return;
    event->kind = kind;
    memcpy(event->container_id, id, CONTAINER_ID_LEN + 1);
}

static void read_container_event(const char *action, const json_t *actor,
                                 struct docker_event *event)
{
    const char *id = json_str(actor, "ID");

    if (!strncmp(action, "exec_", 5))
        return;
    event->ends = !strcmp(action, "die");
    if (strcmp(action, "kill")) {
        set_container(event, DOCKER_EVENT_CONTAINER, id);
        return;
    }
    const char *signal = json_str(json_obj(actor, "Attributes"), "signal");
    event->signal = signal ? signal_parse(signal) : -1;
    set_container(event, DOCKER_EVENT_KILL, id);
}

/* connect and disconnect concern the container, which the attributes name. */
static void read_network_event(const char *action, const json_t *actor, struct docker_event *event)
{
    if (!strcmp(action, "connect") || !strcmp(action, "disconnect"))
        set_container(event, DOCKER_EVENT_CONTAINER,
                      json_str(json_obj(actor, "Attributes"), "container"));
    else
        event->kind = DOCKER_EVENT_NETWORK;
}

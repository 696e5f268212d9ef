#include "lib/marathon_event.h"

#include <string.h>

#include "lib/json.h"
#include "lib/marathon_json.h"

const char marathon_event_query[] = "?plan-format=light"
                                    "&event_type=event_stream_attached"
                                    "&event_type=status_update_event"
                                    "&event_type=instance_changed_event"
                                    "&event_type=health_status_changed_event"
                                    "&event_type=instance_health_changed_event"
                                    "&event_type=api_post_event"
                                    "&event_type=app_terminated_event"
                                    "&event_type=deployment_success"
                                    "&event_type=deployment_failed"
                                    "&event_type=unknown_instance_terminated_event";

/* Where an event names its app. */
static const struct {
    const char *name;
    const char *key;    /* a member of the event itself, or of ... */
    const char *object; /* ... this member; NULL: itself */
} events[] = {
    {"status_update_event", "appId", NULL},
    {"instance_changed_event", "runSpecId", NULL},
    {"health_status_changed_event", "appId", NULL},
    {"instance_health_changed_event", "runSpecId", NULL},
    {"api_post_event", "id", "appDefinition"},
    {"app_terminated_event", "appId", NULL},
    {"unknown_instance_terminated_event", "runSpecId", NULL},
};

static bool end_line(struct marathon_feed *f, struct strv *ret_apps);
static const char *field(const char *line, const char *name);
static bool read_deployment(const json_t *event, struct strv *ret_apps);
static bool add_app(const char *id, struct strv *ret_apps);

void marathon_feed_done(struct marathon_feed *f)
{
    sbuf_done(&f->line);
    *f = (struct marathon_feed){.line = SBUF_INIT};
}

void marathon_feed_clear(struct marathon_feed *f)
{
    sbuf_clear(&f->line);
    f->event[0] = '\0';
    f->cut = false;
}

bool marathon_feed_take(struct marathon_feed *f, const char *data, size_t len,
                        struct strv *ret_apps)
{
    bool all = false;

    while (len) {
        const char *newline = memchr(data, '\n', len);
        size_t piece = newline ? (size_t)(newline - data) : len;

        f->cut |= f->line.len + piece > MARATHON_EVENT_MAX;
        if (!f->cut)
            sbuf_add(&f->line, data, piece);
        if (newline)
            all |= end_line(f, ret_apps);
        piece += newline != NULL;
        data += piece;
        len -= piece;
    }
    return all;
}

bool marathon_event_read(const char *name, const char *data, size_t len, struct strv *ret_apps)
{
    CLEAN(json) json_t *event = NULL;

    if (!strcmp(name, "deployment_success") || !strcmp(name, "deployment_failed")) {
        event = json_parse(data, len, NULL);
        return read_deployment(event, ret_apps);
    }
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        if (strcmp(name, events[i].name))
            continue;
        event = json_parse(data, len, NULL);
        const json_t *from = events[i].object ? json_obj(event, events[i].object) : event;
        return !add_app(json_str(from, events[i].key), ret_apps);
    }
    return false;
}

/* A line of data is an event of its own: Marathon writes each as one. */
static bool end_line(struct marathon_feed *f, struct strv *ret_apps)
{
    bool cut = f->cut;
    char *line = f->line.len ? f->line.data : NULL;
    size_t len = f->line.len;

    if (len && line[len - 1] == '\r')
        line[--len] = '\0';
    const char *event = line ? field(line, "event") : NULL;
    const char *data = line ? field(line, "data") : NULL;
    bool all =
        cut || (data && marathon_event_read(f->event, data, len - (size_t)(data - line), ret_apps));
    if (event || !len)
        f->event[0] = '\0';
    if (event && strlen(event) < sizeof f->event)
        memcpy(f->event, event, strlen(event) + 1);
    sbuf_clear(&f->line);
    f->cut = false;
    return all;
}

/* What stands behind "name:" and one blank, or NULL where 'line' is another field. */
static const char *field(const char *line, const char *name)
{
    size_t len = strlen(name);

    if (strncmp(line, name, len) || line[len] != ':')
        return NULL;
    return line + len + 1 + (line[len + 1] == ' ');
}

/* The apps that the steps of its plan were about. */
static bool read_deployment(const json_t *event, struct strv *ret_apps)
{
    const json_t *steps = json_arr(json_obj(event, "plan"), "steps"), *step, *action;
    size_t i, k;
    bool all = !json_array_size(steps);

    json_array_foreach(steps, i, step) {
        const json_t *actions = json_arr(step, "actions");

        json_array_foreach(actions, k, action) {
            all |= !add_app(json_str(action, "app"), ret_apps);
        }
    }
    return all;
}

static bool add_app(const char *id, struct strv *ret_apps)
{
    if (!id || !marathon_id_ok(id))
        return false;
    if (!strv_contains(ret_apps, id))
        strv_add(ret_apps, id);
    return true;
}

#include "registrator/consul_probe.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"
#include "registrator/standing.h"

#define NODE_MAINTENANCE "_node_maintenance"
#define SERVICE_MAINTENANCE "_service_maintenance:" /* the service's id follows */
#define STARTING "starting" /* begins the output of a health check without a result */

static json_t *probe_json(const struct probe *p);
static size_t count_checks(const json_t *checks, const char *id);
static enum instance_state state_of(const json_t *maintenance, const json_t *health);
static enum instance_state state_by_reason(const json_t *maintenance);
static bool has_status(const json_t *check, const char *status);
static json_t *find(const json_t *checks, const char *prefix, const char *id);

json_t *consul_probes_json(const struct probes *l)
{
    json_t *a = json_array();

    for (size_t i = 0; i < l->n; i++)
        json_array_append_new(a, probe_json(&l->v[i]));
    return a;
}

char *consul_probe_result(enum instance_state state)
{
    static const struct {
        const char *status, *output;
    } results[] = {
        [INSTANCE_PASSING] = {"passing", "Docker says: healthy"},
        [INSTANCE_STARTING] = {"critical", STARTING ": Docker's health check has no result yet"},
        [INSTANCE_CRITICAL] = {"critical", "Docker says: unhealthy"},
    };

    if (state >= ARRAY_LEN(results) || !results[state].status)
        return NULL;
    CLEAN(json) json_t *body = json_object();
    json_set_str(body, "Status", results[state].status);
    json_set_str(body, "Output", results[state].output);
    return json_dumps(body, JSON_COMPACT);
}

void consul_probe_read(const json_t *checks, struct instance *i)
{
    const json_t *health = find(checks, STANDING_PROBE, i->id);
    const char *digest = kvs_get(&i->meta, META_PROBES);
    size_t wanted = digest ? strtoul(digest, NULL, 10) : 0;

    i->fed = health;
    i->state = state_of(find(checks, SERVICE_MAINTENANCE, i->id), health);
    if (wanted && count_checks(checks, i->id) + i->fed < wanted)
        kvs_unset(&i->meta, META_PROBES);
}

enum instance_state consul_probe_health(const json_t *checks)
{
    enum instance_state state = INSTANCE_PASSING;
    json_t *check;
    size_t at;

    json_array_foreach(checks, at, check) {
        const char *id = json_str(check, "CheckID");

        if (state == INSTANCE_PASSING && has_status(check, "warning"))
            state = INSTANCE_WARNING;
        if (!has_status(check, "critical"))
            continue;
        if (id && !strcmp(id, NODE_MAINTENANCE))
            return INSTANCE_DRAINING;
        if (id && !strncmp(id, SERVICE_MAINTENANCE, sizeof SERVICE_MAINTENANCE - 1))
            return state_by_reason(check);
        state = INSTANCE_CRITICAL;
    }
    return state;
}

static json_t *probe_json(const struct probe *p)
{
    static const char *const keys[PROBE_FIELDS] = {
        [PROBE_ID] = "CheckID",
        [PROBE_NAME] = "Name",
        [PROBE_HTTP] = "HTTP",
        [PROBE_METHOD] = "Method",
        [PROBE_TCP] = "TCP",
        [PROBE_GRPC] = "GRPC",
        [PROBE_TTL] = "TTL",
        [PROBE_INTERVAL] = "Interval",
        [PROBE_TIMEOUT] = "Timeout",
        [PROBE_STATUS] = "Status",
        [PROBE_DEREGISTER_AFTER] = "DeregisterCriticalServiceAfter",
        [PROBE_GRPC_USE_TLS] = "GRPCUseTLS",
        [PROBE_TLS_SKIP_VERIFY] = "TLSSkipVerify",
    };
    json_t *o = json_object();

    for (int f = 0; f < PROBE_FIELDS; f++) {
        if (p->field[f] && f < PROBE_GRPC_USE_TLS)
            json_set_str(o, keys[f], p->field[f]);
        else if (p->field[f])
            json_object_set_new(o, keys[f], json_true());
    }
    if (!p->args.n)
        return o;
    json_t *args = json_array();
    for (size_t i = 0; i < p->args.n; i++)
        json_array_append_new(args, json_string(p->args.v[i]));
    json_object_set_new(o, "Args", args);
    return o;
}

/* Those with the ids that registrator/probe_labels.c gives. */
static size_t count_checks(const json_t *checks, const char *id)
{
    size_t n = find(checks, "service:", id) ? 1 : 0;

    while (n && n < PROBES_MAX) {
        CLEAN(free_str) char *further = xasprintf("%s:%zu", id, n + 1);

        if (!find(checks, "service:", further))
            break;
        n++;
    }
    return n;
}

static enum instance_state state_of(const json_t *maintenance, const json_t *health)
{
    const char *output = json_str(health, "Output");

    if (has_status(maintenance, "critical"))
        return state_by_reason(maintenance);
    if (!health || has_status(health, "passing"))
        return INSTANCE_PASSING;
    return output && !strncmp(output, STARTING, sizeof STARTING - 1) ? INSTANCE_STARTING
                                                                     : INSTANCE_CRITICAL;
}

/* Why is it in maintenance? */
static enum instance_state state_by_reason(const json_t *maintenance)
{
    const char *reason = json_str(maintenance, "Notes");

    return reason && !strcmp(reason, CONSUL_PAUSED) ? INSTANCE_PAUSED : INSTANCE_DRAINING;
}

static bool has_status(const json_t *check, const char *status)
{
    const char *said = json_str(check, "Status");

    return said && !strcmp(said, status);
}

static json_t *find(const json_t *checks, const char *prefix, const char *id)
{
    CLEAN(free_str) char *key = xasprintf("%s%s", prefix, id);

    return json_object_get(checks, key);
}

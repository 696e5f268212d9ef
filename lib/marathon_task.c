#include "lib/marathon_task.h"

#include <stdlib.h>
#include <string.h>

#include "lib/ipaddr.h"
#include "lib/marathon_json.h"
#include "lib/marathon_port.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

static int read_identity(const json_t *from, struct marathon_task *ret, struct err **err);
static enum marathon_state read_state(const char *said);
static int read_numbers(const json_t *from, const char *key, uint16_t **ret, size_t *ret_n,
                        struct err **err);
static void read_addresses(const json_t *from, struct strv *ret);
static void read_health(const json_t *from, struct marathon_task *ret);
static bool same_task(const struct marathon_task *a, const struct marathon_task *b);
static bool same_numbers(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b);
static int compare(const void *a, const void *b);
static int compare_id(const void *key, const void *member);

int marathon_task_read(const json_t *from, struct marathon_task *ret, struct err **err)
{
    if (read_identity(from, ret, err) || marathon_read_text(from, "version", &ret->version, err) ||
        read_numbers(from, "ports", &ret->ports, &ret->n_ports, err) ||
        read_numbers(from, "servicePorts", &ret->service_ports, &ret->n_service_ports, err))
        return -1;
    ret->state = read_state(json_str(from, "state"));
    ret->started_at = marathon_time(json_str(from, "startedAt"));
    read_addresses(json_arr(from, "ipAddresses"), &ret->addresses);
    read_health(json_arr(from, "healthCheckResults"), ret);
    if (!json_object_get(from, "state") && ret->started_at > 0)
        ret->state = MARATHON_RUNNING; /* Marathon 0.x does not say it */
    return 0;
}

bool marathon_tasks_equal(const struct marathon_tasks *a, const struct marathon_tasks *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!same_task(&a->v[i], &b->v[i]))
            return false;
    return true;
}

struct marathon_task *marathon_tasks_add(struct marathon_tasks *l)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n] = (struct marathon_task){0};
    return &l->v[l->n++];
}

void marathon_tasks_sort(struct marathon_tasks *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, compare);
}

struct marathon_task *marathon_tasks_find(const struct marathon_tasks *l, const char *id)
{
    bool found;
    size_t at = search_sorted(l->v, l->n, sizeof *l->v, id, compare_id, &found);

    return found ? &l->v[at] : NULL;
}

void marathon_task_done(struct marathon_task *t)
{
    free(t->id);
    free(t->host);
    free(t->version);
    free(t->ports);
    free(t->service_ports);
    strv_done(&t->addresses);
    *t = (struct marathon_task){0};
}

void marathon_tasks_done(struct marathon_tasks *l)
{
    for (size_t i = 0; i < l->n; i++)
        marathon_task_done(&l->v[i]);
    free(l->v);
    *l = (struct marathon_tasks){0};
}

bool marathon_state_serves(enum marathon_state state)
{
    return state == MARATHON_RUNNING || state == MARATHON_LOST || state == MARATHON_UNREACHABLE;
}

const char *marathon_state_name(enum marathon_state state)
{
    static const char *const names[] = {"unknown", "staging",     "starting", "running",
                                        "killing", "unreachable", "lost",     "ended"};

    return names[state];
}

static int read_identity(const json_t *from, struct marathon_task *ret, struct err **err)
{
    if (marathon_read_text(from, "id", &ret->id, err) ||
        marathon_read_text(from, "host", &ret->host, err))
        return -1;
    if (!ret->id || !*ret->id)
        return err_set(err, "it has no id");
    if (!ret->host || !marathon_host_ok(ret->host))
        return err_set(err, "its \"host\" is neither a name nor an address");
    return 0;
}

static enum marathon_state read_state(const char *said)
{
    static const struct {
        const char *name;
        enum marathon_state state;
    } states[] = {
        {"TASK_STAGING", MARATHON_STAGING},
        {"TASK_STARTING", MARATHON_STARTING},
        {"TASK_RUNNING", MARATHON_RUNNING},
        {"TASK_KILLING", MARATHON_KILLING},
        {"TASK_LOST", MARATHON_LOST},
        {"TASK_UNREACHABLE", MARATHON_UNREACHABLE},
        {"TASK_FINISHED", MARATHON_ENDED},
        {"TASK_FAILED", MARATHON_ENDED},
        {"TASK_KILLED", MARATHON_ENDED},
        {"TASK_ERROR", MARATHON_ENDED},
        {"TASK_DROPPED", MARATHON_ENDED},
        {"TASK_GONE", MARATHON_ENDED},
        {"TASK_GONE_BY_OPERATOR", MARATHON_ENDED},
    };

    for (size_t i = 0; said && i < ARRAY_LEN(states); i++)
        if (!strcmp(said, states[i].name))
            return states[i].state;
    return MARATHON_UNKNOWN;
}

static int read_numbers(const json_t *from, const char *key, uint16_t **ret, size_t *ret_n,
                        struct err **err)
{
    const json_t *list = json_arr(from, key), *number;
    size_t n = json_array_size(list), i;

    if (n > MARATHON_PORTS_MAX)
        return err_set(err, "\"%s\" has more than %d members", key, MARATHON_PORTS_MAX);
    if (!n)
        return 0;
    *ret = xcalloc(n, sizeof **ret);
    *ret_n = n;
    json_array_foreach(list, i, number) {
        json_int_t value = json_integer_value(number);

        if (!json_is_integer(number) || value < 0 || value > UINT16_MAX)
            return err_set(err, "\"%s\" has a member that is no port", key);
        (*ret)[i] = (uint16_t)value;
    }
    return 0;
}

static void read_addresses(const json_t *from, struct strv *ret)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(from, i, entry) {
        const char *text = json_str(entry, "ipAddress");
        struct ipaddr address;

        if (text && ret->n < MARATHON_ADDRESSES_MAX && !ipaddr_parse(text, &address))
            strv_add(ret, text);
    }
}

/* A check that has not run yet is null, or missing. */
static void read_health(const json_t *from, struct marathon_task *ret)
{
    const json_t *result;
    size_t i;

    json_array_foreach(from, i, result) {
        const json_t *alive = json_object_get(result, "alive");

        ret->checked += json_is_boolean(alive);
        ret->alive += json_is_true(alive);
    }
}

static bool same_task(const struct marathon_task *a, const struct marathon_task *b)
{
    return !strcmp(a->id, b->id) && !strcmp(a->host, b->host) && a->state == b->state &&
           !strcmp(a->version ? a->version : "", b->version ? b->version : "") &&
           a->started_at == b->started_at && a->checked == b->checked && a->alive == b->alive &&
           a->ready == b->ready && same_numbers(a->ports, a->n_ports, b->ports, b->n_ports) &&
           same_numbers(a->service_ports, a->n_service_ports, b->service_ports,
                        b->n_service_ports) &&
           strv_equal(&a->addresses, &b->addresses);
}

static bool same_numbers(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b)
{
    return n_a == n_b && (!n_a || !memcmp(a, b, n_a * sizeof *a));
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct marathon_task *)a)->id, ((const struct marathon_task *)b)->id);
}

static int compare_id(const void *key, const void *member)
{
    return strcmp(key, ((const struct marathon_task *)member)->id);
}

#include "lib/marathon_check.h"

#include <stdlib.h>
#include <string.h>

#include "lib/marathon_json.h"
#include "lib/xmalloc.h"

static int read_check(const json_t *from, struct marathon_check *ret, struct err **err);
static void read_kind(const char *said, struct marathon_check *ret);
static bool same_check(const struct marathon_check *a, const struct marathon_check *b);

int marathon_checks_read(const json_t *app, struct marathon_checks *ret, struct err **err)
{
    const json_t *list = json_arr(app, "healthChecks"), *from;
    size_t i;

    if (json_array_size(list) > MARATHON_CHECKS_MAX)
        return err_set(err, "it has more than %d health checks", MARATHON_CHECKS_MAX);
    json_array_foreach(list, i, from) {
        ret->v = xgrow(ret->v, ret->n, &ret->cap, sizeof *ret->v);
        struct marathon_check *check = &ret->v[ret->n++];

        *check =
            (struct marathon_check){.grace = 300, .interval = 60, .timeout = 20, .max_failures = 3};
        if (read_check(from, check, err))
            return -1;
    }
    return 0;
}

bool marathon_checks_equal(const struct marathon_checks *a, const struct marathon_checks *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!same_check(&a->v[i], &b->v[i]))
            return false;
    return true;
}

void marathon_checks_done(struct marathon_checks *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->v[i].path);
    free(l->v);
    *l = (struct marathon_checks){0};
}

static int read_check(const json_t *from, struct marathon_check *ret, struct err **err)
{
    if (!json_is_object(from))
        return err_set(err, "a health check is no object");
    read_kind(json_str(from, "protocol"), ret);
    ret->indexed = json_is_integer(json_object_get(from, "portIndex"));
    if (marathon_read_text(from, "path", &ret->path, err) ||
        marathon_read_port(from, "port", &ret->port, err) ||
        marathon_read_number(from, "portIndex", &ret->port_index, err) ||
        marathon_read_number(from, "gracePeriodSeconds", &ret->grace, err) ||
        marathon_read_number(from, "intervalSeconds", &ret->interval, err) ||
        marathon_read_number(from, "timeoutSeconds", &ret->timeout, err))
        return -1;
    return marathon_read_number(from, "maxConsecutiveFailures", &ret->max_failures, err);
}

/* Marathon's own default is HTTP. */
static void read_kind(const char *said, struct marathon_check *ret)
{
    static const struct {
        const char *name;
        enum marathon_check_kind kind;
    } kinds[] = {{"HTTP", MARATHON_CHECK_HTTP},
                 {"HTTPS", MARATHON_CHECK_HTTPS},
                 {"TCP", MARATHON_CHECK_TCP},
                 {"COMMAND", MARATHON_CHECK_COMMAND}};

    ret->by_mesos = said && !strncmp(said, "MESOS_", 6);
    ret->kind = said ? MARATHON_CHECK_OTHER : MARATHON_CHECK_HTTP;
    for (size_t i = 0; said && i < ARRAY_LEN(kinds); i++)
        if (!strcmp(said + (ret->by_mesos ? 6 : 0), kinds[i].name))
            ret->kind = kinds[i].kind;
}

static bool same_check(const struct marathon_check *a, const struct marathon_check *b)
{
    return a->kind == b->kind && a->by_mesos == b->by_mesos && a->indexed == b->indexed &&
           a->port_index == b->port_index && a->port == b->port && a->grace == b->grace &&
           a->interval == b->interval && a->timeout == b->timeout &&
           a->max_failures == b->max_failures &&
           !strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

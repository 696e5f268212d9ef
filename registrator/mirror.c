#include "registrator/mirror.h"

#include <stdlib.h>
#include <string.h>

#include "lib/diff.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/trace.h"
#include "lib/xmalloc.h"
#include "registrator/roster.h"

#define AREA "registrator"
#define OPS_MAX 16 /* puts and deletes in flight at once */

/* One put or delete in flight. */
struct mirror_op {
    struct mirror *mirror;
    struct mirror_op *next;
    bool is_put;
    struct instance i; /* what is put, or what is deleted as it was */
};

static void on_list(void *arg, const struct instances *list, const struct err *err);
static void take_list(struct mirror *m, const struct instances *list);
static void keep_known(struct instances *roster, const struct instances *known, const char *id);
static void plan(struct mirror *m);
static void queue_difference(enum diff_op op, const void *wanted, const void *actual, void *arg);
static void pump(struct mirror *m);
static void look_at(struct mirror *m, const char *id);
static void put(struct mirror *m, const struct instance *wanted, const struct instance *actual);
static bool is_in_flight(const struct mirror *m, const char *id);
static struct mirror_op *op_new(struct mirror *m, const struct instance *i, bool is_put);
static void op_free(struct mirror_op *op);
static void on_done(void *arg, const struct err *err);
static void succeeded(struct mirror *m, const struct mirror_op *op);
static void tell(const struct mirror_op *op, const struct instance *before);
static const char *verb(const struct instance *now, const struct instance *before);
static void failed(struct mirror *m, const struct mirror_op *op, const struct err *err);
static void finish(struct mirror *m);
static struct err *err_copy(const struct err *err);

void mirror_init(struct mirror *m, struct registry *registry, const struct instances *wanted,
                 void (*on_listed)(void *arg), void (*on_change)(void *arg),
                 void (*on_end)(void *arg, struct err *err), void *arg)
{
    *m = (struct mirror){
        .registry = registry,
        .wanted = wanted,
        .on_listed = on_listed,
        .on_change = on_change,
        .on_end = on_end,
        .arg = arg,
    };
}

void mirror_done(struct mirror *m)
{
    while (m->ops)
        op_free(m->ops);
    instances_done(&m->actual);
    instances_done(&m->unsure);
    strv_done(&m->queue);
    strv_done(&m->failed);
    strv_done(&m->passed);
    err_free(m->err);
}

void mirror_lose(struct mirror *m)
{
    m->stale = true;
}

void mirror_sync(struct mirror *m)
{
    if (m->listed && !m->stale) {
        plan(m);
        pump(m);
        return;
    }
    m->stale = false; /* what is lost from now on calls for another listing */
    m->listing = true;
    m->registry->ops->list(m->registry, on_list, m);
    mirror_replan(m);
}

void mirror_replan(struct mirror *m)
{
    if (!m->applying && !(m->listing && m->listed && !m->doubted))
        return;
    plan(m);
    pump(m);
}

static void on_list(void *arg, const struct instances *list, const struct err *err)
{
    struct mirror *m = arg;

    m->listing = false;
    if (err) {
        m->stale = m->doubted = true;
        m->applying = true; /* until the writes that overlap it are done */
        if (!m->err)
            m->err = err_copy(err);
    } else {
        take_list(m, list);
        m->on_listed(m->arg);
        m->on_change(m->arg);
        plan(m);
    }
    strv_done(&m->passed);
    pump(m);
}

/* Nobody knows whether the list shows a write that overlapped it: of that id, what we know counts.
 * Should somebody else have changed it meanwhile, the next list tells. */
static void take_list(struct mirror *m, const struct instances *list)
{
    struct instances actual = m->actual, unsure = m->unsure;

    m->actual = m->unsure = (struct instances){0};
    roster_fill(&m->actual, list);
    for (size_t i = 0; i < m->passed.n; i++) {
        keep_known(&m->actual, &actual, m->passed.v[i]);
        keep_known(&m->unsure, &unsure, m->passed.v[i]);
    }
    instances_done(&actual);
    instances_done(&unsure);
    m->listed = m->bloated = true;
    m->doubted = m->err;
}

/* Makes 'roster' say of 'id' what 'known' says. */
static void keep_known(struct instances *roster, const struct instances *known, const char *id)
{
    const struct instance *i = roster_find(known, id);

    if (i)
        roster_put(roster, i);
    else
        roster_remove(roster, id);
}

/* Puts come before deletes: a replaced container's service is not empty in between. */
static void plan(struct mirror *m)
{
    static const struct diff_rules rules = {sizeof(struct instance), roster_cmp,
                                            instance_satisfied};
    struct strv queues[2] = {{0}, {0}};

    diff_sorted(&rules, m->wanted->v, m->wanted->n, m->actual.v, m->actual.n, queue_difference,
                queues);
    for (size_t i = 0; i < queues[1].n; i++)
        strv_add_take(&queues[0], queues[1].v[i]);
    free(queues[1].v);
    strv_done(&m->queue);
    m->queue = queues[0];
    m->queue_at = 0;
    m->applying = true;
}

static void queue_difference(enum diff_op op, const void *wanted, const void *actual, void *arg)
{
    struct strv *queues = arg;

    switch (op) {
    case DIFF_ADD:
    case DIFF_CHANGE:
        strv_add(&queues[0], ((const struct instance *)wanted)->id);
        break;
    case DIFF_DELETE:
        strv_add(&queues[1], ((const struct instance *)actual)->id);
        break;
    case DIFF_SAME:
        break;
    }
}

static void pump(struct mirror *m)
{
    while (m->n_ops < OPS_MAX && m->queue_at < m->queue.n)
        look_at(m, m->queue.v[m->queue_at++]);
    if (!m->n_ops && m->applying && !m->listing)
        finish(m);
}

/* What is to be done is decided now: it may be something else than when 'id' was queued. */
static void look_at(struct mirror *m, const char *id)
{
    const struct instance *wanted = roster_find(m->wanted, id);
    const struct instance *actual = roster_find(&m->actual, id);

    if (is_in_flight(m, id) || strv_contains(&m->failed, id))
        return;
    if (wanted && !(actual && instance_satisfied(wanted, actual))) {
        put(m, wanted, actual);
    } else if (!wanted && actual) {
        m->registry->ops->del(m->registry, actual, on_done, op_new(m, actual, false));
    }
}

/* Tags that others may change are written as they are. */
static void put(struct mirror *m, const struct instance *wanted, const struct instance *actual)
{
    struct instance i;

    instance_copy(&i, wanted);
    if (actual && wanted->tag_override && actual->tag_override) {
        strv_done(&i.tags);
        strv_copy(&i.tags, &actual->tags);
    }
    roster_put(&m->unsure, &i);
    m->registry->ops->put(m->registry, &i, actual, on_done, op_new(m, &i, true));
    instance_done(&i);
}

static bool is_in_flight(const struct mirror *m, const char *id)
{
    for (const struct mirror_op *op = m->ops; op; op = op->next)
        if (!strcmp(op->i.id, id))
            return true;
    return false;
}

static struct mirror_op *op_new(struct mirror *m, const struct instance *i, bool is_put)
{
    struct mirror_op *op = xcalloc(1, sizeof *op);

    op->mirror = m;
    op->is_put = is_put;
    instance_copy(&op->i, i);
    op->next = m->ops;
    m->ops = op;
    m->n_ops++;
    if (m->listing)
        strv_add(&m->passed, i->id);
    return op;
}

static void op_free(struct mirror_op *op)
{
    struct mirror_op **at = &op->mirror->ops;

    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
    op->mirror->n_ops--;
    instance_done(&op->i);
    free(op);
}

static void on_done(void *arg, const struct err *err)
{
    struct mirror_op *op = arg;
    struct mirror *m = op->mirror;

    if (err)
        failed(m, op, err);
    else
        succeeded(m, op);
    op_free(op);
    pump(m);
}

static void succeeded(struct mirror *m, const struct mirror_op *op)
{
    const struct instance *i = &op->i;

    tell(op, roster_find(&m->actual, i->id));
    if (op->is_put) {
        roster_put(&m->actual, i);
        roster_remove(&m->unsure, i->id);
    } else {
        roster_remove(&m->actual, i->id);
    }
    strv_add(&m->queue, i->id); /* it may be wanted otherwise by now */
    m->on_change(m->arg);
}

/* The id of the instance is in each line; the trace where it is known. */
static void tell(const struct mirror_op *op, const struct instance *before)
{
    const struct instance *i = &op->i;
    const char *container = kvs_get(&i->meta, META_CONTAINER_ID);
    uint32_t trace = trace_parse(kvs_get(&i->meta, META_TRACE));
    char digits[TRACE_LEN + 1];

    log_info(AREA, "%s: %.*s %s trace=%s", op->is_put ? verb(i, before) : "removed",
             CONTAINER_ID_SHORT, container ? container : "?", i->id, trace_format(trace, digits));
    if (!op->is_put)
        trace_reached(trace, TRACE_DEREGISTERED, 0.);
    else if (!before || trace_parse(kvs_get(&before->meta, META_TRACE)) != trace)
        trace_reached(trace, TRACE_REGISTERED, 0.);
}

static const char *verb(const struct instance *now, const struct instance *before)
{
    if (!before)
        return "added";
    if (now->state == before->state)
        return "changed";
    switch (now->state) {
    case INSTANCE_DRAINING:
        return "drained";
    case INSTANCE_PAUSED:
        return "paused";
    case INSTANCE_STARTING:
    case INSTANCE_CRITICAL:
        return "unhealthy";
    case INSTANCE_PASSING:
    case INSTANCE_WARNING:
        return "resumed";
    }
    return "changed";
}

static void failed(struct mirror *m, const struct mirror_op *op, const struct err *err)
{
    log_debug(AREA, "failed: %s", err_msg(err));
    strv_add(&m->failed, op->i.id);
    m->doubted = true;
    if (!m->err)
        m->err = err_copy(err);
}

/* After a failure nobody knows what is registered: the next pass lists. */
static void finish(struct mirror *m)
{
    struct err *err = TAKE_PTR(m->err);

    m->applying = false;
    m->stale = m->stale || err;
    strv_done(&m->queue);
    strv_done(&m->failed);
    if (m->bloated)
        xtrim();
    m->bloated = false;
    m->on_end(m->arg, err);
}

static struct err *err_copy(const struct err *err)
{
    struct err *copy = NULL;

    err_set_code(&copy, err_code(err), "%s", err_msg(err));
    return copy;
}

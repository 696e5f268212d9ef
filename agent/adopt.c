#include "agent/adopt.h"

#include <stdio.h>
#include <string.h>

#include "agent/agent_config.h"
#include "lib/json.h"
#include "lib/progress.h"
#include "lib/sbuf.h"
#include "registrator/adoption.h"
#include "registrator/metadata.h"
#include "registrator/roster.h"

#define ASK_DOCKER "asking Docker for its containers"
#define ASK_REGISTRY "asking the registry for its services"
#define TICK 1.      /* seconds between two updates of the line on a terminal */
#define PATIENCE 30. /* seconds for Docker and the registry together */

struct adopt {
    struct ev_loop *loop;
    struct agent *agent;
    bool json;
    bool asked; /* the registry is being listed */
    struct err *err;
    struct progress progress;
    ev_check turn; /* looks at the inventory after whatever may have changed it */
    ev_timer patience;
    ev_timer tick;
};

static void on_turn(struct ev_loop *loop, ev_check *w, int events);
static void on_patience_over(struct ev_loop *loop, ev_timer *w, int events);
static void on_tick(struct ev_loop *loop, ev_timer *w, int events);
static void on_list(void *arg, const struct instances *list, const struct err *err);
static void show(const struct adopt *a, const struct instances *others);
static void print_text(const struct adoptions *plan);
static void print_json(const struct adoptions *plan);

int adopt_dry_run(struct ev_loop *loop, const struct config *config, bool json, struct err **err)
{
    static char nowhere[] = "";
    struct config quiet = *config;
    struct adopt a = {.loop = loop, .json = json};

    quiet.portmap = quiet.registrator = quiet.lb = false;
    quiet.admin = nowhere;
    a.agent = agent_new(loop, &quiet, err);
    if (!a.agent)
        return -1;
    agent_start(a.agent);
    progress_init(&a.progress, "agent --adopt=dry-run", 2, !json);
    progress_step(&a.progress, ASK_DOCKER);
    ev_check_init(&a.turn, on_turn);
    a.turn.data = &a;
    ev_check_start(loop, &a.turn);
    ev_timer_init(&a.patience, on_patience_over, PATIENCE, 0.);
    a.patience.data = &a;
    ev_timer_start(loop, &a.patience);
    ev_timer_init(&a.tick, on_tick, TICK, TICK);
    a.tick.data = &a;
    if (a.progress.live)
        ev_timer_start(loop, &a.tick);
    ev_run(loop, 0);
    ev_timer_stop(loop, &a.tick);
    ev_check_stop(loop, &a.turn);
    ev_timer_stop(loop, &a.patience);
    agent_free(a.agent);
    if (!a.err)
        return 0;
    *err = a.err;
    return -1;
}

static void on_turn(struct ev_loop *loop, ev_check *w, int events)
{
    struct adopt *a = w->data;
    struct registry *registry = a->agent->registry;

    (void)loop;
    (void)events;
    if (a->asked || !docker_inventory(a->agent->docker)->complete)
        return;
    a->asked = true;
    progress_step(&a->progress, ASK_REGISTRY);
    registry->ops->list(registry, on_list, a);
}

static void on_patience_over(struct ev_loop *loop, ev_timer *w, int events)
{
    struct adopt *a = w->data;

    (void)events;
    err_set(&a->err, "%s did not answer within %.0f s", a->asked ? "the registry" : "Docker",
            PATIENCE);
    progress_break(&a->progress);
    ev_break(loop, EVBREAK_ALL);
}

static void on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
    struct adopt *a = w->data;

    (void)loop;
    (void)events;
    progress_update(&a->progress, "%s", a->asked ? ASK_REGISTRY : ASK_DOCKER);
}

static void on_list(void *arg, const struct instances *list, const struct err *err)
{
    static const struct instances nothing;
    struct adopt *a = arg;
    struct registry *registry = a->agent->registry;
    const struct instances *others = registry->ops->others ? registry->ops->others(registry) : NULL;

    (void)list;
    if (err) {
        err_set(&a->err, "%s", err_msg(err));
        progress_break(&a->progress);
    } else {
        progress_end(&a->progress);
        show(a, others ? others : &nothing);
    }
    ev_break(a->loop, EVBREAK_ALL);
}

static void show(const struct adopt *a, const struct instances *others)
{
    struct registrator_config config = agent_registrator_config(a->agent);
    struct endpoints endpoints = {0};
    struct instances wanted = {0}, roster = {0};
    struct adoptions plan = {0};
    struct strv running = {0};

    agent_endpoints(a->agent, &endpoints);
    selection_apply(&a->agent->selection, docker_inventory(a->agent->docker), &endpoints, NULL);
    instances_from_endpoints(&config, endpoints.v, endpoints.n, &wanted, NULL);
    roster_fill(&roster, &wanted);
    inventory_names(docker_inventory(a->agent->docker), &running);
    adoptions_plan(a->agent->node, others, &roster, &running, &plan);
    if (a->json)
        print_json(&plan);
    else
        print_text(&plan);
    adoptions_done(&plan);
    strv_done(&running);
    instances_done(&roster);
    instances_done(&wanted);
    endpoints_done(&endpoints);
}

static void print_text(const struct adoptions *plan)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    for (size_t i = 0; i < plan->n; i++) {
        const struct instance *other = plan->v[i].other;

        sbuf_addf(&out, "%-10s ", adoption_action_name(plan->v[i].action));
        sbuf_add_printable(&out, other->id);
        sbuf_adds(&out, "  ");
        sbuf_add_printable(&out, other->service);
        sbuf_adds(&out, " at ");
        sbuf_add_printable(&out, other->address);
        sbuf_addf(&out, " port %u\n           %s\n", other->port,
                  adoption_reason(plan->v[i].action));
    }
    fputs(plan->n ? sbuf_str(&out) : "registrator has left nothing here\n", stdout);
}

static void print_json(const struct adoptions *plan)
{
    CLEAN(json) json_t *doc = json_object();
    json_t *list = json_array();

    for (size_t i = 0; i < plan->n; i++) {
        const struct instance *other = plan->v[i].other;
        json_t *entry = json_object();

        json_set_str(entry, "action", adoption_action_name(plan->v[i].action));
        json_set_str(entry, "reason", adoption_reason(plan->v[i].action));
        json_set_str(entry, "id", other->id);
        json_set_str(entry, "service", other->service);
        json_set_str(entry, "address", other->address);
        json_object_set_new(entry, "port", json_integer(other->port));
        json_array_append_new(list, entry);
    }
    json_object_set_new(doc, "adoptions", list);
    CLEAN(free_str) char *text = json_dumps(doc, JSON_INDENT(2));
    puts(text);
}

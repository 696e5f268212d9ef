#include "agent/agent_asks.h"

#include <stdlib.h>

#include "agent/explain_state.h"
#include "agent/state.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

struct asking {
    struct asking *next;
    struct admin_request *request;
    bool explain;
};

struct agent_asks {
    struct agent *agent;
    struct asking *first; /* in the order in which they came */
    ev_timer soon;
};

static void on_soon(struct ev_loop *loop, ev_timer *w, int events);
static void answer_all(void *arg);
static void answer_state(json_t *state, char **text, struct admin_request *r);

struct agent_asks *agent_asks_new(struct agent *a)
{
    struct agent_asks *l = xcalloc(1, sizeof *l);

    l->agent = a;
    ev_timer_init(&l->soon, on_soon, 0., 0.);
    l->soon.data = l;
    return l;
}

void agent_asks_free(struct agent_asks *l)
{
    if (!l)
        return;
    ev_timer_stop(l->agent->loop, &l->soon);
    while (l->first) {
        struct asking *gone = l->first;

        l->first = gone->next;
        free(gone);
    }
    free(l);
}

void agent_asks_add(struct agent_asks *l, struct admin_request *r, bool explain)
{
    bool is_first = !l->first;
    struct asking **end = &l->first;

    while (*end)
        end = &(*end)->next;
    *end = xcalloc(1, sizeof **end);
    **end = (struct asking){NULL, r, explain};
    if (!is_first)
        return;
    if (l->agent->lb)
        lb_refresh(l->agent->lb, answer_all, l);
    else
        ev_timer_start(l->agent->loop, &l->soon);
}

static void on_soon(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    ev_timer_set(w, 0., 0.);
    answer_all(w->data);
}

static void answer_all(void *arg)
{
    struct agent_asks *l = arg;
    CLEAN(json) json_t *state = state_json(l->agent);
    CLEAN(json) json_t *ground = NULL;
    CLEAN(free_str) char *text = NULL;

    while (l->first) {
        struct asking *now = l->first;

        l->first = now->next;
        if (!now->explain) {
            answer_state(state, &text, now->request);
        } else {
            if (!ground)
                ground = explain_ground(l->agent, state);
            explain_answer(ground, now->request);
        }
        free(now);
    }
}

/* '*text' is made by the first who needs it. */
static void answer_state(json_t *state, char **text, struct admin_request *r)
{
    if (!*text)
        *text = json_dumps(state, JSON_COMPACT);
    admin_reply(r, 200, "application/json", xstrdup(*text));
}

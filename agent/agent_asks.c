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

static void begin_soon(struct agent_asks *l);
static void on_soon(struct ev_loop *loop, ev_timer *w, int events);
static void answer(void *arg);
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
    struct asking **end = &l->first;

    if (!l->first)
        begin_soon(l);
    while (*end)
        end = &(*end)->next;
    *end = xcalloc(1, sizeof **end);
    **end = (struct asking){NULL, r, explain};
}

static void begin_soon(struct agent_asks *l)
{
    ev_timer_set(&l->soon, 0., 0.);
    ev_timer_start(l->agent->loop, &l->soon);
}

static void on_soon(struct ev_loop *loop, ev_timer *w, int events)
{
    struct agent_asks *l = w->data;

    (void)loop;
    (void)events;
    if (l->agent->lb)
        lb_refresh(l->agent->lb, answer, l);
    else
        answer(l);
}

/* Everybody who wants the state, and one who wants an explanation: the others' come after whatever
 * else the loop has to do. */
static void answer(void *arg)
{
    struct agent_asks *l = arg;
    CLEAN(json) json_t *state = state_json(l->agent);
    CLEAN(free_str) char *text = NULL;
    bool has_explained = false;

    for (struct asking **at = &l->first; *at;) {
        struct asking *now = *at;

        if (now->explain && has_explained) {
            at = &now->next;
            continue;
        }
        *at = now->next;
        has_explained |= now->explain;
        if (now->explain)
            explain_answer(l->agent, state, now->request);
        else
            answer_state(state, &text, now->request);
        free(now);
    }
    if (l->first)
        begin_soon(l);
}

/* '*text' is made by the first who needs it. */
static void answer_state(json_t *state, char **text, struct admin_request *r)
{
    if (!*text)
        *text = json_dumps(state, JSON_COMPACT);
    admin_reply(r, 200, "application/json", xstrdup(*text));
}

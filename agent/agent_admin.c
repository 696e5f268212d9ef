#include "agent/agent_admin.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent_paths.h"
#include "agent/live.h"
#include "agent/state.h"
#include "agent/state_digest.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

struct agent_admin {
    struct admin *tcp; /* NULL: none */
    struct live *live;
};

static uint64_t digest(void *arg);

int agent_admin_open(struct agent *a, struct err **err)
{
    const struct config *c = a->config;
    struct admin_config config = {.paths = agent_paths, .n_paths = agent_n_paths, .arg = a};

    a->admin = xcalloc(1, sizeof *a->admin);
    a->admin->live = live_new(a->loop, a->changes, digest, a);
    config.address = c->admin;
    if (*c->admin && !(a->admin->tcp = admin_new(a->loop, &config, err)))
        return -1;
    return 0;
}

void agent_admin_close(struct agent *a)
{
    struct agent_admin *s = TAKE_PTR(a->admin);

    if (!s)
        return;
    admin_free(s->tcp);
    live_free(s->live);
    free(s);
}

void agent_admin_touch(struct agent *a)
{
    if (a->admin)
        live_touch(a->admin->live);
}

size_t agent_admin_readers(const struct agent *a)
{
    return a->admin ? live_readers(a->admin->live) : 0;
}

void agent_admin_stream(struct agent *a, struct admin_request *r)
{
    live_answer(a->admin->live, r);
}

static uint64_t digest(void *arg)
{
    CLEAN(json) json_t *doc = state_json(arg);

    return state_digest(doc);
}

#include "agent/mlb_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/resolver.h"
#include "lib/search.h"
#include "lib/xmalloc.h"

#define HOSTS_MAX 20000
#define AGAIN 10.   /* seconds until a name that has no address is asked for again */
#define AGE_MIN 30. /* seconds that an answer holds at least */

struct host {
    char *name;
    struct mlb_hosts *all;
    struct ipaddr address; /* no family: none is known */
    double until;          /* ev time at which it is to be asked for again */
    bool settled;          /* it has been answered once */
    char *why;             /* what went wrong last; NULL: nothing */
    struct resolver_question *question;
};

struct mlb_hosts {
    struct ev_loop *loop;
    struct resolver *resolver;
    struct host **v; /* sorted by name */
    size_t n, cap;
    size_t open; /* that have not been settled */
    void (*on_change)(void *arg);
    void *arg;
};

static void ask(struct mlb_hosts *h, const char *name);
static void on_answer(void *arg, const struct ipaddr *v, size_t n, double age,
                      const struct err *err);
static bool choose(struct host *host, const struct ipaddr *v, size_t n);
static int by_name(const void *key, const void *member);

struct mlb_hosts *mlb_hosts_new(struct ev_loop *loop, void (*on_change)(void *arg), void *arg,
                                struct err **err)
{
    struct resolver *resolver = resolver_new(loop, err);

    if (!resolver)
        return NULL;
    struct mlb_hosts *h = xcalloc(1, sizeof *h);
    h->loop = loop;
    h->resolver = resolver;
    h->on_change = on_change;
    h->arg = arg;
    return h;
}

void mlb_hosts_free(struct mlb_hosts *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->n; i++) {
        resolver_forget(h->v[i]->question);
        free(h->v[i]->name);
        free(h->v[i]->why);
    }
    resolver_free(h->resolver);
    for (size_t i = 0; i < h->n; i++)
        free(h->v[i]);
    free(h->v);
    free(h);
}

void mlb_hosts_ask(struct mlb_hosts *h, const struct marathon_apps *apps)
{
    for (size_t i = 0; i < apps->n; i++)
        for (size_t k = 0; k < apps->v[i].tasks.n; k++) {
            const struct marathon_task *task = &apps->v[i].tasks.v[k];
            struct ipaddr numeric;

            if (apps->v[i].network != MARATHON_CONTAINER && marathon_state_serves(task->state) &&
                ipaddr_parse(task->host, &numeric))
                ask(h, task->host);
        }
}

bool mlb_hosts_are_open(const struct mlb_hosts *h)
{
    return h->open;
}

bool mlb_hosts_find(const struct mlb_hosts *h, const char *host, struct ipaddr *ret)
{
    bool found;
    size_t at = search_sorted(h->v, h->n, sizeof(struct host *), host, by_name, &found);

    if (!found || !h->v[at]->address.family)
        return false;
    *ret = h->v[at]->address;
    return true;
}

void mlb_hosts_report(const struct mlb_hosts *h, struct problems *problems)
{
    for (size_t i = 0; i < h->n; i++) {
        CLEAN(free_str) char *subject = xasprintf("host %s", h->v[i]->name);

        if (h->v[i]->settled && !h->v[i]->address.family)
            problems_add(problems, subject, "its tasks are not served: %s", h->v[i]->why);
    }
}

static void ask(struct mlb_hosts *h, const char *name)
{
    bool found;
    size_t at = search_sorted(h->v, h->n, sizeof(struct host *), name, by_name, &found);

    if (!found && h->n >= HOSTS_MAX)
        return;
    if (!found) {
        struct host *host = xcalloc(1, sizeof *host);

        host->name = xstrdup(name);
        host->all = h;
        h->v = xgrow(h->v, h->n, &h->cap, sizeof(struct host *));
        memmove(h->v + at + 1, h->v + at, (h->n++ - at) * sizeof(struct host *));
        h->v[at] = host;
        h->open++;
    }
    if (!h->v[at]->question && ev_now(h->loop) >= h->v[at]->until)
        h->v[at]->question = resolver_ask(h->resolver, name, on_answer, h->v[at]);
}

static void on_answer(void *arg, const struct ipaddr *v, size_t n, double age,
                      const struct err *err)
{
    struct host *host = arg;
    struct mlb_hosts *h = host->all;
    bool first = !host->settled, changed = choose(host, v, n);

    host->question = NULL;
    host->settled = true;
    free(host->why);
    host->why = err ? xstrdup(err_msg(err)) : NULL;
    host->until = ev_now(h->loop) + (err ? AGAIN : age > AGE_MIN ? age : AGE_MIN);
    h->open -= first;
    if (changed || (first && !h->open))
        h->on_change(h->arg);
}

/* An IPv4 address where there is one, and the same as before where it is still among them. */
static bool choose(struct host *host, const struct ipaddr *v, size_t n)
{
    const struct ipaddr *best = NULL;

    for (size_t i = 0; i < n; i++) {
        if (!ipaddr_cmp(&v[i], &host->address))
            return false;
        if (!best || (best->family != AF_INET && v[i].family == AF_INET))
            best = &v[i];
    }
    if (!best)
        return false;
    host->address = *best;
    return true;
}

static int by_name(const void *key, const void *member)
{
    return strcmp(key, (*(struct host *const *)member)->name);
}

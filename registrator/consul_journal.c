#include "registrator/consul_journal.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "lib/json.h"
#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_news.h"
#include "registrator/url.h"

#define TIMEOUT 10. /* seconds for a write */

struct consul_journal {
    struct consul_client *client;
    char *path;
    char *boot;                   /* tells this life of the process from others */
    json_int_t at;                /* changes so far */
    struct strv names;            /* the last ones, at most JOURNAL_NAMES_MAX */
    bool dirty;                   /* there are changes that have not been written */
    bool failing;                 /* the last write failed, and that was logged */
    struct http_request *request; /* the write under way, or NULL */
    ev_timer turn;                /* starts a write, once a turn of the loop */
};

static void on_turn(struct ev_loop *loop, ev_timer *w, int events);
static char *make_body(const struct consul_journal *j);
static void on_written(void *arg, const struct http_answer *answer);
static void kick(struct consul_journal *j);

struct consul_journal *consul_journal_new(struct consul_client *c, const char *node)
{
    struct consul_journal *j = xcalloc(1, sizeof *j);
    CLEAN(sbuf) struct sbuf path = SBUF_INIT;
    uint64_t random = 0;

    if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
        random = (uint64_t)(ev_time() * 1e6);
    j->client = c;
    j->boot = xasprintf("%016llx", (unsigned long long)random);
    sbuf_adds(&path, "/v1/kv/" JOURNAL_PREFIX);
    url_add_escaped(&path, node);
    j->path = sbuf_take(&path);
    ev_timer_init(&j->turn, on_turn, 0., 0.);
    j->turn.data = j;
    return j;
}

void consul_journal_free(struct consul_journal *j)
{
    if (!j)
        return;
    http_cancel(j->request);
    ev_timer_stop(j->client->loop, &j->turn);
    strv_done(&j->names);
    free(j->path);
    free(j->boot);
    free(j);
}

void consul_journal_note(struct consul_journal *j, const char *service)
{
    if (j->names.n == JOURNAL_NAMES_MAX)
        strv_remove(&j->names, 0);
    strv_add(&j->names, service);
    j->at++;
    j->dirty = true;
    kick(j);
}

static void kick(struct consul_journal *j)
{
    if (j->request || ev_is_active(&j->turn))
        return;
    ev_timer_set(&j->turn, 0., 0.);
    ev_timer_start(j->client->loop, &j->turn);
}

static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct consul_journal *j = w->data;
    CLEAN(free_str) char *body = make_body(j);

    (void)loop;
    (void)events;
    j->dirty = false;
    j->request = consul_client_start(j->client, "PUT", j->path, body, TIMEOUT, on_written, j);
}

static char *make_body(const struct consul_journal *j)
{
    CLEAN(json) json_t *doc = json_object();
    json_t *names = json_array();

    json_set_str(doc, "boot", j->boot);
    json_object_set_new(doc, "at", json_integer(j->at));
    for (size_t i = 0; i < j->names.n; i++)
        json_array_append_new(names, json_string(j->names.v[i]));
    json_object_set_new(doc, "services", names);
    return json_dumps(doc, JSON_COMPACT);
}

static void on_written(void *arg, const struct http_answer *answer)
{
    struct consul_journal *j = arg;
    CLEAN(err) struct err *err = NULL;
    bool failed = !http_answer_ok(answer);

    j->request = NULL;
    if (failed && !j->failing) {
        http_answer_err(answer, "cannot write", &err);
        log_warn("consul",
                 "%s (%s): load balancers with many services see changes of this node later; the "
                 "token needs key_prefix \"" JOURNAL_PREFIX "\" write",
                 err_msg(err), j->path);
    }
    j->failing = failed;
    if (j->dirty)
        kick(j);
}

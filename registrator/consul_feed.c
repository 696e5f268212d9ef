#include "registrator/consul_feed.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "registrator/consul_probe.h"
#include "registrator/standing.h"
#include "registrator/url.h"

#define TIMEOUT 10. /* seconds for one answer */

struct consul_feed {
    struct consul_client *client;
    struct strv paths, bodies; /* one request each, in step */
    size_t at;                 /* the next one */
    struct http_request *request;
};

static void next(struct consul_feed *f);
static void on_answer(void *arg, const struct http_answer *answer);

struct consul_feed *consul_feed_new(struct consul_client *c)
{
    struct consul_feed *f = xcalloc(1, sizeof *f);

    f->client = c;
    return f;
}

void consul_feed_free(struct consul_feed *f)
{
    if (!f)
        return;
    http_cancel(f->request);
    strv_done(&f->paths);
    strv_done(&f->bodies);
    free(f);
}

void consul_feed_start(struct consul_feed *f, const struct instances *list)
{
    strv_done(&f->paths);
    strv_done(&f->bodies);
    f->at = 0;
    for (const struct instance *i = list->v; i < list->v + list->n; i++) {
        char *result = i->fed ? consul_probe_result(i->state) : NULL;

        if (!result)
            continue;
        strv_add_take(&f->paths, consul_feed_path(i->id));
        strv_add_take(&f->bodies, result);
    }
    if (!f->request)
        next(f);
}

char *consul_feed_path(const char *instance_id)
{
    CLEAN(free_str) char *check = xasprintf(STANDING_PROBE "%s", instance_id);
    struct sbuf path = SBUF_INIT;

    sbuf_adds(&path, "/v1/agent/check/update/");
    url_add_escaped(&path, check);
    return sbuf_take(&path);
}

static void next(struct consul_feed *f)
{
    if (f->at == f->paths.n)
        return;
    size_t at = f->at++;
    f->request = consul_client_start(f->client, "PUT", f->paths.v[at], f->bodies.v[at], TIMEOUT,
                                     on_answer, f);
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct consul_feed *f = arg;
    CLEAN(err) struct err *err = NULL;

    f->request = NULL;
    if (!http_answer_ok(answer)) {
        http_answer_err(answer, "Consul does not take the result of a health check", &err);
        log_debug("consul", "%s", err_msg(err));
    }
    next(f);
}

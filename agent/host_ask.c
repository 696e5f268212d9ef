#include "agent/host_ask.h"

#include <ev.h>
#include <string.h>

#include "agent/host_dns.h"
#include "agent/host_read.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/xmalloc.h"

#define WATCH_SECONDS 1. /* that conntrack is watched */
#define ANSWER_SECONDS 10.
#define ANSWER_MAX (64 * 1024 * 1024) /* bytes of one document */

struct question {
    struct host *host;
    void (*add)(struct docker_view *view, const json_t *doc);
};

static void on_state(void *arg, const struct http_answer *answer);
static void on_answer(void *arg, const struct http_answer *answer);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);

void host_ask_kernel(struct host *h)
{
    CLEAN(err) struct err *err = NULL;

    if (!survey_take(&h->survey, h->mark, &err))
        return;
    survey_done(&h->survey);
    h->survey_lost = xstrdup(err_msg(err));
}

/* The loop ends when every question is answered and the timer has fired. */
void host_ask_docker(struct host *h, const struct http_server *server, const char *root)
{
    /* Without a version: the newest, which says most. */
    static const char *const paths[] = {"/info", "/networks", "/containers/json"};
    struct question questions[] = {
        {h, docker_view_add_info}, {h, docker_view_add_networks}, {h, docker_view_add_containers}};
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);
    ev_timer timer;

    ev_timer_init(&timer, on_timer, WATCH_SECONDS, 0.);
    ev_timer_start(loop, &timer);
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        CLEAN(free_str) char *url = xasprintf("%s%s", server->base, paths[i]);

        http_start(http, &(struct http_call){.url = url,
                                             .unix_socket = server->unix_socket,
                                             .tls = &server->tls,
                                             .max_body = ANSWER_MAX,
                                             .timeout = ANSWER_SECONDS,
                                             .on_done = on_answer,
                                             .arg = &questions[i]});
    }
    ev_run(loop, 0);
    http_free(http);
    ev_loop_destroy(loop);
    host_read_drops_again(h, root);
}

void host_ask_agent(struct host *h, const char *admin)
{
    CLEAN(free_str) char *url = xasprintf("http://%s/v1/state", admin);
    struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
    struct http *http = http_new(loop);

    if (*admin) {
        http_start(http, &(struct http_call){.url = url,
                                             .max_body = ANSWER_MAX,
                                             .timeout = ANSWER_SECONDS,
                                             .on_done = on_state,
                                             .arg = h});
        ev_run(loop, 0);
    } else {
        h->agent_lost = xstrdup("it has no admin server ([agent] admin)");
    }
    http_free(http);
    ev_loop_destroy(loop);
}

static void on_state(void *arg, const struct http_answer *answer)
{
    struct host *h = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = NULL;
    json_t *problem;
    size_t i;

    if (!http_answer_ok(answer))
        http_answer_err(answer, "no answer", &err);
    else
        doc = json_parse(answer->body, answer->len, &err);
    if (!doc) {
        h->agent_lost = xstrdup(err_msg(err));
        return;
    }
    if (h->dns)
        host_dns_take(h, doc);
    json_array_foreach(json_arr(doc, "problems"), i, problem) {
        const char *area = json_str(problem, "area"), *subject = json_str(problem, "subject"),
                   *text = json_str(problem, "text");

        if (area && subject && text && !strcmp(area, "dubbo"))
            problems_add(&h->dubbo_problems, subject, "%s", text);
    }
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    const struct question *q = arg;
    CLEAN(err) struct err *err = NULL;
    CLEAN(json) json_t *doc = NULL;

    if (!http_answer_ok(answer))
        http_answer_err(answer, "no answer", &err);
    else
        doc = json_parse(answer->body, answer->len, &err);
    if (doc)
        q->add(&q->host->docker, doc);
    else if (!q->host->docker_lost)
        q->host->docker_lost = xstrdup(err_msg(err));
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)w;
    (void)events;
}

#include "lib/http.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/http_tls.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define BODY_MAX_DEFAULT (1024 * 1024)
#define CONNECT_TIMEOUT_MS 5000L
#define ERROR_BODY_SHOWN 200 /* bytes of an error answer's body that go into a message */

struct http {
    struct ev_loop *loop;
    CURLM *multi;
    ev_timer timer;
    struct http_request *requests; /* doubly linked, so that http_free() finds them */
};

struct http_request {
    struct http *http;
    struct http_request *prev, *next;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    char *body;
    const char *want_header;
    char *header;
    size_t max_body;
    struct sbuf answer;
    bool too_long;
    char error[CURL_ERROR_SIZE];
    void (*on_data)(void *arg, const char *data, size_t len);
    void (*on_done)(void *arg, const struct http_answer *answer);
    void *arg;
};

/* One watcher per socket of libcurl's. */
struct http_socket {
    struct http *http;
    ev_io io;
};

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user);
static int on_curl_timer(CURLM *multi, long timeout_ms, void *user);
static void on_socket(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static size_t on_body(char *data, size_t size, size_t n, void *user);
static size_t on_header(char *data, size_t size, size_t n, void *user);
static void finish_done_requests(struct http *h);
static void request_free(struct http_request *r);

struct http *http_new(struct ev_loop *loop)
{
    struct http *h = xcalloc(1, sizeof *h);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    h->loop = loop;
    h->multi = curl_multi_init();
    ev_timer_init(&h->timer, on_timer, 0., 0.);
    h->timer.data = h;
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    return h;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    while (h->requests)
        request_free(h->requests);
    curl_multi_cleanup(h->multi);
    ev_timer_stop(h->loop, &h->timer);
    free(h);
    curl_global_cleanup();
}

static void set_request_options(struct http_request *r, const struct http_call *call)
{
    CURL *e = r->easy;

    curl_easy_setopt(e, CURLOPT_URL, call->url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, r);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(call->timeout * 1000.));
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, r->error);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, r);
    if (call->unix_socket)
        curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, call->unix_socket);
    if (call->tls)
        r->connect_to = http_tls_apply(e, call->tls, call->url);
    if (call->user)
        curl_easy_setopt(e, CURLOPT_USERPWD, call->user);
    if (call->method)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, call->method);
    if (r->body) {
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
        r->headers = curl_slist_append(r->headers, "Content-Type: application/json");
        r->headers = curl_slist_append(r->headers, "Expect:");
    }
    for (const char *const *h = call->headers; h && *h; h++)
        r->headers = curl_slist_append(r->headers, *h);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, r->headers);
}

struct http_request *http_start(struct http *h, const struct http_call *call)
{
    struct http_request *r = xcalloc(1, sizeof *r);

    r->http = h;
    r->easy = curl_easy_init();
    r->max_body = call->max_body ? call->max_body : BODY_MAX_DEFAULT;
    r->want_header = call->want_header;
    r->on_data = call->on_data;
    r->on_done = call->on_done;
    r->arg = call->arg;
    if (call->body) {
        r->body = xmalloc(call->body_len + 1);
        memcpy(r->body, call->body, call->body_len);
    }
    set_request_options(r, call);
    r->next = h->requests;
    if (r->next)
        r->next->prev = r;
    h->requests = r;
    curl_multi_add_handle(h->multi, r->easy);
    return r;
}

void http_cancel(struct http_request *r)
{
    if (r)
        request_free(r);
}

int http_answer_ok(const struct http_answer *answer)
{
    return !answer->err && answer->status >= 200 && answer->status <= 299;
}

int http_answer_err(const struct http_answer *answer, const char *what, struct err **err)
{
    if (answer->err)
        return err_set_code(err, err_code(answer->err), "%s: %s", what, err_msg(answer->err));
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;
    CLEAN(free_str) char *cut = xstrndup(answer->body, ERROR_BODY_SHOWN);
    cut[strcspn(cut, "\r\n")] = '\0';
    sbuf_add_printable(&shown, cut);
    return err_set(err, "%s: HTTP status %ld%s%s", what, answer->status, shown.len ? ": " : "",
                   sbuf_str(&shown));
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct http *h = user;
    struct http_socket *s = socket_user;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s)
            ev_io_stop(h->loop, &s->io);
        free(s);
        return 0;
    }
    if (!s) {
        s = xcalloc(1, sizeof *s);
        s->http = h;
        ev_init(&s->io, on_socket);
        s->io.data = s;
        curl_multi_assign(h->multi, fd, s);
    }
    ev_io_stop(h->loop, &s->io);
    ev_io_set(&s->io, fd,
              (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
    ev_io_start(h->loop, &s->io);
    return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct http *h = user;

    (void)multi;
    ev_timer_stop(h->loop, &h->timer);
    if (timeout_ms >= 0) {
        ev_timer_set(&h->timer, (double)timeout_ms / 1000., 0.);
        ev_timer_start(h->loop, &h->timer);
    }
    return 0;
}

static void on_socket(struct ev_loop *loop, ev_io *w, int events)
{
    struct http_socket *s = w->data;
    struct http *h = s->http; /* libcurl may free 's' in the call */
    int running;

    (void)loop;
    curl_multi_socket_action(h->multi, w->fd,
                             (events & EV_READ ? CURL_CSELECT_IN : 0) |
                                 (events & EV_WRITE ? CURL_CSELECT_OUT : 0),
                             &running);
    finish_done_requests(h);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct http *h = w->data;
    int running;

    (void)loop;
    (void)events;
    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done_requests(h);
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct http_request *r = user;
    size_t len = size * n;
    long status = 0;

    curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    if (r->on_data && status >= 200 && status <= 299) {
        r->on_data(r->arg, data, len);
        return len;
    }
    if (r->answer.len + len > r->max_body) {
        r->too_long = true;
        return 0;
    }
    sbuf_add(&r->answer, data, len);
    return len;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct http_request *r = user;
    size_t len = size * n, name = r->want_header ? strlen(r->want_header) : 0;

    if (!name || len <= name || data[name] != ':' || strncasecmp(data, r->want_header, name))
        return len;
    const char *value = data + name + 1, *end = data + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    free(r->header);
    r->header = xstrndup(value, (size_t)(end - value));
    return len;
}

static void finish_request(struct http_request *r, CURLcode code)
{
    CLEAN(err) struct err *err = NULL;
    struct http_answer answer = {.header = r->header};

    if (r->too_long)
        err_set(&err, "the answer has more than %zu bytes", r->max_body);
    else if (code != CURLE_OK)
        err_set(&err, "%s", r->error[0] ? r->error : curl_easy_strerror(code));
    else
        curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.err = err;
    answer.body = sbuf_str(&r->answer);
    answer.len = r->answer.len;
    r->on_done(r->arg, &answer);
    request_free(r);
}

static void finish_done_requests(struct http *h)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(h->multi, &left))) {
        struct http_request *r;

        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &r);
        finish_request(r, code);
    }
}

static void request_free(struct http_request *r)
{
    struct http *h = r->http;

    if (r->prev)
        r->prev->next = r->next;
    else
        h->requests = r->next;
    if (r->next)
        r->next->prev = r->prev;
    curl_multi_remove_handle(h->multi, r->easy);
    curl_easy_cleanup(r->easy);
    curl_slist_free_all(r->headers);
    curl_slist_free_all(r->connect_to);
    sbuf_done(&r->answer);
    free(r->header);
    free(r->body);
    free(r);
}

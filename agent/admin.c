#include "agent/admin.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/admin_guard.h"
#include "agent/admin_inside.h"
#include "agent/admin_listen.h"
#include "agent/admin_path.h"
#include "lib/xmalloc.h"

#define CONNECTIONS_MAX 64
#define CONNECTIONS_SPARE 16                /* those that are cut off and not closed yet */
#define CONNECTIONS_EACH 4                  /* from one address, of strangers */
#define IDLE_TIMEOUT 30                     /* seconds without a byte */
#define HEAD_MAX ((size_t)32 * 1024)        /* bytes of a request's line and headers */
#define OWED_MAX ((size_t)64 * 1024 * 1024) /* bytes of answers; a single one may be longer */
#define PLAIN "text/plain"

static int start(struct admin *a, struct err **err);
static struct MHD_Daemon *start_daemon(struct admin *a, int fd);
static void on_io(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void pump(struct admin *a);
static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code);
static void *on_url(void *cls, const char *url, struct MHD_Connection *c);
static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state);
static void look_at_head(struct admin_request *r, const char *url, const char *method);
static void refuse(struct admin_request *r, unsigned status, struct sbuf *text);
static enum MHD_Result queue(struct admin_request *r);
static void on_completed(void *cls, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode code);

struct admin *admin_new(struct ev_loop *loop, const struct admin_config *config, struct err **err)
{
    struct admin *a = xcalloc(1, sizeof *a);

    a->loop = loop;
    a->config = *config;
    if (start(a, err)) {
        free(a);
        return NULL;
    }
    if (config->socket)
        a->socket = xstrdup(config->socket);
    a->config.address = a->config.socket = NULL;
    return a;
}

void admin_free(struct admin *a)
{
    if (!a)
        return;
    ev_io_stop(a->loop, &a->io);
    ev_timer_stop(a->loop, &a->timer);
    /* libmicrohttpd does not stop while a connection is suspended. */
    for (struct admin_request *r = a->open; r; r = r->next)
        if (r->suspended) {
            r->suspended = false;
            MHD_resume_connection(r->connection);
        }
    if (a->socket)
        unlink(a->socket);
    MHD_stop_daemon(a->daemon);
    free(a->socket);
    free(a);
}

void *admin_request_arg(const struct admin_request *r)
{
    return r->admin->config.arg;
}

int admin_request_peer(const struct admin_request *r, struct ipaddr *ret)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    if (!info || info->client_addr->sa_family != AF_INET)
        return -1;
    *ret = (struct ipaddr){.family = AF_INET};
    memcpy(ret->b, &((const struct sockaddr_in *)info->client_addr)->sin_addr, 4);
    return 0;
}

const char *admin_request_query(const struct admin_request *r, const char *key)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, key);
}

const char *admin_request_header(const struct admin_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

void admin_reply_header(struct admin_request *r, const char *name, const char *value)
{
    if (r->n_headers < ADMIN_HEADERS_MAX)
        r->headers[r->n_headers++] = (struct admin_header){name, xstrdup(value)};
}

void admin_reply(struct admin_request *r, unsigned status, const char *content_type, char *body)
{
    r->replied = true;
    r->status = status;
    r->content_type = content_type;
    r->body = body;
    admin_request_resume(r);
}

void admin_reply_fixed(struct admin_request *r, unsigned status, const char *content_type,
                       const void *body, size_t len)
{
    r->fixed = body;
    r->fixed_len = len;
    admin_reply(r, status, content_type, NULL);
}

void admin_request_resume(struct admin_request *r)
{
    if (!r->suspended)
        return;
    r->suspended = false;
    MHD_resume_connection(r->connection);
    ev_feed_event(r->admin->loop, &r->admin->io, EV_READ);
}

struct admin_connection *admin_connection_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ---- the server ---- */

static int start(struct admin *a, struct err **err)
{
    const struct admin_config *c = &a->config;
    int fd = c->socket ? admin_listen_unix(c->socket, err)
                       : admin_listen_at(c->address, c->strangers, err);

    if (fd < 0)
        return -1;
    a->daemon = start_daemon(a, fd);
    if (!a->daemon) {
        close(fd);
        return err_set(err, "cannot serve HTTP at %s", c->socket ? c->socket : c->address);
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(a->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ev_io_init(&a->io, on_io, info->epoll_fd, EV_READ);
    ev_timer_init(&a->timer, on_timer, 0., 0.);
    a->io.data = a->timer.data = a;
    ev_io_start(a->loop, &a->io);
    return 0;
}

static struct MHD_Daemon *start_daemon(struct admin *a, int fd)
{
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, a,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_url, a,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, a, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        a, MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MAX, MHD_OPTION_CONNECTION_LIMIT,
        CONNECTIONS_MAX + CONNECTIONS_SPARE, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        a->config.strangers ? CONNECTIONS_EACH : 0, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT,
        MHD_OPTION_END);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
    (void)loop;
    (void)events;
    pump(w->data);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    (void)loop;
    (void)events;
    pump(w->data);
}

/* Lets libmicrohttpd work, and comes back when it wants to, or when somebody's time is over. */
static void pump(struct admin *a)
{
    MHD_UNSIGNED_LONG_LONG ms;

    MHD_run(a->daemon);
    double now = ev_now(a->loop), at = admin_connections_expire(&a->connections, now);
    if (MHD_get_timeout(a->daemon, &ms) == MHD_YES && (at == 0. || now + (double)ms / 1000. < at))
        at = now + (double)ms / 1000.;
    ev_timer_stop(a->loop, &a->timer);
    if (at == 0.)
        return;
    ev_timer_set(&a->timer, at > now ? at - now : 0., 0.);
    ev_timer_start(a->loop, &a->timer);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct admin *a = cls;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

        *context = admin_connection_add(&a->connections, fd, CONNECTIONS_MAX, ev_now(a->loop));
    } else {
        admin_connection_free(&a->connections, *context);
    }
}

/* ---- a request ---- */

/* The URL as it was sent. What libmicrohttpd makes of it ends at a NUL byte, and would then be
 * another one. */
static void *on_url(void *cls, const char *url, struct MHD_Connection *c)
{
    struct admin *a = cls;
    struct admin_request *r = xcalloc(1, sizeof *r);

    r->admin = a;
    r->connection = c;
    r->is_bad = strstr(url, "%00") != NULL;
    r->next = a->open;
    a->open = r;
    return r;
}

/* libmicrohttpd calls this when the headers have come, for each piece of a body, when the request
 * is complete, and again after each resume. A refusal is given at once: the body is not read. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct admin *a = cls;
    struct admin_request *r = *state;

    (void)version;
    (void)upload;
    if (!r->has_begun) {
        r->has_begun = true;
        look_at_head(r, url, method);
        return r->replied ? queue(r) : MHD_YES;
    }
    if (*upload_size) {
        r->body_len += *upload_size;
        *upload_size = 0;
        return r->body_len > ADMIN_BODY_MAX ? MHD_NO : MHD_YES;
    }
    if (!r->handed_over) {
        r->handed_over = true;
        admin_connection_enter(admin_connection_of(c), ADMIN_WAITING, ev_now(a->loop));
        r->path->answer(a->config.arg, url, r);
    }
    if (r->replied)
        return queue(r);
    r->suspended = true;
    MHD_suspend_connection(c);
    return MHD_YES;
}

static bool is_too_long(const struct admin_request *r)
{
    const char *length = admin_request_header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return length && strtoull(length, NULL, 10) > ADMIN_BODY_MAX;
}

static bool is_read(const char *method)
{
    return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

/* Replies where the headers say enough to refuse. */
static void look_at_head(struct admin_request *r, const char *url, const char *method)
{
    const struct admin_config *c = &r->admin->config;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const struct admin_path *p = admin_path_find(c->paths, c->n_paths, url);
    struct admin_asked asked = {.local = r->admin->socket,
                                .is_write = !is_read(method),
                                .is_open = p && p->is & ADMIN_OPEN,
                                .host = admin_request_header(r, MHD_HTTP_HEADER_HOST),
                                .origin = admin_request_header(r, MHD_HTTP_HEADER_ORIGIN),
                                .authorization =
                                    admin_request_header(r, MHD_HTTP_HEADER_AUTHORIZATION),
                                .fetch_site = admin_request_header(r, "Sec-Fetch-Site"),
                                .fetch_dest = admin_request_header(r, "Sec-Fetch-Dest")};

    r->is_head = !strcmp(method, "HEAD");
    r->path = p;
    unsigned status = r->is_bad ? 400 : is_too_long(r) ? 413 : !p ? 404 : 0;
    if (status == 400)
        sbuf_adds(&text, "the path has a NUL byte\n");
    else if (status == 413)
        sbuf_addf(&text, "a body has at most %zu bytes here\n", ADMIN_BODY_MAX);
    else if (status == 404)
        admin_path_list(c->paths, c->n_paths, &text);
    else if (!admin_path_takes(p, method)) {
        status = 405;
        admin_reply_header(r, MHD_HTTP_HEADER_ALLOW, admin_path_allows(p));
        sbuf_addf(&text, "%s takes %s\n", p->path, admin_path_allows(p));
    } else if (c->guard)
        status = admin_guard_check(c->guard, &asked, &text);
    if (status)
        refuse(r, status, &text);
}

static void refuse(struct admin_request *r, unsigned status, struct sbuf *text)
{
    if (status == 401)
        admin_reply_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"berth\"");
    admin_reply(r, status, PLAIN, sbuf_take(text));
}

static struct MHD_Response *make_response(struct admin_request *r)
{
    if (r->stream)
        return admin_stream_response(r);
    if (r->fixed)
        /* libmicrohttpd takes a pointer that is not const, and reads. */
        return MHD_create_response_from_buffer(r->fixed_len, (void *)(uintptr_t)r->fixed,
                                               MHD_RESPMEM_PERSISTENT);
    size_t len = strlen(r->body);

    if (r->admin->owed && r->admin->owed + len > OWED_MAX) {
        free(r->body);
        r->status = 503;
        r->body = xstrdup("too many answers wait to be taken\n");
        len = strlen(r->body);
    }
    r->owed = len;
    r->admin->owed += len;
    return MHD_create_response_from_buffer(len, TAKE_PTR(r->body), MHD_RESPMEM_MUST_FREE);
}

/* Has the handler set the header 'name'? */
static bool says(const struct admin_request *r, const char *name)
{
    for (unsigned i = 0; i < r->n_headers; i++)
        if (!strcmp(r->headers[i].name, name))
            return true;
    return false;
}

static enum MHD_Result queue(struct admin_request *r)
{
    struct MHD_Response *response = make_response(r);

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    if (!says(r, MHD_HTTP_HEADER_CACHE_CONTROL))
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    for (unsigned i = 0; i < r->n_headers; i++)
        MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    enum MHD_Result result = MHD_queue_response(r->connection, r->status, response);
    MHD_destroy_response(response);
    if (!r->stream)
        admin_connection_enter(admin_connection_of(r->connection), ADMIN_ANSWERING,
                               ev_now(r->admin->loop));
    return result;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct admin *a = cls;
    struct admin_request *r = *state, **at = &a->open;

    (void)code;
    if (!r)
        return;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    admin_stream_done(r);
    admin_connection_enter(admin_connection_of(c), ADMIN_ASKING, ev_now(a->loop));
    a->owed -= r->owed;
    for (unsigned i = 0; i < r->n_headers; i++)
        free(r->headers[i].value);
    free(r->body);
    free(r);
    *state = NULL;
}

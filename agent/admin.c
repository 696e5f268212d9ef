#include "agent/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/xmalloc.h"

#define CONNECTIONS_MAX 64
#define CONNECTIONS_EACH 4 /* from one address, of those who may not be trusted */
#define BACKLOG 64
#define IDLE_TIMEOUT 30 /* seconds */

struct admin {
    struct ev_loop *loop;
    struct MHD_Daemon *daemon;
    admin_handler handler;
    void *arg;
    struct admin_request *open; /* linked */
    ev_io io;
    ev_timer timer;
};

struct admin_request {
    struct admin *admin;
    struct admin_request *next;
    struct MHD_Connection *connection;
    bool handed_over; /* the handler has been called */
    bool suspended;   /* waiting for the handler's answer */
    bool replied;
    unsigned status;
    const char *content_type;
    char *body;
};

static struct admin *start(struct ev_loop *loop, const char *address, bool is_open,
                           admin_handler handler, void *arg, struct err **err);
static int listen_at(const char *address, bool is_early, struct err **err);
static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state);
static void on_completed(void *cls, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode code);
static void on_io(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static int parse_address(const char *address, struct sockaddr_in *ret, struct err **err);

struct admin *admin_new(struct ev_loop *loop, const char *address, admin_handler handler, void *arg,
                        struct err **err)
{
    return start(loop, address, false, handler, arg, err);
}

struct admin *admin_new_open(struct ev_loop *loop, const char *address, admin_handler handler,
                             void *arg, struct err **err)
{
    return start(loop, address, true, handler, arg, err);
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
    MHD_stop_daemon(a->daemon);
    free(a);
}

void *admin_request_arg(const struct admin_request *r)
{
    return r->admin->arg;
}

const char *admin_request_query(const struct admin_request *r, const char *key)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, key);
}

void admin_reply(struct admin_request *r, unsigned status, const char *content_type, char *body)
{
    struct admin *a = r->admin;

    r->replied = true;
    r->status = status;
    r->content_type = content_type;
    r->body = body;
    if (!r->suspended)
        return;
    r->suspended = false;
    MHD_resume_connection(r->connection);
    ev_feed_event(a->loop, &a->io, EV_READ);
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

static struct admin *start(struct ev_loop *loop, const char *address, bool is_open,
                           admin_handler handler, void *arg, struct err **err)
{
    struct admin *a = xcalloc(1, sizeof *a);

    a->loop = loop;
    a->handler = handler;
    a->arg = arg;
    int fd = listen_at(address, is_open, err);
    if (fd >= 0)
        a->daemon =
            MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, a,
                             MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
                             on_completed, a, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                             MHD_OPTION_PER_IP_CONNECTION_LIMIT, is_open ? CONNECTIONS_EACH : 0,
                             MHD_OPTION_CONNECTION_TIMEOUT, IDLE_TIMEOUT, MHD_OPTION_END);
    if (!a->daemon) {
        if (fd >= 0) {
            err_set(err, "cannot serve HTTP at %s", address);
            close(fd);
        }
        free(a);
        return NULL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(a->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ev_io_init(&a->io, on_io, info->epoll_fd, EV_READ);
    ev_timer_init(&a->timer, on_timer, 0., 0.);
    a->io.data = a->timer.data = a;
    ev_io_start(loop, &a->io);
    return a;
}

static int listen_at(const char *address, bool is_early, struct err **err)
{
    struct sockaddr_in where;
    int on = 1, early = is_early;

    if (parse_address(address, &where, err))
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot listen on %s", address);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &early, sizeof early);
    if (!bind(fd, (struct sockaddr *)&where, sizeof where) && !listen(fd, BACKLOG))
        return fd;
    err_set_errno(err, errno, "cannot listen on %s (does another berth agent run? [agent] %s)",
                  address, is_early ? "self" : "admin");
    close(fd);
    return -1;
}

/* Lets libmicrohttpd work, and come back when it wants to. */
static void pump(struct admin *a)
{
    MHD_UNSIGNED_LONG_LONG ms;

    MHD_run(a->daemon);
    ev_timer_stop(a->loop, &a->timer);
    if (MHD_get_timeout(a->daemon, &ms) == MHD_YES) {
        ev_timer_set(&a->timer, (double)ms / 1000., 0.);
        ev_timer_start(a->loop, &a->timer);
    }
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

static enum MHD_Result queue(struct admin_request *r)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(r->body), r->body, MHD_RESPMEM_MUST_COPY);

    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    enum MHD_Result result = MHD_queue_response(r->connection, r->status, response);
    MHD_destroy_response(response);
    return result;
}

/* libmicrohttpd calls this when the headers have come, again when the request is complete, and
 * again after each resume. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct admin *a = cls;
    struct admin_request *r = *state;

    (void)version;
    (void)upload;
    if (!r) {
        r = xcalloc(1, sizeof *r);
        r->admin = a;
        r->connection = c;
        r->next = a->open;
        a->open = r;
        *state = r;
        return MHD_YES;
    }
    *upload_size = 0;
    if (!r->handed_over) {
        r->handed_over = true;
        if (strcmp(method, "GET") && strcmp(method, "HEAD"))
            admin_reply(r, 405, "text/plain", xstrdup("only GET is answered here\n"));
        else
            a->handler(a->arg, url, r);
    }
    if (r->replied)
        return queue(r);
    r->suspended = true;
    MHD_suspend_connection(c);
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct admin *a = cls;
    struct admin_request *r = *state, **at = &a->open;

    (void)c;
    (void)code;
    if (!r)
        return;
    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    free(r->body);
    free(r);
    *state = NULL;
}

static int parse_address(const char *address, struct sockaddr_in *ret, struct err **err)
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');
    unsigned port;

    if (colon && sscanf(colon, ":%u", &port) == 1 && port <= 65535) {
        CLEAN(free_str) char *host = xstrndup(address, (size_t)(colon - address));
        where.sin_port = htons((uint16_t)port);
        if (inet_pton(AF_INET, host, &where.sin_addr) == 1) {
            *ret = where;
            return 0;
        }
    }
    return err_set(err, "%s is no address and port", address);
}

#include "lib/resolver.h"

#include <string.h>

#include "lib/xmalloc.h"

struct resolver_question {
    struct resolver *resolver;
    char *name;
    void (*on_done)(void *arg, const struct ipaddr *v, size_t n, double age,
                    const struct err *err); /* NULL: cancelled */
    void *arg;
    ev_timer turn;    /* tells what has come, in a turn of its own */
    struct ipaddr *v; /* what has come */
    size_t n, cap;
    double age;
    struct err *err;
};

static struct resolver_question *question_new(struct resolver *r, const char *name,
                                              void (*on_done)(void *arg, const struct ipaddr *v,
                                                              size_t n, double age,
                                                              const struct err *err),
                                              void *arg);
static void question_free(struct resolver_question *q);
static void on_turn(struct ev_loop *loop, ev_timer *w, int events);

#ifdef HAVE_CARES
#include <ares.h>
#include <netdb.h>

#define SOCKETS_MAX 16   /* of c-ares at once: one or two for each server */
#define TRY_TIMEOUT 2000 /* milliseconds for the first try with a server */
#define TRIES 2
#define AGE_UNKNOWN 60 /* seconds: what /etc/hosts says has no time to live */

struct resolver {
    struct ev_loop *loop;
    ares_channel channel;
    ev_io io[SOCKETS_MAX]; /* active or free */
    ev_timer timer;
};

static void on_socket_state(void *arg, int fd, int readable, int writable);
static void on_io(struct ev_loop *loop, ev_io *w, int events);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void set_timer(struct resolver *r);
static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info);
static void take_addresses(struct resolver_question *q, const struct ares_addrinfo *info);

struct resolver *resolver_new(struct ev_loop *loop, struct err **err)
{
    struct resolver *r = xcalloc(1, sizeof *r);
    struct ares_options options = {.timeout = TRY_TIMEOUT,
                                   .tries = TRIES,
                                   .sock_state_cb = on_socket_state,
                                   .sock_state_cb_data = r};
    int status = ares_library_init(ARES_LIB_INIT_ALL);

    r->loop = loop;
    ev_timer_init(&r->timer, on_timer, 0., 0.);
    r->timer.data = r;
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        ev_io_init(&r->io[i], on_io, -1, 0);
        r->io[i].data = r;
    }
    if (!status)
        status = ares_init_options(&r->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (!status)
        return r;
    err_set(err, "cannot prepare to resolve host names: %s", ares_strerror(status));
    free(r);
    return NULL;
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    ares_destroy(r->channel);
    ares_library_cleanup();
    for (size_t i = 0; i < SOCKETS_MAX; i++)
        ev_io_stop(r->loop, &r->io[i]);
    ev_timer_stop(r->loop, &r->timer);
    free(r);
}

struct resolver_question *resolver_ask(struct resolver *r, const char *name,
                                       void (*on_done)(void *arg, const struct ipaddr *v, size_t n,
                                                       double age, const struct err *err),
                                       void *arg)
{
    const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT, .ai_family = AF_UNSPEC};
    struct resolver_question *q = question_new(r, name, on_done, arg);

    ares_getaddrinfo(r->channel, name, NULL, &hints, on_answer, q);
    set_timer(r);
    return q;
}

/* c-ares still has it: its answer frees it. */
void resolver_forget(struct resolver_question *q)
{
    if (!q)
        return;
    if (q->err || q->n)
        question_free(q);
    else
        q->on_done = NULL;
}

/* c-ares wants to know when 'fd' can be read or written; neither: it is closed. */
static void on_socket_state(void *arg, int fd, int readable, int writable)
{
    struct resolver *r = arg;
    ev_io *own = NULL;

    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        ev_io *w = &r->io[i];

        if (ev_is_active(w) ? w->fd == fd : !own)
            own = w;
        if (ev_is_active(w) && w->fd == fd)
            break;
    }
    if (!own)
        return; /* the question runs into its timeout */
    ev_io_stop(r->loop, own);
    ev_io_set(own, fd, (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0));
    if (readable || writable)
        ev_io_start(r->loop, own);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
    struct resolver *r = w->data;

    (void)loop;
    ares_process_fd(r->channel, events & EV_READ ? w->fd : ARES_SOCKET_BAD,
                    events & EV_WRITE ? w->fd : ARES_SOCKET_BAD);
    set_timer(r);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct resolver *r = w->data;

    (void)loop;
    (void)events;
    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(r);
}

static void set_timer(struct resolver *r)
{
    struct timeval buf, *left = ares_timeout(r->channel, NULL, &buf);

    ev_timer_stop(r->loop, &r->timer);
    if (!left)
        return;
    ev_timer_set(&r->timer, (double)left->tv_sec + (double)left->tv_usec / 1e6, 0.);
    ev_timer_start(r->loop, &r->timer);
}

/* May be called from within resolver_ask(). */
static void on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    struct resolver_question *q = arg;

    (void)timeouts;
    if (!q->on_done) {
        ares_freeaddrinfo(info);
        question_free(q);
        return;
    }
    if (status == ARES_SUCCESS)
        take_addresses(q, info);
    if (!q->n)
        err_set(&q->err, "%s", status ? ares_strerror(status) : "it has no address");
    ares_freeaddrinfo(info);
    ev_timer_start(q->resolver->loop, &q->turn);
}

static void take_addresses(struct resolver_question *q, const struct ares_addrinfo *info)
{
    for (const struct ares_addrinfo_node *i = info->nodes; i; i = i->ai_next) {
        struct ipaddr a = {.family = (uint8_t)i->ai_family};

        if (a.family == AF_INET)
            memcpy(a.b, &((const struct sockaddr_in *)(const void *)i->ai_addr)->sin_addr, 4);
        else if (a.family == AF_INET6)
            memcpy(a.b, &((const struct sockaddr_in6 *)(const void *)i->ai_addr)->sin6_addr, 16);
        else
            continue;
        q->v = xgrow(q->v, q->n, &q->cap, sizeof *q->v);
        q->v[q->n++] = a;
        if (i->ai_ttl > 0 && (q->age == 0. || i->ai_ttl < q->age))
            q->age = i->ai_ttl;
    }
    q->age = q->age > 0. ? q->age : AGE_UNKNOWN;
}

#else

struct resolver {
    struct ev_loop *loop;
};

struct resolver *resolver_new(struct ev_loop *loop, struct err **err)
{
    struct resolver *r = xcalloc(1, sizeof *r);

    (void)err;
    r->loop = loop;
    return r;
}

void resolver_free(struct resolver *r)
{
    free(r);
}

struct resolver_question *resolver_ask(struct resolver *r, const char *name,
                                       void (*on_done)(void *arg, const struct ipaddr *v, size_t n,
                                                       double age, const struct err *err),
                                       void *arg)
{
    struct resolver_question *q = question_new(r, name, on_done, arg);

    err_set(&q->err, "this berth was built without c-ares: use numeric addresses, or install "
                     "libc-ares-dev and build it again");
    ev_timer_start(r->loop, &q->turn);
    return q;
}

void resolver_forget(struct resolver_question *q)
{
    if (q)
        question_free(q);
}

#endif

static struct resolver_question *question_new(struct resolver *r, const char *name,
                                              void (*on_done)(void *arg, const struct ipaddr *v,
                                                              size_t n, double age,
                                                              const struct err *err),
                                              void *arg)
{
    struct resolver_question *q = xcalloc(1, sizeof *q);

    q->resolver = r;
    q->name = xstrdup(name);
    q->on_done = on_done;
    q->arg = arg;
    ev_timer_init(&q->turn, on_turn, 0., 0.);
    q->turn.data = q;
    return q;
}

static void question_free(struct resolver_question *q)
{
    ev_timer_stop(q->resolver->loop, &q->turn);
    free(q->name);
    free(q->v);
    err_free(q->err);
    free(q);
}

static void on_turn(struct ev_loop *loop, ev_timer *w, int events)
{
    struct resolver_question *q = w->data;
    CLEAN(err) struct err *err = NULL;

    (void)loop;
    (void)events;
    if (q->err) {
        err = TAKE_PTR(q->err);
        err_wrap(&err, "%s", q->name);
    }
    struct ipaddr *v = TAKE_PTR(q->v);
    size_t n = q->n;
    double age = q->age;
    void (*on_done)(void *, const struct ipaddr *, size_t, double, const struct err *) = q->on_done;
    void *arg = q->arg;

    question_free(q);
    on_done(arg, v, n, age, err);
    free(v);
}

/* Who of those that are connected has to leave. */
#include "agent/admin_connection.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tap.h"

#define MAX 3

struct pair {
    struct admin_connection *c;
    int fd, other;
};

static struct pair connect_at(struct admin_connections *l, double now)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
        abort();
    return (struct pair){admin_connection_add(l, fds[0], MAX, now), fds[0], fds[1]};
}

static bool has_ended(const struct pair *p)
{
    char byte;

    return recv(p->other, &byte, 1, MSG_DONTWAIT) == 0;
}

static void leave(struct admin_connections *l, struct pair *p)
{
    admin_connection_free(l, p->c);
    close(p->fd);
    close(p->other);
}

static void test_too_many(void)
{
    struct admin_connections l = {0};
    struct pair a = connect_at(&l, 1.), b = connect_at(&l, 2.), c = connect_at(&l, 3.);

    admin_connection_enter(a.c, ADMIN_WAITING, 4.);
    struct pair d = connect_at(&l, 5.);
    ok(has_ended(&b) && !has_ended(&a) && !has_ended(&c) && !has_ended(&d),
       "the oldest that asks nothing leaves for a new one, not the one that waits for us");
    is_int(l.n, MAX, "... which is not more than there may be");
    admin_connection_enter(c.c, ADMIN_ANSWERING, 6.);
    admin_connection_enter(d.c, ADMIN_ANSWERING, 7.);
    struct pair e = connect_at(&l, 8.);
    ok(has_ended(&c) && !has_ended(&d) && !has_ended(&e), "then the oldest that takes an answer");
    admin_connection_enter(d.c, ADMIN_WAITING, 9.);
    admin_connection_enter(e.c, ADMIN_WAITING, 9.);
    struct pair f = connect_at(&l, 10.);
    ok(has_ended(&f) && !has_ended(&a) && !has_ended(&d) && !has_ended(&e),
       "where all wait for us the new one itself");
    admin_connection_cut(&l, f.c);
    is_int(l.n, MAX, "who is cut off is not counted twice");
    leave(&l, &c);
    leave(&l, &b);
    leave(&l, &f);
    leave(&l, &a);
    is_int(l.n, 2, "nor is who has left");
    leave(&l, &e);
    leave(&l, &d);
    ok(!l.first && !l.last && !l.n, "nobody is left");
}

static void test_time(void)
{
    struct admin_connections l = {0};
    struct pair a = connect_at(&l, 100.), b = connect_at(&l, 101.), c = connect_at(&l, 102.);

    admin_connection_enter(b.c, ADMIN_ANSWERING, 101.);
    admin_connection_enter(c.c, ADMIN_WAITING, 102.);
    is_int((int)admin_connections_expire(&l, 110.), 115, "the first end of time is a request's");
    ok(!has_ended(&a), "before it, nothing happens");
    is_int((int)admin_connections_expire(&l, 115.), 161, "then it is an answer's");
    ok(has_ended(&a) && !has_ended(&b), "the slow question is cut off");
    is_int((int)admin_connections_expire(&l, 161.), 0, "who waits for us has no end");
    ok(has_ended(&b) && !has_ended(&c), "the slow reader is cut off");
    admin_connection_enter(c.c, ADMIN_ASKING, 200.);
    is_int((int)admin_connections_expire(&l, 200.), 215, "the next question has its own time");
    leave(&l, &a);
    leave(&l, &b);
    leave(&l, &c);
}

int main(void)
{
    test_too_many();
    test_time();
    return tap_done();
}

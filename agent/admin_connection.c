#include "agent/admin_connection.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"

#define ASK_MAX 15.    /* seconds for a request, from the connection or the answer before it on */
#define ANSWER_MAX 60. /* seconds for taking an answer */

static struct admin_connection *find_oldest(const struct admin_connections *l,
                                            enum admin_phase phase);

struct admin_connection *admin_connection_add(struct admin_connections *l, int fd, unsigned max,
                                              double now)
{
    struct admin_connection *c = xcalloc(1, sizeof *c);

    c->fd = fd;
    c->since = now;
    c->prev = l->last;
    *(l->last ? &l->last->next : &l->first) = c;
    l->last = c;
    if (++l->n <= max)
        return c;
    struct admin_connection *leaves = find_oldest(l, ADMIN_ASKING);
    if (leaves == c && find_oldest(l, ADMIN_ANSWERING))
        leaves = find_oldest(l, ADMIN_ANSWERING);
    admin_connection_cut(l, leaves);
    return c;
}

void admin_connection_free(struct admin_connections *l, struct admin_connection *c)
{
    *(c->prev ? &c->prev->next : &l->first) = c->next;
    *(c->next ? &c->next->prev : &l->last) = c->prev;
    l->n -= !c->cut;
    free(c);
}

void admin_connection_enter(struct admin_connection *c, enum admin_phase phase, double now)
{
    c->phase = phase;
    c->since = now;
}

void admin_connection_cut(struct admin_connections *l, struct admin_connection *c)
{
    if (c->cut)
        return;
    c->cut = true;
    l->n--;
    shutdown(c->fd, SHUT_RDWR);
}

double admin_connections_expire(struct admin_connections *l, double now)
{
    double next = 0.;

    for (struct admin_connection *c = l->first; c; c = c->next) {
        double end = c->since + (c->phase == ADMIN_ASKING ? ASK_MAX : ANSWER_MAX);

        if (c->cut || c->phase == ADMIN_WAITING)
            continue;
        if (end <= now)
            admin_connection_cut(l, c);
        else if (next == 0. || end < next)
            next = end;
    }
    return next;
}

/* The one that has been in 'phase' for the longest time; NULL: none. */
static struct admin_connection *find_oldest(const struct admin_connections *l,
                                            enum admin_phase phase)
{
    struct admin_connection *found = NULL;

    for (struct admin_connection *c = l->first; c; c = c->next)
        if (!c->cut && c->phase == phase && (!found || c->since < found->since))
            found = c;
    return found;
}

/* The connections of an admin server, and how long each may take for what it is at.
 *
 * Who connects and says nothing, or says it slowly, is cut off: after a time, and earlier where
 * somebody else wants to connect and there are too many already. So a new one always gets in.
 * Cutting off is a shutdown of the socket; libmicrohttpd sees the end, and closes. */
#ifndef AGENT_ADMIN_CONNECTION_H
#define AGENT_ADMIN_CONNECTION_H

#include <stdbool.h>

enum admin_phase {
    ADMIN_ASKING,    /* its request is not complete yet */
    ADMIN_WAITING,   /* we owe the answer, or it is a stream: no limit */
    ADMIN_ANSWERING, /* it is taking the answer */
};

struct admin_connection {
    struct admin_connection *prev, *next; /* oldest first */
    int fd;                               /* libmicrohttpd's */
    enum admin_phase phase;
    double since; /* of the phase, ev time */
    bool cut;
};

struct admin_connections {
    struct admin_connection *first, *last;
    unsigned n; /* that are not cut off */
};

/* A new one; where there are more than 'max' now, the oldest that asks is cut off, or else the
 * oldest that takes an answer. The list owns it. */
struct admin_connection *admin_connection_add(struct admin_connections *l, int fd, unsigned max,
                                              double now);

/* It is closed: takes 'c' out of the list. */
void admin_connection_free(struct admin_connections *l, struct admin_connection *c);

/* It is at 'phase' from 'now' on, and has that phase's time for it. */
void admin_connection_enter(struct admin_connection *c, enum admin_phase phase, double now);

/* Cuts off 'c', whatever it is at. */
void admin_connection_cut(struct admin_connections *l, struct admin_connection *c);

/* Cuts off who has taken too long. Returns the time at which to look again; 0: none. */
double admin_connections_expire(struct admin_connections *l, double now);

#endif

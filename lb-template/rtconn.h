/* One conversation with a HAProxy socket: connect, send commands, collect the answers, close.
 *
 * No connection is kept: after a reload it would still belong to the old worker. On the statistics
 * socket any number of commands goes over one connection in prompt mode, pipelined, so that each
 * answer has an end. On the master socket it is one command, answered until the end of file. */
#ifndef LB_TEMPLATE_RTCONN_H
#define LB_TEMPLATE_RTCONN_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/strv.h"

#define RTCONN_ANSWERS_MAX (64u * 1024 * 1024) /* bytes of all answers together */
#define RTCONN_COMMAND_MAX 15000               /* bytes; HAProxy's buffer has 16,384 */

struct rtconn;

struct rtconn_call {
    const char *path;            /* of the socket */
    const struct strv *commands; /* one line each; copied */
    bool master;                 /* one command, until the end of file */
    double timeout;              /* seconds without a byte from HAProxy */

    /* Called once, from the loop. 'answers' has one string per command, or is NULL and 'err' says
     * why; err code ECONNREFUSED or ENOENT: nobody listens. Both are valid in the call. */
    void (*on_done)(void *arg, const struct strv *answers, const struct err *err);
    void *arg;
};

struct rtconn *rtconn_start(struct ev_loop *loop, const struct rtconn_call *call);

/* Ends it without calling back. 'c' may be NULL. What was sent may still take effect. */
void rtconn_cancel(struct rtconn *c);

#endif

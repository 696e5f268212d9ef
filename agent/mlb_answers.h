/* What is answered at marathon-lb's own paths, to which HAProxy's port 9090 leads.
 *
 *     /_haproxy_getconfig /_haproxy_getvhostmap /_haproxy_getappmap     the files
 *     /_haproxy_getpids                                                 HAProxy's workers
 *     /_mlb_signal/hup /_mlb_signal/usr1                                as the signals
 *     /metrics                                                          berth's own numbers */
#ifndef AGENT_MLB_ANSWERS_H
#define AGENT_MLB_ANSWERS_H

#include "agent/admin.h"

struct mlb_answers {
    const char *dir;                       /* of the files */
    const char *config;                    /* name of haproxy.cfg there */
    void (*signal)(void *arg, int signum); /* SIGHUP, SIGUSR1 */
    char *(*metrics)(void *arg);           /* a text that the caller frees */
    void *arg;
};

/* Answers at 'address'. 'a' is borrowed. */
struct admin *mlb_answers_new(struct ev_loop *loop, const char *address, struct mlb_answers *a,
                              struct err **err);

#endif

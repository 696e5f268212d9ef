/* What a service tells the service manager that started it: sd_notify(3)'s datagrams.
 *
 * Without a manager, that is without NOTIFY_SOCKET in the environment, nothing is sent. */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

#include "lib/err.h"

/* Sends 'state', lines of NAME=VALUE: "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=...". Never
 * waits. 0 also where there is no manager. */
int notify_send(const char *state, struct err **err);

/* A socket to the manager for what notify_send() cannot say; '*ret_socket' is -1 where there is no
 * manager. It never waits: where its manager is behind, EV_WRITE says when it takes more. */
int notify_open(int *ret_socket, struct err **err);

/* Sends 'state' and a copy of the descriptor 'fd' (-1: none) by 'socket'. Error code EAGAIN: the
 * manager is behind, and nothing was sent. */
int notify_send_fd(int socket, const char *state, int fd, struct err **err);

/* Seconds within which the manager wants to hear WATCHDOG=1 from this process again and again; 0:
 * it does not. Half of them is a good interval, says sd_watchdog_enabled(3). */
double notify_watchdog(void);

#endif

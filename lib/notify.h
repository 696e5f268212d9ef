/* What a service tells the service manager that started it: sd_notify(3)'s datagrams.
 *
 * Without a manager, that is without NOTIFY_SOCKET in the environment, nothing is sent. */
#ifndef LIB_NOTIFY_H
#define LIB_NOTIFY_H

#include "lib/err.h"

/* Sends 'state', lines of NAME=VALUE: "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=...". Never
 * waits. 0 also where there is no manager. */
int notify_send(const char *state, struct err **err);

/* Seconds within which the manager wants to hear WATCHDOG=1 from this process again and again; 0:
 * it does not. Half of them is a good interval, says sd_watchdog_enabled(3). */
double notify_watchdog(void);

#endif

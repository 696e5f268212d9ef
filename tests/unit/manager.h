/* A service manager for tests: the socket that NOTIFY_SOCKET names, and what is sent there. */
#ifndef TESTS_UNIT_MANAGER_H
#define TESTS_UNIT_MANAGER_H

/* Listens at a path of this process's own, and sets NOTIFY_SOCKET. Returns the socket, which does
 * not wait. */
int manager_start(void);

/* Closes 'socket' and takes its path away. */
void manager_stop(int socket);

/* The next message, valid until the next call; NULL where there is none. '*ret_fd' is the
 * descriptor that came with it, whose owner is the caller; -1: none. */
const char *manager_hear(int socket, int *ret_fd);

#endif

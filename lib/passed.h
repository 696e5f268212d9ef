/* Descriptors that the service manager passes to this process at its start: sd_listen_fds(3).
 *
 * They are a listener of a socket unit, or what an earlier run left in the unit's store. Each has a
 * name that its sender chose, which proves nothing: whoever takes one looks at what it is, and sets
 * its 'fd' to -1. */
#ifndef LIB_PASSED_H
#define LIB_PASSED_H

#include <stddef.h>

struct passed {
    char *name; /* "" where the manager says none */
    int fd;     /* owned; -1: somebody has taken it */
};

struct passed_list {
    struct passed *v;
    size_t n;
    size_t cap;
};

/* Fills 'ret', which is empty, with what was passed to this very process. Children neither inherit
 * the descriptors nor read about them: LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES are gone then. */
void passed_take(struct passed_list *ret);

/* Closes those that nobody has taken, and tells the manager to forget them. Returns how many. */
size_t passed_refuse(struct passed_list *l);

/* Closes those that nobody has taken; the manager keeps what it has of them. */
void passed_done(struct passed_list *l);

#endif

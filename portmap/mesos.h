/* The ports that a Mesos agent on this host gives to its tasks, as its command line says. Pure. */
#ifndef PORTMAP_MESOS_H
#define PORTMAP_MESOS_H

#include <stddef.h>

#define MESOS_FIRST 31000 /* what an agent offers that was told nothing else */
#define MESOS_LAST 32000
#define MESOS_RANGES_MAX 64 /* ranges of one agent; more are not looked at */

struct mesos_range {
    unsigned first, last; /* both included */
};

/* Fills 'ret' with the ranges of the agent whose arguments are the 'len' bytes at 'cmdline', each
 * ended by a NUL as in /proc/PID/cmdline, and returns how many there are. 0: this is no Mesos
 * agent.
 * '--resources' is read in its text and its JSON form; an agent that names no ports there, or
 * names a file, is taken to offer the default. */
size_t mesos_ranges(const char *cmdline, size_t len, struct mesos_range ret[MESOS_RANGES_MAX]);

#endif

/* When HAProxy may be told to load: seldom enough for old workers to finish, and what it refused
 * not again before a while. Pure: time is an argument. */
#ifndef LB_TEMPLATE_GATE_H
#define LB_TEMPLATE_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct gate {
    double open_at;     /* the time of the next load at the earliest; 0: any time */
    char *why;          /* what HAProxy said to the structure that it refused; NULL: none */
    uint64_t structure; /* that one */
    double refused_until;
};

bool gate_is_open(const struct gate *g, double now);

/* A reload or a start was tried: it ended at 'now' after 'seconds', with 'old_workers' at work. */
void gate_close(struct gate *g, double now, double seconds, unsigned old_workers);

/* HAProxy refused 'structure' and said 'why'; it may be tried again at 'until'. */
void gate_refused(struct gate *g, double now, uint64_t structure, const char *why, double until);

/* Is it too early to try 'structure' again? */
bool gate_refuses(const struct gate *g, double now, uint64_t structure);

/* HAProxy has taken a configuration: an earlier refusal is over. */
void gate_accepted(struct gate *g);

void gate_done(struct gate *g);

#endif

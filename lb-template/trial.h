/* Finding a configuration that HAProxy takes: checks it and, where it is refused, bans whoever is
 * to blame and checks what is left, with what they had before.
 *
 * Who is to blame is in HAProxy's complaint, which names a line, or is found by checking with a
 * part of the owners left out, half and half. `haproxy -c` runs beside the loop. */
#ifndef LB_TEMPLATE_TRIAL_H
#define LB_TEMPLATE_TRIAL_H

#include "lb-template/bans.h"
#include "lb-template/files.h"
#include "lb-template/haproxy.h"
#include "lib/err.h"

#define TRIAL_RUNS_MAX 64 /* of `haproxy -c` in one trial */

enum trial_verdict {
    TRIAL_GOOD,    /* HAProxy takes what was made last */
    TRIAL_REFUSED, /* it refuses the common part, or too much; 'err' says why */
    TRIAL_BROKEN,  /* it could not be asked; 'err' says why */
};

struct trial_call {
    struct haproxy *haproxy;
    struct bans *bans;
    double until;         /* of the bans */
    const char *cfg_path; /* of what was good before: who is banned stays as it is there */

    /* Makes the configuration without some owners. It stays valid until the next call. */
    const struct files_wish *(*make)(void *arg, const struct strv *without);

    /* Called once, maybe before trial_start() returns. 'refusals' is how often the whole was
     * refused. Afterwards the configuration may have to be made anew, with the bans. */
    void (*on_done)(void *arg, enum trial_verdict verdict, unsigned refusals,
                    const struct err *err);
    void *arg;
};

/* One at a time; zeroed before the first. */
struct trial {
    struct trial_call call;
    unsigned runs, refusals;
    const struct files_wish *wish; /* that is being checked */
    char *why;                     /* what HAProxy said last */
    struct strv owners;            /* among whom the one to blame is looked for */
    struct strv without;
    size_t good, bad, now; /* with the first so many of them it is good, it is bad, it is checked */
};

/* Checks 'wish', which was made without the bans' owners. */
void trial_start(struct trial *t, const struct files_wish *wish, const struct trial_call *call);

/* Frees what it holds; a check under way is haproxy_free()'s. */
void trial_done(struct trial *t);

#endif

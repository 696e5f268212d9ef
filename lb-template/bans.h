/* Owners whose pieces HAProxy refuses: left out, or as they were before, so that all others are
 * served.
 *
 * A ban ends when the owner's pieces have become others, or when its time is over: what HAProxy
 * said may have had a cause outside of them. Pure: time is an argument. */
#ifndef LB_TEMPLATE_BANS_H
#define LB_TEMPLATE_BANS_H

#include <stdbool.h>

#include "lb-template/rendering.h"
#include "lib/problem.h"
#include "lib/strv.h"

struct ban {
    char *owner;
    char *why;      /* HAProxy's words */
    uint64_t stamp; /* of the pieces that were refused */
    double until;
    char *kept;          /* what HAProxy had of the owner before; NULL: it is left out */
    uint64_t kept_stamp; /* of 'kept' */
};

struct bans {
    struct ban *v;
    size_t n;
    size_t cap;
    struct strv owners; /* sorted */
};

/* Bans 'owner' for what it has in 'r', unless it is. Returns whether it was not. */
bool bans_add(struct bans *l, const char *owner, const struct rendering *r, const char *why,
              double until);

/* Keeps 'text', which is taken over, for the owner, who is banned. */
void bans_keep(struct bans *l, const char *owner, char *text);

/* Leaves the banned 'owner' out after all, or for NULL every one of them. Returns whether something
 * had been kept. */
bool bans_forget(struct bans *l, const char *owner);

/* Is 'owner' banned, and something kept? NULL: no. Valid until the bans change. */
const struct ban *bans_kept(const struct bans *l, const char *owner);

/* Ends the bans that are over at 'now', given what the owners have in 'r'. Returns whether one was.
 */
bool bans_review(struct bans *l, const struct rendering *r, double now);

/* When the next one ends at the latest; 0: there is none. */
double bans_next(const struct bans *l);

/* Adds a problem for each. */
void bans_report(const struct bans *l, struct problems *problems);

void bans_done(struct bans *l);

#endif

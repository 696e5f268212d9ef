/* A rendering in which banned owners have what they had before. Pure. */
#ifndef LB_TEMPLATE_PATCHED_H
#define LB_TEMPLATE_PATCHED_H

#include "lb-template/bans.h"
#include "lib/strv.h"

struct patched {
    struct rendering rendering; /* borrows from the renderer's, and from the bans */
    struct strv without;        /* sorted owners who are left out */
};

/* Splits 'without', sorted owners: '*ret' gets those of whom nothing is kept. */
void patched_without(const struct bans *bans, const struct strv *without, struct strv *ret);

/* Makes '*p' of 'r': pieces of an owner in 'without' become what 'bans' keep of it, in the place of
 * the first one. Valid until 'r' or 'bans' change. */
void patched_make(struct patched *p, const struct rendering *r, const struct bans *bans,
                  const struct strv *without);

void patched_done(struct patched *p);

#endif

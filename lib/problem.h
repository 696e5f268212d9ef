/* What a person should know and mend: a label that is no number, a port claimed twice.
 *
 * A pure function that meets such a thing goes on without it and adds a problem. The owner of a
 * list computes it anew at each pass and gives it to problems_report(), which logs what is new and
 * what is gone, once. The list is also what `berth status` shows. */
#ifndef LIB_PROBLEM_H
#define LIB_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem {
    char *subject; /* the thing: "container web-1", "service port 8080" */
    char *text;    /* what happened and what to do */
    uint32_t hash; /* of both */
};

struct problems {
    struct problem *v;
    size_t n;
    size_t cap;
    uint32_t *slots; /* where each is in 'v', plus one, by its hash: thousands may come at once */
    size_t n_slots;  /* a power of two, or 0 */
};

void problems_done(struct problems *p);

/* Adds a problem unless 'p' already has the same one. 'p' may be NULL. */
void problems_add(struct problems *p, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Same problems in the same order? */
bool problems_equal(const struct problems *a, const struct problems *b);

/* Logs what 'now' has and '*last' has not (warn), and the other way round (info), in the name of
 * 'area'; then moves 'now' into '*last'. 'now' is empty afterwards. Returns whether they differed.
 */
bool problems_report(const char *area, struct problems *last, struct problems *now);

#endif

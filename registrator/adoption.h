/* What is registered beside ours, and what berth would do about it.
 *
 * registrator left services without our mark. Its ids tell which:
 * "<node>:<container>:<port>[:udp]", the pattern of its -cleanup. Everything else belongs to
 * somebody else: another host, another tool, a person. Pure. */
#ifndef REGISTRATOR_ADOPTION_H
#define REGISTRATOR_ADOPTION_H

#include <stdbool.h>

#include "lib/strv.h"
#include "registrator/instance.h"

enum adoption_action {
    ADOPTION_TAKE_OVER, /* registrator's, with the id of a wanted instance: registered over it */
    ADOPTION_CLEAN_UP,  /* registrator's, of a container that does not run: deregistered */
    ADOPTION_KEEP,      /* registrator's, of a running container: stays as it is */
    ADOPTION_CONFLICT,  /* somebody else's, with the id of a wanted instance: that one waits */
    ADOPTION_NONE,      /* somebody else's */
};

struct adoption {
    enum adoption_action action;
    const struct instance *other; /* borrowed from the list it was planned from */
};

struct adoptions {
    struct adoption *v;
    size_t n;
    size_t cap;
};

/* Appends to 'ret' what is to be done with each of 'others', in their order, but for those of
 * somebody else. 'others' do not carry the mark of 'node'; their 'node' is the mark that they
 * carry, or "". 'wanted' is a roster (registrator/roster.h), 'running' the names of all containers
 * that run. */
void adoptions_plan(const char *node, const struct instances *others,
                    const struct instances *wanted, const struct strv *running,
                    struct adoptions *ret);
void adoptions_done(struct adoptions *l);

/* "take over", "clean up", "keep", "conflict", "none". */
const char *adoption_action_name(enum adoption_action action);

/* One sentence for a person: why it is done. */
const char *adoption_reason(enum adoption_action action);

#endif

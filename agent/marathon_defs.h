/* Definitions of Marathon's apps by id and version, and the file that keeps them. Values only.
 *
 * A version never changes, so that what has been read once is good for as long as a task of it
 * runs. Of a document only what berth reads is kept: no environment, no command, no secret. */
#ifndef AGENT_MARATHON_DEFS_H
#define AGENT_MARATHON_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/marathon_app.h"

#define MARATHON_DEFS_MAX 4096

enum marathon_def_state {
    MARATHON_DEF_WANTED, /* to be fetched */
    MARATHON_DEF_KNOWN,
    MARATHON_DEF_GONE, /* Marathon does not have it, or it cannot be read */
};

struct marathon_def {
    char *id, *version;
    enum marathon_def_state state;
    bool seen;               /* a task of it runs here */
    struct marathon_app app; /* where it is known; its version may be written otherwise */
    json_t *kept;            /* what the file keeps of its document; NULL: not known */
    uint64_t serial;         /* another one for each that became known */
};

struct marathon_defs {
    struct marathon_def *v;
    size_t n;
    size_t cap;
    uint64_t serials;
};

void marathon_defs_done(struct marathon_defs *d);

/* The definition, or NULL. Valid until one is added or dropped. */
struct marathon_def *marathon_defs_find(const struct marathon_defs *d, const char *id,
                                        const char *version);

/* The same, added as wanted where it is missing; NULL where there are too many. */
struct marathon_def *marathon_defs_want(struct marathon_defs *d, const char *id,
                                        const char *version);

/* The first one that is to be fetched, or NULL. */
struct marathon_def *marathon_defs_next(const struct marathon_defs *d);

/* Takes the document 'text' of 'def', which becomes known. */
int marathon_defs_take(struct marathon_defs *d, struct marathon_def *def, const char *text,
                       size_t len, struct err **err);

/* Forgets those that are not 'seen'. Returns whether there were any that are known. */
bool marathon_defs_sweep(struct marathon_defs *d);

/* All that are known as the file keeps them; the caller frees it. */
char *marathon_defs_text(const struct marathon_defs *d);

/* Adds what such a file says. What cannot be read is left out. */
void marathon_defs_load(struct marathon_defs *d, const char *text, size_t len);

#endif

/* Where a template's data comes from: one small interface between the language and the world.
 *
 * During an execution each function that needs data asks the source for a dependency. What was
 * asked for, and what was not there yet, is collected: as in consul-template, a template counts as
 * rendered only when nothing is missing. */
#ifndef LB_TEMPLATE_TMPL_SOURCE_H
#define LB_TEMPLATE_TMPL_SOURCE_H

#include "lb-template/tmpl/value.h"
#include "lib/err.h"

enum tmpl_dep_kind {
    TMPL_DEP_SERVICE,     /* "[tag.]name[?query][@dc][~near][|filter,...]": list of structs */
    TMPL_DEP_CONNECT,     /* the same, of services that take Connect's connections */
    TMPL_DEP_SERVICES,    /* "[?query][@dc]": list of {Name, Tags} */
    TMPL_DEP_NODE,        /* "[name][?query][@dc]": struct {Node, Services} */
    TMPL_DEP_NODES,       /* "[?query][@dc][~near]": list of structs */
    TMPL_DEP_DATACENTERS, /* "": list of strings */
    TMPL_DEP_KEY,         /* "path[?query][@dc]": string */
    TMPL_DEP_TREE,        /* "prefix[?query][@dc]": list of {Path, Key, Value, ...} */
    TMPL_DEP_FILE,        /* path: string */
    TMPL_DEP_ENV,         /* name: string */
};

#define TMPL_DEP_KINDS (TMPL_DEP_ENV + 1)

enum tmpl_answer {
    TMPL_FOUND,
    TMPL_ABSENT,  /* it is known that there is none: a key, a file, a variable */
    TMPL_PENDING, /* nothing is known yet */
    TMPL_ERROR,   /* it cannot be asked for; 'err' is set */
};

struct tmpl_source {
    /* Looks up 'text', 'len' bytes, of 'kind'. The value lies in 'arena' or outlives the
     * execution. */
    enum tmpl_answer (*get)(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                            struct tmpl_arena *arena, struct tmpl_value *ret, struct err **err);
    void *arg;
};

/* What one execution asked for. Each dependency is there once, in the order of the first use. */
struct tmpl_dep {
    enum tmpl_dep_kind kind;
    char *text; /* owned */
    bool missing;
};

struct tmpl_deps {
    struct tmpl_dep *v;
    size_t n, cap;
    size_t missing; /* of them, not there yet */
    /* private */
    size_t *index;
    size_t slots;
};

void tmpl_deps_done(struct tmpl_deps *d);

/* Records the use of a dependency; 'missing' stays once it is said. */
void tmpl_deps_add(struct tmpl_deps *d, enum tmpl_dep_kind kind, const char *text, bool missing);

/* "service", "key": the function that asks for the kind. */
const char *tmpl_dep_name(enum tmpl_dep_kind kind);

/* The parts of a dependency's text; a part that is not there is an empty string. */
struct tmpl_query {
    struct tmpl_value tag, name, query, dc, near, filter; /* strings in the text */
};

/* Splits 'text' by the grammar of 'kind'. Returns 0, or -1 with what is wrong. */
int tmpl_query_parse(enum tmpl_dep_kind kind, const char *text, size_t len,
                     struct tmpl_query *ret_query, struct err **err);

#endif

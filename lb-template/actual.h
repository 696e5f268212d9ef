/* What HAProxy says that it runs: the answers to one look at it. Pure. */
#ifndef LB_TEMPLATE_ACTUAL_H
#define LB_TEMPLATE_ACTUAL_H

#include <stdbool.h>

#include "lb-template/runtime.h"
#include "lib/err.h"
#include "lib/kv.h"
#include "lib/strv.h"

struct actual {
    bool running; /* a worker answers; 'info' and 'map' are of it */
    struct runtime_info info;
    struct runtime_servers servers; /* none while it does not run */
    bool has_map;                   /* its configuration uses the host map */
    struct kvs map;                 /* sorted by key */
};

/* Appends the commands that ask for all of it. */
void actual_ask(const char *map_path, struct strv *ret_commands);

/* Reads the 'answers' to them into 'a'. On an error, and for an old worker, it is not running. */
int actual_read(struct actual *a, const struct strv *answers, struct err **err);

/* Reads one answer to `show servers state`; on an error the servers stay. */
int actual_read_servers(struct actual *a, const char *answer, struct err **err);

/* HAProxy does not run. */
void actual_clear(struct actual *a);

#endif

/* Which run of a container stands behind each server of HAProxy, as it was last brought in step.
 *
 * The routes say it of the servers that are wanted; this remembers it of those that are not any
 * more, and finds out what each run has come to. What has not changed costs a look at a stamp.
 * Pure; names are kept as hashes, since there may be a hundred thousand. */
#ifndef LB_TEMPLATE_RUNS_H
#define LB_TEMPLATE_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "lb-template/route.h"
#include "lib/strv.h"
#include "lib/trace.h"

struct runs_backend;

struct runs {
    struct runs_backend *v; /* sorted by name */
    size_t n;
};

/* HAProxy serves 'routes' from now on, but for those of the services 'without': they stay
 * as they were. 'on_step' is called for each server that takes traffic now and has not
 * before, and for each that takes nothing new any more. */
void runs_update(struct runs *r, const struct routes *routes, const struct strv *without,
                 void (*on_step)(uint32_t trace, enum trace_step step));

/* The trace of the server; 0: it is not known. */
uint32_t runs_trace(const struct runs *r, const char *backend, const char *server);

void runs_done(struct runs *r);

#endif

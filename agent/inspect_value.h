/* A `docker inspect` document as templates see it. Pure.
 *
 * Its fields are called as in registrator, whose templates see a Go struct: .ID, .Name,
 * .Config.Env, .Config.Labels, .NetworkSettings.IPAddress; where Docker's own name differs (.Id),
 * that is there too. A field that does not exist is an error, a label that does not exist is not.
 */
#ifndef AGENT_INSPECT_VALUE_H
#define AGENT_INSPECT_VALUE_H

#include <jansson.h>

#include "lb-template/tmpl/value.h"
#include "lib/err.h"

/* Copies 'doc' into 'a'. Returns 0, or -1 where it is nested too deep. */
int inspect_value(struct tmpl_arena *a, json_t *doc, struct tmpl_value *ret, struct err **err);

#endif

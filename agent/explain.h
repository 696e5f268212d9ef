/* `berth explain`: why a container, a service or a host port is served as it is. Pure.
 *
 * The document is that of /v1/state (doc/state.md), with two members more: "said", what each
 * container port's labels and environment say (said.h), and "listeners", the ports of this host
 * that programs have opened, with "program" where it is known who. The answer is data first, then
 * text. */
#ifndef AGENT_EXPLAIN_H
#define AGENT_EXPLAIN_H

#include <jansson.h>

#include "lib/sbuf.h"

#define EXPLAIN_SUBJECT_MAX 512 /* bytes */

/* Explains 'subject': a container's name, id or the beginning of one; a service's name;
 * "address:port", ":port" or a port. The caller drops the result:
 *     "subject"     as given
 *     "found"       whether there is such a thing
 *     "parts"       an array of "title" and "steps", each with "step" and "text"
 *     "looked_for"  where it is not found: what was looked for
 *     "near"        where it is not found: names that resemble it */
json_t *explain_subject(const json_t *doc, const char *subject);

/* Appends the answer as text. */
void explain_print(const json_t *answer, struct sbuf *out);

#endif

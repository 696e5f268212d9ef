/* GET /v1/changes: the last facts of the log as JSON, for those who show what happens here.
 *
 * Reads lib/log_ring.h and changes nothing. The members are documented in doc/state.md. */
#ifndef AGENT_CHANGES_H
#define AGENT_CHANGES_H

#include <jansson.h>
#include <stdint.h>

#include "lib/log_ring.h"

/* The document of /v1/changes for who has seen the facts up to number 'since': "next", the number
 * of the newest fact, to be asked with next time, and "changes", oldest first. The caller drops it.
 */
json_t *changes_json(const struct log_ring *ring, uint64_t since);

/* One member of "changes". The caller drops it. */
json_t *changes_fact_json(const struct log_ring_fact *f);

/* Reads the value of since=, NULL where nothing is said, which is 0. Returns 0, or -1 where it is
 * no number. */
int changes_parse_since(const char *text, uint64_t *ret);

#endif

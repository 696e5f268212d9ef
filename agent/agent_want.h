/* What is wanted of the rooms: endpoints, derived from what is known and handed to portmap and
 * registrator.
 *
 * Two things call for work, each once a turn of the loop. An input has changed (the containers, the
 * kernel's mappings, the end of a drain): everything is derived anew. Or a room only reports that
 * it did its work: that changes no endpoint, and is looked at where somebody waits for it. */
#ifndef AGENT_AGENT_WANT_H
#define AGENT_AGENT_WANT_H

#include "agent/agent.h"

void agent_want_init(struct agent *a);
void agent_want_done(struct agent *a);

/* An input of the derivation has changed. 'arg' is the agent. */
void agent_on_input(void *arg);

/* A room has done something: mappings may not be in use any more, the catalog may have become
 * true. 'arg' is the agent. */
void agent_on_notice(void *arg);

#endif

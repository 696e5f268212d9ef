/* `berth agent --adopt=dry-run`: what berth would do with services that registrator left.
 *
 * Docker is listed and the registry read, as an agent would; nothing is written anywhere. */
#ifndef AGENT_ADOPT_H
#define AGENT_ADOPT_H

#include <ev.h>
#include <stdbool.h>

#include "agent/config.h"
#include "lib/err.h"

/* Prints one entry for each service that would be taken over, cleaned up, kept, or that is in the
 * way, as text or as a JSON document. Returns -1 where Docker or the registry cannot be read within
 * half a minute. */
int adopt_dry_run(struct ev_loop *loop, const struct config *config, bool json, struct err **err);

#endif

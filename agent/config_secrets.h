/* The files with secrets that a configuration names: for `berth check`. */
#ifndef AGENT_CONFIG_SECRETS_H
#define AGENT_CONFIG_SECRETS_H

#include "agent/config.h"
#include "lib/problem.h"

/* Adds each one that the agent would refuse, as lib/secret.h says. One that is not here, or that
 * this user cannot open, is no problem: the configuration may be another host's. */
void config_secrets_check(const struct config *c, struct problems *ret);

#endif

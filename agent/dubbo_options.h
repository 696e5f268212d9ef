/* What [dubbo] may say. */
#ifndef AGENT_DUBBO_OPTIONS_H
#define AGENT_DUBBO_OPTIONS_H

#include <stdbool.h>

#include "agent/config.h"
#include "lib/err.h"
#include "registrator/address.h"

/* For the table of options. */
int dubbo_options_check_registry(const char *value, struct err **err);
int dubbo_options_check_root(const char *value, struct err **err);
int dubbo_options_check_repair(const char *value, struct err **err);

/* What several options must say together. */
int dubbo_options_finish(const struct config *c, struct err **err);

/* Is Dubbo's registry the registrator's own Consul? */
bool dubbo_options_in_consul(const struct config *c);

/* Reads [dubbo] registry where it names a ZooKeeper; '*ret' has no hosts where it does not. */
int dubbo_options_address(const struct config *c, struct address *ret, struct err **err);

/* The user and password in [dubbo] digest_file, or NULL where there is no such option; the caller
 * frees it. Fails where the file has none. */
int dubbo_options_digest(const struct config *c, char **ret, struct err **err);

#endif

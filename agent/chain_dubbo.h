/* What Dubbo's directory has of a port, and of an interface, for explain.h. Pure.
 *
 * The document is explain.h's; parts are chain.h's. */
#ifndef AGENT_CHAIN_DUBBO_H
#define AGENT_CHAIN_DUBBO_H

#include <jansson.h>

/* Adds to 'part' a step for each provider of this host at 'host_port', and what is wrong with its
 * interface. */
void chain_dubbo_add(json_t *part, const json_t *doc, long long host_port);

/* The part of Dubbo's interface 'name', or NULL: nothing is known of it. The caller drops it. */
json_t *chain_dubbo_interface(const json_t *doc, const char *name);

#endif

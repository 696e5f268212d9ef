/* The chain of one container port, machine or backend, step by step, for explain.h. Pure.
 *
 * A part is an object with a "title" and "steps". The document is explain.h's. */
#ifndef AGENT_CHAIN_H
#define AGENT_CHAIN_H

#include <jansson.h>

/* The part of port 'port' of 'container', both members of 'doc'. The caller drops it. */
json_t *chain_of_port(const json_t *doc, const json_t *container, const json_t *port);

/* The part of 'machine', a service on a virtual machine. */
json_t *chain_of_machine(const json_t *doc, const json_t *machine);

/* The part of 'backend', a member of 'doc', with all its servers. */
json_t *chain_of_backend(const json_t *doc, const json_t *backend);

/* A part without steps, and a step for it. */
json_t *chain_part(const char *format, ...) __attribute__((format(printf, 1, 2)));
void chain_step(json_t *part, const char *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif

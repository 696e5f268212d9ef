/* The configuration on its way to the rooms: at the start, and when it is another one.
 *
 * A room that is told of a new configuration only notes it, and the next pass brings its part of
 * the world in step; so nothing is done twice, and what is as before is left alone. What a change
 * needs a restart for (struct conf_key's 'effect') no room is ever told: agent/config_reload.c
 * keeps it as it was. */
#ifndef AGENT_AGENT_CONFIG_H
#define AGENT_AGENT_CONFIG_H

#include "agent/agent.h"

/* What the rooms are told of 'c'. All borrow from it. The server is missing, and the files. */
struct docker_config agent_docker_config(const struct config *c);
struct portmap_config agent_portmap_config(const struct config *c);

/* 'dir' and 'own', the renderer or NULL, are borrowed, too. */
struct lb_config agent_lb_config(const struct config *c, const char *dir, struct renderer *own);

/* How the registrator is to derive instances here. Borrows from 'a' and its configuration. */
struct registrator_config agent_registrator_config(const struct agent *a);

/* Sets a->selection and a->portmap_bind from the configuration. */
void agent_set_selection(struct agent *a);

/* Sets what is logged, and how. */
void agent_set_log(const struct config *c);

/* 'next' is the configuration from now on, which is borrowed as in agent_new(); it differs from the
 * one before only in what takes no restart. The files of credentials that it names are read again,
 * and [lb] template and certs. Fails where something of it cannot be used, and then the one before
 * stays. */
int agent_set_config(struct agent *a, const struct config *next, struct err **err);

#endif

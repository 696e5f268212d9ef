/* The configuration of a running agent, and its reload: SIGHUP and POST /v1/reload.
 *
 * A reload reads and checks all of it as a start does, and hands it to the agent, whose rooms bring
 * the world in step pass by pass; nothing is closed for it. What cannot be used, or cannot be read,
 * leaves everything as it was, and is a problem until a reload is good. What takes a restart is a
 * problem until it is as it runs, or there was one. */
#ifndef AGENT_CONFIG_RELOAD_H
#define AGENT_CONFIG_RELOAD_H

#include "agent/agent.h"
#include "agent/config_change.h"
#include "agent/config_source.h"
#include "lib/problem.h"
#include "lib/sbuf.h"

struct config_reload;

/* For the agent 'a', whose configuration was read from 'source'. Both are borrowed. */
struct config_reload *config_reload_new(struct agent *a, struct config_source *source);

/* After the agent, which borrows the configuration. */
void config_reload_free(struct config_reload *r);

/* Reads the configuration again, logs what came of it, tells the service manager, and puts it into
 * '*ret', which is zeroed: config_change_done(). */
void config_reload(struct config_reload *r, struct config_change *ret);

/* What config_reload() would come to now, but for what cannot be opened or read then. Changes
 * nothing. '*ret' is zeroed: config_change_done(). */
void config_reload_preview(const struct config_reload *r, struct config_change *ret);

/* What is wrong with the configuration, or takes a restart. */
const struct problems *config_reload_problems(const struct config_reload *r);

/* Appends figures for Prometheus. */
void config_reload_metrics(const struct config_reload *r, struct sbuf *out);

#endif

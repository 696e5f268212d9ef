/* The commands of templates whose files have changed, run one after the other. */
#ifndef AGENT_RENDER_COMMANDS_H
#define AGENT_RENDER_COMMANDS_H

#include <ev.h>

#include "agent/render_target.h"

struct render_commands;

/* 'on_done' is called when the last one has ended, 'on_failure' for each that has failed. */
struct render_commands *render_commands_new(struct ev_loop *loop, void (*on_done)(void *arg),
                                            void (*on_failure)(void *arg, const struct err *err),
                                            void *arg);

/* The command that runs is killed. */
void render_commands_free(struct render_commands *c);

/* Adds the command of 't', where it has one that is not among those to be run. What it says is
 * copied. */
void render_commands_add(struct render_commands *c, const struct render_target *t);

/* Begins with those that were added. Returns whether there are any. */
bool render_commands_start(struct render_commands *c);

/* Does one run? */
bool render_commands_run(const struct render_commands *c);

#endif

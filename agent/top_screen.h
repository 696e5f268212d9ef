/* `berth top` on a terminal: follows the agent, takes keys, and draws what they come to.
 *
 * What a key does is top.h's, what the screen looks like top_view.h's; this has the terminal. */
#ifndef AGENT_TOP_SCREEN_H
#define AGENT_TOP_SCREEN_H

#include <stdbool.h>

#include "agent/top.h"
#include "lib/err.h"

/* Takes the terminal and shows 't' of the agent at 'admin' there, until a key, a signal or the end
 * of the terminal ends it. Returns 0; -1 where there is no terminal, and then nothing is shown. */
int top_screen_run(struct top *t, const char *admin, bool colour, struct err **err);

/* Replaces 'ret_lines' by the screen of 't' as it is at this moment. */
void top_screen_lines(const struct top *t, bool colour, struct strv *ret_lines);

#endif

/* The screen of `berth top`, as lines. Pure.
 *
 * Each line fits the screen. The selected row begins with ">", and the state is a word, so that
 * colours say nothing that is not there without them. */
#ifndef AGENT_TOP_VIEW_H
#define AGENT_TOP_VIEW_H

#include <stdbool.h>

#include "agent/top.h"

/* Replaces 'ret_lines' by exactly as many lines as the screen of 't' has. 'now' is what the age of
 * the state is counted to; 'clock' is printed, "07:12:00". */
void top_view(const struct top *t, double now, const char *clock, bool colour,
              struct strv *ret_lines);

#endif

/* One template of consul-template's configuration. Pure. */
#ifndef AGENT_CT_TEMPLATE_H
#define AGENT_CT_TEMPLATE_H

#include "agent/ct_value.h"
#include "agent/render_target.h"

#define CT_WAIT_NOT_SAID (-1.) /* 'wait.min' of a template that has none of its own */

/* Reads "in:out:command", as on the command line, or a block into 't', which is initialized in
 * every case. Returns 0, or -1. */
int ct_template_read(struct ct_reader *r, const json_t *value, struct render_target *t);

#endif

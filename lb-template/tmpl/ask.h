/* Asking the source for data during an execution. */
#ifndef LB_TEMPLATE_TMPL_ASK_H
#define LB_TEMPLATE_TMPL_ASK_H

#include "lb-template/tmpl/exec.h"

/* Asks for 'text' of 'kind' and records the use. Returns 0, or -1 after tmpl_fail(); '*ret_answer'
 * is never TMPL_ERROR. */
int tmpl_ask(struct tmpl_exec *x, enum tmpl_dep_kind kind, const struct tmpl_value *text,
             struct tmpl_value *ret, enum tmpl_answer *ret_answer);

/* What was asked for is still to come, although the source has answered. */
void tmpl_ask_mark_missing(struct tmpl_exec *x, enum tmpl_dep_kind kind,
                           const struct tmpl_value *text);

#endif

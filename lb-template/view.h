/* The backends as a person wants to see them: what was rendered, with what HAProxy says. Pure. */
#ifndef LB_TEMPLATE_VIEW_H
#define LB_TEMPLATE_VIEW_H

#include "lb-template/lb.h"
#include "lb-template/model.h"
#include "lb-template/route.h"
#include "lb-template/runtime.h"

/* Fills '*ret', which is zeroed. A server that HAProxy does not have counts as down. 'servers' may
 * be NULL: the backends have none, then. */
void view_make(const struct routes *routes, const struct runtime_servers *servers,
               struct lb_backends *ret);

/* The same where only the text is known: its backends with the servers that HAProxy has. */
void view_make_plain(const struct model *model, const struct runtime_servers *servers,
                     struct lb_backends *ret);

void view_done(struct lb_backends *v);

#endif

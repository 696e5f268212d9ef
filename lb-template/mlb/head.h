/* The beginning of haproxy.cfg in marathon-lb's place. Pure. */
#ifndef LB_TEMPLATE_MLB_HEAD_H
#define LB_TEMPLATE_MLB_HEAD_H

#include "lb-template/mlb/options.h"
#include "lib/err.h"
#include "lib/sbuf.h"

/* Appends what berth itself needs of the global section, whatever the head says: its socket and how
 * HAProxy reloads. The head comes behind it and may say otherwise. */
void mlb_head_own(const struct mlb_options *options, struct sbuf *out);

/* Appends HAPROXY_HEAD: the operator's, or the default with the statistics and marathon-lb's own
 * paths at port 9090. */
void mlb_head_default(const struct mlb_options *options, unsigned maxconn, struct sbuf *out);

/* Appends the backend that those paths lead to. */
void mlb_head_answers(const struct mlb_options *options, struct sbuf *out);

#endif

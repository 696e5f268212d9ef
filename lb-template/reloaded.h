/* What a load of HAProxy has changed, one line of the log a server. */
#ifndef LB_TEMPLATE_RELOADED_H
#define LB_TEMPLATE_RELOADED_H

#include "lb-template/model.h"
#include "lb-template/route.h"
#include "lb-template/runs.h"

#define RELOADED_LINES_MAX 100 /* of one load; for the others, it is said how many they are */

/* HAProxy has run 'before', and runs 'now'. The traces of what is new come from 'routes', those of
 * what is gone from 'runs'. */
void reloaded_report(const struct model *now, const struct model *before,
                     const struct routes *routes, const struct runs *runs);

#endif

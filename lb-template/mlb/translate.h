/* Directives that HAProxy has dropped since marathon-lb's templates were written, in today's words.
 *
 *     rspadd, reqadd                -> http-response, http-request add-header
 *     reqrep, reqirep               -> http-request replace-pathq, or replace-header
 *     rsprep, rspirep               -> http-response replace-header
 *     reqdel, rspdel and -i- forms  -> del-header
 *     block                         -> http-request deny
 *     marathon-lb's own Lua         -> berth's answers at the same paths
 *
 * What has no counterpart is an error that names it. Pure. */
#ifndef LB_TEMPLATE_MLB_TRANSLATE_H
#define LB_TEMPLATE_MLB_TRANSLATE_H

#include "lib/err.h"
#include "lib/sbuf.h"

/* The backend that answers marathon-lb's own paths. */
#define MLB_ANSWERS "berth_marathon_lb"

/* Appends 'text' to 'out', line by line; CR LF becomes LF. */
int mlb_translate(const char *text, struct sbuf *out, struct err **err);

#endif

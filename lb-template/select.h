/* Which instances of the catalog a load balancer serves: a rule on service, tags and Meta. Pure.
 *
 *     service=web-* tag=mirror,test !meta.team=legacy
 *
 * Terms are separated by spaces and must all hold; a term that begins with '!' must not. A term
 * holds where one of its values, which commas separate, matches: * and ? are wildcards. So one
 * HAProxy serves the mirror environment and another one production, from one catalog. */
#ifndef LB_TEMPLATE_SELECT_H
#define LB_TEMPLATE_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "registrator/instance.h"

struct select_term;

/* Empty: everything is served. */
struct select {
    struct select_term *v;
    size_t n;
};

/* Reads 'text' into '*ret', which is zeroed. The error names the term and what it must be. */
int select_parse(struct select *ret, const char *text, struct err **err);
void select_done(struct select *s);

bool select_matches(const struct select *s, const struct instance *i);

#endif

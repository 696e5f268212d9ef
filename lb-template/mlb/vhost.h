/* A service's rules in the frontends that all apps share: which hosts and paths lead to it. Pure.
 */
#ifndef LB_TEMPLATE_MLB_VHOST_H
#define LB_TEMPLATE_MLB_VHOST_H

#include <stdbool.h>

#include "lb-template/mlb/text.h"
#include "lib/kv.h"
#include "lib/strv.h"

struct mlb_vhost_rules {
    char *http, *https;   /* lines of the two frontends; "": none */
    bool in_map;          /* its hosts are found by the map */
    struct strv by_vhost; /* --group-https-by-vhost: a text for each of the service's hosts */
};

/* Fills 'ret', which is zeroed, for a service that has hosts. On failure there is nothing in it. */
int mlb_vhost_rules(struct mlb_text *t, struct mlb_vhost_rules *ret, struct err **err);

void mlb_vhost_rules_done(struct mlb_vhost_rules *r);

#endif

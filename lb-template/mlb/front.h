/* What all apps share: the head, the frontends with the rules of all, and the maps. Pure. */
#ifndef LB_TEMPLATE_MLB_FRONT_H
#define LB_TEMPLATE_MLB_FRONT_H

#include "lb-template/mlb/options.h"
#include "lb-template/mlb/unit.h"
#include "lib/kv.h"
#include "lib/portset.h"
#include "lib/problem.h"
#include "lib/sbuf.h"

/* Appends what comes before the apps: our own part of the global section, HAPROXY_HEAD, and the
 * backend that answers marathon-lb's own paths. */
void mlb_front_head(const struct mlb_options *options, unsigned maxconn, struct sbuf *out);

/* Appends the frontends for HTTP, for X-Marathon-App-Id and for HTTPS, with the rules of the 'n'
 * 'units' that are not left out, the heaviest first. */
void mlb_front_rules(const struct mlb_options *options, struct mlb_unit *const *units, size_t n,
                     struct sbuf *out, struct problems *problems);

/* Appends the pairs of domain2backend.map and app2backend.map; no key twice, not sorted. A host
 * that two ask for goes to the first, and is reported. */
void mlb_front_domains(struct mlb_unit *const *units, size_t n, struct kvs *ret,
                       struct problems *problems);
void mlb_front_apps(struct mlb_unit *const *units, size_t n, struct kvs *ret);

/* The ports that these parts open. */
void mlb_front_ports(const struct mlb_options *options, struct portset *ret);

#endif

/* Consul as Dubbo's registry, as Dubbo 2.7 reads it: one service for each interface, with the tag
 * "dubbo" and the provider's URL as Meta 'url'. Pure.
 *
 * Consul takes 512 bytes of a value, so what a consumer can do without is left out of a URL that is
 * longer, in this order: .params from the last to the first, methods, weight, deprecated, generic,
 * dynamic, application, anyhost. */
#ifndef REGISTRATOR_DUBBO_CONSUL_H
#define REGISTRATOR_DUBBO_CONSUL_H

#include "registrator/dubbo_said.h"
#include "registrator/dubbo_url.h"
#include "registrator/instance.h"
#include "registrator/reachable.h"
#include "registrator/source.h"

#define DUBBO_TAG "dubbo"
#define META_URL "url"

/* Appends an instance for each Dubbo service of the port, which is dialled as 'way' says. */
void dubbo_consul_add(const struct source *s, const struct reachable *way, struct instances *ret);

/* Appends an instance for each Dubbo service of 'machine', which a file of services.d/ declares.
 * One that cannot be registered goes to 'problems', which may be NULL. */
void dubbo_consul_add_machine(const struct instance *machine, struct instances *ret,
                              struct problems *problems);

/* Takes parameters out of 'url' until it has at most 'max' bytes. Returns -1 where that cannot be.
 * 'params' are those that somebody chose. */
int dubbo_consul_trim(struct dubbo_url *url, const struct kvs *params, size_t max);

#endif

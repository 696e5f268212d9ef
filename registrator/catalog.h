/* A catalog: what a registry knows, service by service.
 *
 * A reader that remembers the stamps of the services it has seen finds what has changed without
 * looking at an instance. Whoever keeps a catalog changes it in place, a service at a time, and
 * tells its readers; they borrow it. Pure. */
#ifndef REGISTRATOR_CATALOG_H
#define REGISTRATOR_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registrator/instance.h"

/* A service that has instances. Its address stays while it is in the catalog. */
struct catalog_service {
    char *name;
    uint64_t stamp; /* after each change, greater than any that there was in a process */
    struct instances instances; /* sorted by instance_cmp(); at least one */
};

struct catalog {
    struct catalog_service **v; /* sorted by name */
    size_t n;
    size_t cap;
};

/* The service, or NULL. */
const struct catalog_service *catalog_find(const struct catalog *c, const char *name);

/* The first service whose name is greater than 'name', or NULL: "" and the name of the last one go
 * through a catalog that changes meanwhile. */
const struct catalog_service *catalog_next(const struct catalog *c, const char *name);

/* The instances of service 'name' from now on: 'now', sorted by instance_cmp(), is moved, packed
 * (registrator/packing.h) and empty afterwards. None: the service goes. Returns whether anything
 * has changed. */
bool catalog_set(struct catalog *c, const char *name, struct instances *now);

/* Makes 'c' hold copies of exactly 'all', which is sorted by instance_cmp(). Services that are the
 * same keep their stamps. Returns whether anything has changed. */
bool catalog_set_all(struct catalog *c, const struct instances *all);

/* Appends all instances to 'ret', sorted by instance_cmp(). They are only lent: the caller frees
 * 'ret->v' and nothing in it. */
void catalog_lend(const struct catalog *c, struct instances *ret);

/* How many instances there are. */
size_t catalog_instances(const struct catalog *c);

void catalog_done(struct catalog *c);

#endif

/* Catalogs of several sources as one, kept in step a service at a time. Pure.
 *
 * The sources are the registry, the declared machines and the tasks that Marathon says run. An
 * instance that an earlier source has counts once, and a task that an agent has registered too,
 * under whatever name: its id in Meta says so. Only services whose sources have changed are
 * touched; the readers of the joined catalog see that by its stamps. */
#ifndef REGISTRATOR_CATALOG_JOIN_H
#define REGISTRATOR_CATALOG_JOIN_H

#include "lib/strv.h"
#include "registrator/catalog.h"

enum catalog_join_source {
    CATALOG_JOIN_REGISTRY,
    CATALOG_JOIN_MACHINES,
    CATALOG_JOIN_TASKS, /* yields to tasks of the others */
    CATALOG_JOIN_SOURCES,
};

struct catalog_join_service; /* the stamps at which one has been joined */

struct catalog_join {
    struct catalog joined; /* readable */

    /* private */
    struct catalog_join_service *v; /* sorted by name */
    size_t n;
    uint64_t newest;   /* of the registry */
    size_t services;   /* of the registry */
    struct strv tasks; /* that it has; sorted */
};

/* Brings 'j->joined' in step with the CATALOG_JOIN_SOURCES catalogs 'from'. */
void catalog_join_update(struct catalog_join *j, const struct catalog *const *from);

void catalog_join_done(struct catalog_join *j);

#endif

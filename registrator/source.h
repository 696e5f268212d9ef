/* One endpoint on its way to an instance: what its parts are made from. Borrows everything. */
#ifndef REGISTRATOR_SOURCE_H
#define REGISTRATOR_SOURCE_H

#include <stdbool.h>

#include "lib/endpoint.h"
#include "lib/problem.h"
#include "registrator/attrs.h"
#include "registrator/registrator.h"

struct source {
    const struct registrator_config *config;
    const char *subject; /* of problems: "container web-1" */
    const struct endpoint *e;
    struct attrs attrs;      /* what the container says about this port; owned */
    const char *listed_name; /* what SERVICE_PORTS calls this port; NULL: nothing */
    bool grouped;            /* the container has other ports, too */
    struct problems *problems;
};

#endif

/* What is served, a row for each service: how many instances, where, how well. Pure. */
#ifndef AGENT_SERVICE_ROW_H
#define AGENT_SERVICE_ROW_H

#include "agent/row.h"

struct service_row {
    const char *name;       /* of the service */
    const char *ways;       /* into HAProxy; NULL: none */
    size_t instances;       /* rows of the service */
    size_t up;              /* of them, those that take traffic */
    size_t here;            /* of them, those of this node */
    enum row_health health; /* bad: none takes traffic, or one is down */
};

/* Sorted by name. */
struct service_rows {
    struct service_row *v;
    size_t n;
};

/* '*ret' is empty; it borrows from 'rows', and is the caller's: service_rows_done(). */
void service_rows_make(const struct rows *rows, struct service_rows *ret);

void service_rows_done(struct service_rows *l);

#endif

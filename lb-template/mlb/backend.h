/* What is a service's own in haproxy.cfg: its user list, the frontend at its port, its backend.
 * Pure. */
#ifndef LB_TEMPLATE_MLB_BACKEND_H
#define LB_TEMPLATE_MLB_BACKEND_H

#include "lb-template/mlb/servers.h"
#include "lb-template/mlb/text.h"
#include "lib/marathon_app.h"

struct mlb_backend {
    const struct marathon_check *check; /* NULL: none */
    const struct mlb_servers *servers;
    bool open; /* has a frontend at its port */
};

/* Appends the sections. On failure, what has been appended is to be dropped. */
int mlb_backend_add(struct mlb_text *t, const struct mlb_backend *b, struct sbuf *out,
                    struct err **err);

#endif

/* What a reload of the configuration comes to: what changes now, what waits for a restart, or why
 * nothing changes. Pure. */
#ifndef AGENT_CONFIG_CHANGE_H
#define AGENT_CONFIG_CHANGE_H

#include <jansson.h>

#include "agent/config.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

struct config_change {
    struct strv changed; /* options that have another value now: "lb.http_port" */
    struct strv pending; /* options that will have at the next start */
    char *error;         /* why the configuration stays as it was; NULL: it does not */
};

void config_change_done(struct config_change *c);

/* Compares 'next', a good configuration, with the 'running' one. What takes a restart stays in
 * 'next' as it runs. Returns 0, or 1 where the rest makes no sense without it: then all of it is
 * pending, and 'next' is of no use. */
int config_change_make(struct config_change *ret, const struct config *running,
                       struct config *next);

/* 'key', which 'changed' has, takes a restart this time. */
void config_change_defer(struct config_change *c, const char *key);

/* Appends "changed=a,b needs-restart=c", or the error, for a line of the log. */
void config_change_add_text(const struct config_change *c, struct sbuf *out);

/* {"ok": true, "error": null, "changed": [...], "needs_restart": [...]}; the caller drops it. */
json_t *config_change_json(const struct config_change *c);

#endif

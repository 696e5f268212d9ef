/* Takes away what berth has put into the kernel, in the reverse order in which it came.
 *
 * For a host whose agent does not run: one that did would put it all back. Containers, the names
 * that ports have had, and hairpin mode of bridge ports stay. */
#ifndef PORTMAP_FLUSH_H
#define PORTMAP_FLUSH_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/strv.h"

struct flush_config {
    unsigned mark;         /* as in portmap_config */
    const char *undo_file; /* as in portmap_config */
    bool dry_run;          /* only says what there is */
};

/* Removes, in this order, the mappings with their connections, the rule in DOCKER-USER, what the
 * undo file says of route_localnet, the tables, and what it says of reserved ports. Each thing that
 * was there becomes a line in 'ret', "3 host ports: ..."; nothing there is no error. After an error
 * the rest is as it was, and the next flush goes on. */
int portmap_flush(const struct flush_config *config, struct strv *ret, struct err **err);

#endif

/* Where the configuration is read from: at the start, and again at each reload.
 *
 * The same file, the same arguments over it, and the same checks: what a reload takes is what a
 * start would take. */
#ifndef AGENT_CONFIG_SOURCE_H
#define AGENT_CONFIG_SOURCE_H

#include <stdbool.h>

#include "agent/config.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

#define CONFIG_DEFAULT_FILE "/etc/berth/berth.conf"

struct config_source {
    const char *file; /* of -c, borrowed; NULL: CONFIG_DEFAULT_FILE, where that is */
    struct strv set;  /* "section.key=value" of the arguments, which count more */
    bool fixed;       /* all is said by arguments: there is no file to read again */
    bool had_default; /* CONFIG_DEFAULT_FILE was read before: without it, values would be lost */
};

void config_source_done(struct config_source *s);

/* The file that is read now, or NULL. */
const char *config_source_file(const struct config_source *s);

/* Reads everything into '*ret', which is zeroed and must be freed with conf_done() in any case. */
int config_source_read(struct config_source *s, struct config *ret, struct err **err);

/* Appends 'config', which was read from 's', as a file that says where each value comes from. */
void config_source_dump(const struct config_source *s, const struct config *config,
                        struct sbuf *out);

/* Does the configuration fit this host, as far as it alone does not show? */
int config_source_check_host(const struct config *c, struct err **err);

#endif

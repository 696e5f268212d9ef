/* The table of what there is on an admin server. Pure. */
#ifndef AGENT_ADMIN_PATH_H
#define AGENT_ADMIN_PATH_H

#include "agent/admin.h"
#include "lib/sbuf.h"

/* The one of the 'n' at 'v' that 'path' is, or lies beneath, or NULL. The first one counts. */
const struct admin_path *admin_path_find(const struct admin_path *v, size_t n, const char *path);

/* Does 'p' take the HTTP method? */
bool admin_path_takes(const struct admin_path *p, const char *method);

/* What it takes, as an Allow header says it. A literal. */
const char *admin_path_allows(const struct admin_path *p);

/* Appends a line that says which paths there are. */
void admin_path_list(const struct admin_path *v, size_t n, struct sbuf *out);

#endif

/* What an app's own template may hold, so that it stays the app's own.
 *
 * A template from a label is HAProxy's language, and its author may break what is his. He may not
 * leave his section, nor say in a frontend that all share more than rules for requests. Pure. */
#ifndef LB_TEMPLATE_MLB_RULES_H
#define LB_TEMPLATE_MLB_RULES_H

#include "lb-template/mlb/template.h"
#include "lib/err.h"

/* Names that are the app's own. */
struct mlb_names {
    const char *backend; /* also its frontend's, and what path_ and user_ begin */
    const char *acl;     /* what host_ and auth_ begin */
    const char *app;     /* what app_ begins */
};

/* Looks at 'text', which template 'id' has become for the app with those names. A head must open
 * exactly its own section; other texts must open none. In shared frontends, ACLs with the prefixes
 * of the templates must be the app's: an ACL of two definitions is true where either is. */
int mlb_rules_check(enum mlb_template id, const char *text, const struct mlb_names *names,
                    struct err **err);

#endif

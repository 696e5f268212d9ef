/* Tables of templates and what they give, for the tests of lb-template/tmpl/. */
#ifndef TESTS_UNIT_TMPL_RUN_H
#define TESTS_UNIT_TMPL_RUN_H

#include <stddef.h>

#include "lb-template/tmpl/tmpl.h"

struct tmpl_case {
    const char *text;
    const char *wanted; /* the output; of tmpl_run_errors(), a part of the message */
};

/* Renders each template with the data document 'json' (NULL: an empty one), whose member "dot", if
 * there is one, is the template's dot. */
void tmpl_run_cases(const char *json, const struct tmpl_case *cases, size_t n);

/* The same for templates that fail, when they are parsed or executed. */
void tmpl_run_errors(const char *json, const struct tmpl_case *cases, size_t n);

/* Renders one template; "error: ..." where it fails. 'run' may be NULL; the caller frees the
 * result. '*deps' may be NULL, else it gets what was asked for. */
char *tmpl_run_one(const char *json, const char *text, const struct tmpl_run *run,
                   struct tmpl_deps *deps);

#endif

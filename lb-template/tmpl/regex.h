/* Regular expressions with RE2's language, by PCRE2.
 *
 * What RE2 does not have because it cannot be matched in linear time is refused here too:
 * look-around, back references, atomic groups, possessive quantifiers, conditions, recursion. What
 * still backtracks is counted step by step and ends at the execution's limit. */
#ifndef LB_TEMPLATE_TMPL_REGEX_H
#define LB_TEMPLATE_TMPL_REGEX_H

#include "lb-template/tmpl/exec.h"

struct tmpl_regex;

#define TMPL_REGEX_MAX 4096 /* bytes of an expression */

/* 'pattern' compiled; kept for the execution. NULL after tmpl_fail(). */
struct tmpl_regex *tmpl_regex_get(struct tmpl_exec *x, const struct tmpl_value *pattern);

/* 's' as it can be searched: itself, or a copy where it is no valid UTF-8 and each wrong byte has
 * become U+FFFD. Checked once here, because PCRE2 would check all of it for each match. */
struct tmpl_value tmpl_regex_subject(struct tmpl_exec *x, const struct tmpl_value *s);

/* Looks for a match in 's', of tmpl_regex_subject(), from offset 'from' on, where a character
 * begins. Returns 1 with '*ret_begin' and '*ret_end', 0 for none, -1 after tmpl_fail(). */
int tmpl_regex_match(struct tmpl_exec *x, struct tmpl_regex *r, const struct tmpl_value *s,
                     size_t from, size_t *ret_begin, size_t *ret_end);

/* Appends 'replacement' with $1, ${1} and ${name} replaced by what the last match of 'r' in 's' has
 * for them; $$ is a dollar. */
void tmpl_regex_expand(struct tmpl_regex *r, const struct tmpl_value *s,
                       const struct tmpl_value *replacement, struct tmpl_buf *b);

#endif

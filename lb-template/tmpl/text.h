/* String operations that the function groups share. Pure. */
#ifndef LB_TEMPLATE_TMPL_TEXT_H
#define LB_TEMPLATE_TMPL_TEXT_H

#include "lb-template/tmpl/value.h"

/* 's' without the characters of 'cutset' at its ends. */
struct tmpl_value tmpl_trim(struct tmpl_value s, struct tmpl_value cutset, bool left, bool right);

/* 's' without Unicode's blanks at its ends. */
struct tmpl_value tmpl_trim_space(struct tmpl_value s);

bool tmpl_has_prefix(const struct tmpl_value *s, const struct tmpl_value *prefix);
bool tmpl_has_suffix(const struct tmpl_value *s, const struct tmpl_value *suffix);
bool tmpl_contains(const struct tmpl_value *s, const struct tmpl_value *part);

/* The parts of 's' between 'sep', at most 'max' (0: any number); an empty 'sep' parts characters.
 */
struct tmpl_list *tmpl_split(struct tmpl_arena *a, struct tmpl_value s, struct tmpl_value sep,
                             size_t max);

/* Every 'from' in 's' becomes 'to'; an empty 'from' is between any two characters. */
struct tmpl_value tmpl_replace(struct tmpl_arena *a, struct tmpl_value s, struct tmpl_value from,
                               struct tmpl_value to);

/* Each line that is not empty begins with 'n' blanks more. */
struct tmpl_value tmpl_indent(struct tmpl_arena *a, struct tmpl_value s, size_t n);

/* Letters of ASCII, Latin-1, Greek and Cyrillic change their case; others stay. */
struct tmpl_value tmpl_map_case(struct tmpl_arena *a, struct tmpl_value s, bool upper);

/* The first letter of each word in upper case. */
struct tmpl_value tmpl_title(struct tmpl_arena *a, struct tmpl_value s);

#endif

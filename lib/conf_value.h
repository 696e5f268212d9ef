/* One option's value: text in, text out. lib/conf.h puts them together to a configuration. */
#ifndef LIB_CONF_VALUE_H
#define LIB_CONF_VALUE_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/sbuf.h"

/* Sets the value of 'k' in the struct at 'base' from 'text'. 'section' is what an error calls the
 * section: portmap, or network "calico". */
int conf_value_set(const struct conf_key *k, const char *section, void *base, const char *text,
                   struct err **err);

/* Appends the value as conf_value_set() reads it. */
void conf_value_add(const struct conf_key *k, const void *base, struct sbuf *out);

/* Are the values in 'a' and 'b' the same? */
bool conf_value_equal(const struct conf_key *k, const void *a, const void *b);

/* Sets the value in 'dst' to the one in 'src'. */
void conf_value_copy(const struct conf_key *k, void *dst, const void *src);

/* Frees what the value owns. */
void conf_value_done(const struct conf_key *k, void *base);

#endif

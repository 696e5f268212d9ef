/* Where in a configuration file an option is set. Pure.
 *
 * For people, beside lib/conf.h, which reads the file. */
#ifndef LIB_CONF_WHERE_H
#define LIB_CONF_WHERE_H

/* The number of the last line of 'text', a file that conf_load() takes, that sets 'name', which is
 * written as for conf_set(): "section.key" or "kind.NAME.key"; 0: none does. */
unsigned conf_where(const char *text, const char *name);

#endif

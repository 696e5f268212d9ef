/* Which rows `berth top` lists, and in which order. Pure. */
#ifndef AGENT_TOP_LIST_H
#define AGENT_TOP_LIST_H

#include <stddef.h>

struct top;

/* Makes 'shown' of 't' from its rows: those that the search finds, sorted. The row with the key
 * 'selected' is selected, where it is there; NULL: the first one. */
void top_list_make(struct top *t, const char *selected);

/* What tells the row at 'at' of 'shown' from all others; NULL: there is none. The caller frees
 * it. */
char *top_list_key(const struct top *t, size_t at);

#endif

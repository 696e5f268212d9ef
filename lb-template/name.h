/* Names as they may stand in haproxy.cfg, in the host map and in runtime commands.
 *
 * Whatever a label says, what leaves this file consists of harmless bytes only: no space, quote,
 * backslash, '#', ';' or line end ever gets through. Pure. */
#ifndef LB_TEMPLATE_NAME_H
#define LB_TEMPLATE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_LEN_MAX 100      /* bytes of a backend's or server's name */
#define NAME_HOST_LEN_MAX 253 /* bytes of a host name, as in DNS */

/* Makes a name of bytes [A-Za-z0-9_.:-] from 'text'. Where bytes had to be replaced or cut, the
 * result ends in "-" and eight digits of a hash of 'text', so that different texts stay different
 * names. 'altered' asks for the suffix in any case. The caller frees it. */
char *name_make(const char *text, bool altered);

/* Gives each of the 'n' names a value of its own: the first in array order keeps the name, others
 * get a suffix. '*names[i]' is a string on the heap. */
void name_make_unique(char **names[], size_t n);

/* The host name in lower case without the final dot, or NULL where 'text' (of 'len' bytes) is none.
 * The caller frees it. */
char *name_host(const char *text, size_t len);

/* FNV-1a over the bytes of 's'. */
uint32_t name_hash(const char *s);

#endif

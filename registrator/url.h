/* Names inside URLs. Pure. */
#ifndef REGISTRATOR_URL_H
#define REGISTRATOR_URL_H

#include <stdbool.h>

#include "lib/sbuf.h"

/* Appends 's' percent-encoded: all but RFC 3986's unreserved characters. */
void url_add_escaped(struct sbuf *b, const char *s);

/* The same for a path: its slashes stay. */
void url_add_path(struct sbuf *b, const char *path);

/* Can a server be asked for 's' in a path? Servers tidy paths up after decoding, so a name with an
 * empty, "." or ".." part between slashes asks for something else. */
bool url_is_addressable(const char *s);

/* Is 's' "http://host[:port]" or "https://host[:port]", and nothing more? */
bool url_is_base(const char *s);

#endif

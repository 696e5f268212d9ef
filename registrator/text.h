/* Text from outside: what may be passed on, and what a person may be shown. Pure. */
#ifndef REGISTRATOR_TEXT_H
#define REGISTRATOR_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/sbuf.h"

/* Bytes of a foreign value that go into a message. */
#define TEXT_SHOWN_MAX 80

/* Bytes of the character that 's' begins with: 1..4 for valid UTF-8 that is no control character,
 * else 0. */
unsigned text_char_len(const char *s);

/* Valid UTF-8 throughout, without control characters? */
bool text_is_clean(const char *s);

/* Appends 's', made printable and cut at TEXT_SHOWN_MAX bytes, in double quotes. */
void text_add_shown(struct sbuf *b, const char *s);

/* Reads a port: decimal digits alone, 1..65535. Returns 0, or -1. */
int text_port(const char *s, uint16_t *ret);

#endif

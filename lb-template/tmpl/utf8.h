/* UTF-8, read and written as Go does: a byte that begins no character is U+FFFD of width 1. Pure.
 */
#ifndef LB_TEMPLATE_TMPL_UTF8_H
#define LB_TEMPLATE_TMPL_UTF8_H

#include <stddef.h>

#define TMPL_RUNE_BAD 0xfffdUL
#define TMPL_RUNE_MAX 0x10ffffUL

/* The character at 's', which has 'len' > 0 bytes; '*ret_width' is what it takes, 1 to 4. */
unsigned long tmpl_utf8_decode(const char *s, size_t len, size_t *ret_width);

/* Writes 'rune' to 'ret' and returns its width, 1 to 4. */
size_t tmpl_utf8_encode(unsigned long rune, char ret[4]);

/* The number of characters in 'len' bytes. */
size_t tmpl_utf8_count(const char *s, size_t len);

/* The bytes that the first 'n' characters take. */
size_t tmpl_utf8_offset(const char *s, size_t len, size_t n);

#endif

/* Base64 as RFC 4648 section 4 has it. Pure. */
#ifndef LIB_BASE64_H
#define LIB_BASE64_H

#include "lib/sbuf.h"

/* Appends the bytes that 'text' stands for. Returns -1, with nothing appended, where it is no
 * base64: another character, a length that is no multiple of four, padding inside. */
int base64_decode(const char *text, struct sbuf *ret);

#endif

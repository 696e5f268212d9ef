/* One line of haproxy.cfg as words: quotes, backslashes and comments as HAProxy reads them. Pure.
 */
#ifndef LB_TEMPLATE_WORDS_H
#define LB_TEMPLATE_WORDS_H

#include "lib/strv.h"

/* Appends the words of the line at 'text' to 'ret' and returns the next line, or NULL at the end of
 * the text. An escape sequence is taken as the byte after the backslash, \n, \r, \t and \xNN too:
 * words are compared, not used as what they mean. */
const char *words_split(const char *text, struct strv *ret);

#endif

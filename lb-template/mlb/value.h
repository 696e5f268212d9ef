/* What a label's value must be before it may stand in haproxy.cfg.
 *
 * Labels are foreign. A value that passes cannot end its word, its line or its quotes, open a file
 * or take in an environment variable. Pure. */
#ifndef LB_TEMPLATE_MLB_VALUE_H
#define LB_TEMPLATE_MLB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strv.h"

/* One or more words with single blanks between them, of printable bytes without quotes, '\' and
 * '#': what needs no quoting in haproxy.cfg. */
bool mlb_words_ok(const char *text);

/* The same, of exactly one word. */
bool mlb_word_ok(const char *text);

/* What path_beg may be given: words, of which the first may be "-i"; no other flag. */
bool mlb_path_ok(const char *text);

/* What may stand between double quotes. */
bool mlb_quoted_ok(const char *text);

/* "10.0.0.0/8", "2001:db8::1". */
bool mlb_network_ok(const char *text);

/* Reads "true", "t", "yes", "y", in any case, as marathon-lb does; all else is false. */
bool mlb_truth(const char *text);

/* Reads a whole decimal number between 'min' and 'max'. */
bool mlb_number(const char *text, long min, long max, long *ret);

/* Splits "a.example,b.example:8080" into host names in lower case. Returns false where one of them
 * is none. */
bool mlb_vhosts(const char *text, struct strv *ret);

/* 'text' with all but letters, digits and '-' as '_', as names are made from hosts and ids; the
 * caller frees it. */
char *mlb_clean(const char *text);

/* 'text' cut at 60 bytes and made printable, for messages; the caller frees it. */
char *mlb_shown(const char *text);

#endif

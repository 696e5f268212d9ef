/* The terminal, where there is one: its size, whether it has colours, and its whole screen, which
 * is given back however the program ends.
 *
 * Plain ANSI sequences that xterm, the Linux console, screen and tmux have in common; there is no
 * terminal database. What is shown is lib/paint.h's. One screen for a process: a signal's handler
 * must find it. */
#ifndef LIB_TERM_H
#define LIB_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

enum term_colours { TERM_COLOURS_AUTO, TERM_COLOURS_ALWAYS, TERM_COLOURS_NEVER };

/* Reads "auto", "always" or "never". Returns 0, or -1 where 'word' is none of them. */
int term_colours_parse(const char *word, enum term_colours *ret);

/* Is 'fd' a terminal on which a line can be rewritten? TERM=dumb is none. */
bool term_is(int fd);

/* Are colours wanted on 'fd'? With TERM_COLOURS_AUTO where it is a terminal and the environment
 * has no NO_COLOR (no-color.org). */
bool term_has_colours(int fd, enum term_colours when);

/* The size of terminal 'fd' in characters; 80 and 24 where it does not say. */
void term_size(int fd, size_t *ret_columns, size_t *ret_rows);

/* Takes the whole screen of the terminal at stdin and stdout: another page that leaves no trace,
 * no cursor, and keys that come at once and are not shown; ^C and ^Z still are signals. It is
 * given back by term_close(), at exit() and before a signal ends the program. Errors: there is no
 * terminal. */
int term_open(struct err **err);

/* Gives it back. Nothing where it is not taken. */
void term_close(void);

#endif

/* How far long work is, on stderr, for who waits for it.
 *
 * On a terminal it is one line that is rewritten - which step, of how many, since when - and gone
 * when the work ends. Elsewhere it is a line for each step that is done. stdout is not touched: it
 * is the result's. */
#ifndef LIB_PROGRESS_H
#define LIB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#define PROGRESS_TEXT_MAX 160 /* bytes of a step's text; the rest of a longer one is cut */

struct progress {
    const char *command; /* "doctor", before plain lines; borrowed */
    bool live;           /* the line is rewritten */
    bool plain;          /* lines of what is done */
    size_t n, of;        /* the step under way; 'of' 0: nobody knows how many there are */
    double began;        /* the step, in seconds of a clock that nobody sets */
    char text[PROGRESS_TEXT_MAX];
};

/* 'of' is how many steps there will be, 0: nobody knows. Where 'plain' is false, nothing is said
 * but on a terminal. A zeroed 'p' says nothing at all. */
void progress_init(struct progress *p, const char *command, size_t of, bool plain);

/* The step under way is done, and the next one begins: "asking Docker". */
void progress_step(struct progress *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same step, or the first one, is at another point, or time has passed: the line is written
 * again. Nothing where it is not live. */
void progress_update(struct progress *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes the line away, for other output. */
void progress_clear(const struct progress *p);

/* The step under way is done, and so is the work. */
void progress_end(struct progress *p);

/* The work has failed in the step under way, which is not said to be done. */
void progress_break(struct progress *p);

#endif

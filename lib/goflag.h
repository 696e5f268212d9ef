/* A command line as Go's flag package reads it, for programs that berth takes the place of.
 *
 * "-x" and "--x" are the same; a value stands behind "=" or is the next argument, a boolean's only
 * behind "=". Flags end at the first argument that is none, or at "--". Pure. */
#ifndef LIB_GOFLAG_H
#define LIB_GOFLAG_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/sbuf.h"

enum goflag_type {
    GOFLAG_BOOL,   /* bool */
    GOFLAG_INT,    /* long: decimal, 0x hexadecimal, 0 octal */
    GOFLAG_STRING, /* const char *, which leads into the arguments */
    GOFLAG_LIST,   /* struct strv: each use adds one */
};

struct goflag {
    const char *name;
    enum goflag_type type;
    void *value; /* keeps what it has where the flag is not given */
    const char *help;
};

/* Reads 'argv' (argv[0] is passed over) into the 'n' 'flags'. '*ret_first' is the index of the
 * first argument that is no flag. Returns 0, -1 with Go's message, or 1 where help is asked for. */
int goflag_parse(const struct goflag *flags, size_t n, int argc, char **argv, int *ret_first,
                 struct err **err);

/* Overwrites with x what the flag 'name' says, wherever it stands among the flags of 'argv': `ps`
 * shows it to everybody. Once all of 'argv' has been read; 'first' is what goflag_parse() gave. */
void goflag_hide(const char *name, int first, char **argv);

/* Appends a line or two for each flag. */
void goflag_usage(const struct goflag *flags, size_t n, struct sbuf *out);

#endif

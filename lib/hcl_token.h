/* The words of HCL: strings, heredocs, numbers, names, and what is between them. Pure. */
#ifndef LIB_HCL_TOKEN_H
#define LIB_HCL_TOKEN_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/sbuf.h"

struct hcl_reader {
    const char *name; /* of the file, for errors */
    const char *text; /* all of it, NUL-ended, without another NUL */
    const char *at;   /* what is read next */
    struct err **err;
};

/* Sets the error at the place 'at' in the text. Always returns -1. */
int hcl_fail(const struct hcl_reader *r, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Passes over blanks, line ends and comments. Returns 0, or -1 for a comment without end. */
int hcl_skip(struct hcl_reader *r);

/* Can a name begin with 'c'? */
bool hcl_begins_name(char c);

/* Each reads what 'r->at' is at, and returns 0, or -1 with the error set. */
int hcl_read_name(struct hcl_reader *r, struct sbuf *ret);
int hcl_read_string(struct hcl_reader *r, struct sbuf *ret);  /* at '"' */
int hcl_read_heredoc(struct hcl_reader *r, struct sbuf *ret); /* at "<<" */
int hcl_read_number(struct hcl_reader *r, json_t **ret);      /* at a digit or '-' */

#endif

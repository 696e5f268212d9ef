/* A line of the log as values: what happened, and the ids that it happened to. Pure.
 *
 *     "mapping added host-port=%u container=%s trace=%s"
 *
 * The words key=value at the end of a format are fields; what stands before them is the text. The
 * format decides, never what is put in: no name from outside makes a field of its own. A field
 * without a value is left out, so that one format serves lines that know more or less. */
#ifndef LIB_LOG_FACT_H
#define LIB_LOG_FACT_H

#include <stdarg.h>

#include "lib/kv.h"
#include "lib/sbuf.h"

struct log_fact {
    char *text;        /* owned */
    struct kvs fields; /* in the format's order */
};

/* Fills '*ret', which the caller gives to log_fact_done(). Keys are lower-case letters, digits and
 * '-'. */
void log_fact_make(struct log_fact *ret, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void log_fact_done(struct log_fact *f);

/* Appends the text and its fields as one printable line without an end. */
void log_fact_print(struct sbuf *out, const struct log_fact *f);

#endif

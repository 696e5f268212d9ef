/* Configuration read through one table.
 *
 * A program describes each option once: section, key, type, default, help, and where the value
 * lies in its own struct. The table serves the INI file (inih), `-o section.key=value`, `berth
 * check --dump` and the test that compares it with the manual page. */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/sbuf.h"

enum conf_type {
    CONF_STRING,  /* char *, owned by the configuration */
    CONF_BOOL,    /* bool: yes/no, true/false, on/off, 1/0 */
    CONF_UINT,    /* unsigned, decimal or 0x hexadecimal, between 'min' and 'max' */
    CONF_SECONDS, /* double, a plain number of seconds between 'min' and 'max' */
};

struct conf_key {
    const char *section;
    const char *key;
    enum conf_type type;
    size_t offset;   /* of the value in the configuration struct */
    const char *def; /* the default, written as in a file */
    unsigned min, max;
    const char *help; /* one sentence */
    /* Refuses values that fit the type but not the purpose; NULL: none. */
    int (*check)(const char *value, struct err **err);
};

struct conf_table {
    const struct conf_key *keys;
    size_t n;
};

/* Sets every value of '*config' (zeroed by the caller) to its default. */
void conf_defaults(const struct conf_table *t, void *config);

/* Frees the strings. */
void conf_done(const struct conf_table *t, void *config);

/* Reads the INI file 'path' over what '*config' has. The error names file, line and remedy. */
int conf_load(const struct conf_table *t, void *config, const char *path, struct err **err);

/* Sets one value from "section.key=value". */
int conf_set(const struct conf_table *t, void *config, const char *assignment, struct err **err);

/* Appends every value as an INI file, each with its help and default as comments. */
void conf_dump(const struct conf_table *t, const void *config, struct sbuf *out);

#endif

/* Configuration read through one table.
 *
 * A program describes each option once: section, key, type, default, help, and where the value
 * lies in its own struct. The table serves the INI file (inih), `-o section.key=value`, `berth
 * check --dump` and the test that compares it with the manual page.
 *
 * A section may have a name, as in `[network "calico"]`: then there is one struct for each name, in
 * a list that the configuration owns, in the order of the file. */
#ifndef LIB_CONF_H
#define LIB_CONF_H

#include <stddef.h>

#include "lib/err.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

#define CONF_FILE_MAX (256 * 1024) /* bytes of a file */

enum conf_type {
    CONF_STRING,  /* char *, owned by the configuration */
    CONF_BOOL,    /* bool: yes/no, true/false, on/off, 1/0 */
    CONF_UINT,    /* unsigned, decimal or 0x hexadecimal, between 'min' and 'max' */
    CONF_SECONDS, /* double, a plain number of seconds between 'min' and 'max' */
};

/* What it takes until a value that has changed in the file counts. */
enum conf_effect {
    CONF_LIVE,    /* a reload */
    CONF_RESTART, /* a restart: it says who the program is, or where it is connected to */
};

struct conf_key {
    const char *section; /* of a section with a name: its kind */
    const char *key;
    enum conf_type type;
    size_t offset;   /* of the value in the configuration struct, or in the name's own */
    const char *def; /* the default, written as in a file */
    unsigned min, max;
    const char *help; /* one sentence */
    /* Refuses values that fit the type but not the purpose; NULL: none. */
    int (*check)(const char *value, struct err **err);
    enum conf_effect effect;
};

/* The structs of one kind of section with a name. Each begins with its name: `char *name`. */
struct conf_list {
    void *v; /* owned */
    size_t n;
    size_t cap;
};

struct conf_kind {
    const char *kind; /* the word before the name: "network" */
    const struct conf_key *keys;
    size_t n;
    size_t size;   /* bytes of one struct */
    size_t offset; /* of the struct conf_list in the configuration struct */
};

struct conf_table {
    const struct conf_key *keys;
    size_t n;
    const struct conf_kind *kinds;
    size_t n_kinds;
};

/* Sets every value of '*config' (zeroed by the caller) to its default. No section has a name yet.
 */
void conf_defaults(const struct conf_table *t, void *config);

/* Frees the strings and the lists. */
void conf_done(const struct conf_table *t, void *config);

/* Reads the INI file 'path' over what '*config' has. The error names file, line and remedy. */
int conf_load(const struct conf_table *t, void *config, const char *path, struct err **err);

/* Sets one value from "section.key=value", or "kind.name.key=value"; the name may have dots. */
int conf_set(const struct conf_table *t, void *config, const char *assignment, struct err **err);

/* Adds to 'live' and to 'restart' the options in which 'a' and 'b' differ, as conf_set() names
 * them, in the table's order. A section that only one of them has counts as one of defaults. */
void conf_diff(const struct conf_table *t, const void *a, const void *b, struct strv *live,
               struct strv *restart);

/* Gives 'config' the values of 'running' in all options whose change takes a restart. Options of
 * sections with a name are not among those. */
void conf_keep(const struct conf_table *t, const void *running, void *config);

/* Says where a value that is set comes from. */
struct conf_origin {
    /* 'name' is as in conf_set(). Returns words that the caller frees, or NULL: it is not set. */
    char *(*of)(void *arg, const char *name);
    void *arg;
};

/* Appends every value as an INI file, each with its help, "[restart]" where a change takes one, its
 * default, and where it comes from, as comments. 'origin' may be NULL. A kind of which there is no
 * section is shown as a comment. */
void conf_dump(const struct conf_table *t, const void *config, const struct conf_origin *origin,
               struct sbuf *out);

#endif

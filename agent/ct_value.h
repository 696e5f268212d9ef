/* Values of consul-template's configuration: as its files and its command line write them. Pure. */
#ifndef AGENT_CT_VALUE_H
#define AGENT_CT_VALUE_H

#include "lb-template/quiet.h"
#include "lib/hcl.h"
#include "lib/strv.h"

/* What is being read: the member 'key' of 'object'. */
struct ct_reader {
    const struct hcl *file; /* NULL: the command line */
    const json_t *object;
    const char *key;
    struct err **err;
    struct strv *idle; /* "block.key": what was said and has no effect; added to */
    const char *block; /* around 'object'; NULL: none */
};

/* To read what is in the block 'name' of what 'r' reads. */
static inline struct ct_reader ct_reader_inner(const struct ct_reader *r, const char *name)
{
    return (struct ct_reader){.file = r->file, .err = r->err, .idle = r->idle, .block = name};
}

/* Sets the error at the place of what is being read. Always returns -1. */
int ct_refuse(const struct ct_reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Each reads 'value' into what 'at' points to. Returns 0, or -1. */
int ct_read_string(struct ct_reader *r, const json_t *value, void *at);  /* char *, owned */
int ct_read_strings(struct ct_reader *r, const json_t *value, void *at); /* struct strv; also one */
int ct_read_bool(struct ct_reader *r, const json_t *value, void *at);    /* bool */
int ct_read_switch(struct ct_reader *r, const json_t *value, void *at);  /* int: 0, 1 */
int ct_read_seconds(struct ct_reader *r, const json_t *value, void *at); /* double, "1m30s" */
int ct_read_signal(struct ct_reader *r, const json_t *value, void *at);  /* int; 0: none, "" */
int ct_read_mode(struct ct_reader *r, const json_t *value, void *at);    /* int, 0644 or "0644" */
int ct_read_count(struct ct_reader *r, const json_t *value, void *at);   /* unsigned */
int ct_read_idle(struct ct_reader *r, const json_t *value, void *at);    /* nothing: it is listed */

/* A command, struct strv: a text is for `sh -c`, a list is program and arguments. */
int ct_read_command(struct ct_reader *r, const json_t *value, void *at);

/* "MIN" or "MIN:MAX"; an empty text is no wait. */
int ct_read_wait(struct ct_reader *r, const json_t *value, void *at); /* struct quiet */

/* Go's notation: "1h30m", "250ms", "0". Returns 0, or -1. */
int ct_seconds_parse(const char *text, double *ret);

#endif

/* HashiCorp's configuration language, version 1, as consul-template's files use it; JSON is read as
 * another way to write the same.
 *
 *     name = "value"        list = ["a", 1, true]        text = <<EOF
 *     block "label" { }     object = { a = 1 }           # comment  // comment
 *
 * What was read is JSON's values. A block or an object behind a key is an array of objects, one for
 * each time it is said; a label is an object of its own around it. Any other key that is said twice
 * has the last value. `${...}` is text like any other. Pure. */
#ifndef LIB_HCL_H
#define LIB_HCL_H

#include <jansson.h>
#include <stddef.h>

#include "lib/err.h"

#define HCL_TEXT_MAX (4 * 1024 * 1024) /* bytes of a file */
#define HCL_DEPTH_MAX 32               /* blocks, labels and lists inside each other */
#define HCL_VALUES_MAX 100000

struct hcl;

/* Reads 'len' bytes of 'text'; 'name' is what errors call the file. NULL on failure: the error is
 * "NAME:LINE:COLUMN: what", with the line and a caret on lines of their own. */
struct hcl *hcl_parse(const char *name, const char *text, size_t len, struct err **err);
void hcl_free(struct hcl *h);

/* The file's members: an object, owned by 'h'. */
const json_t *hcl_root(const struct hcl *h);

/* Sets 'err' as hcl_parse() does, at the place where the member 'key' of 'object', which is part of
 * 'h', is said last. Always returns -1. */
int hcl_refuse(const struct hcl *h, const json_t *object, const char *key, struct err **err,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

static inline void clean_hcl(struct hcl **h)
{
    hcl_free(*h);
}

#endif

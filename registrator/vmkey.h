/* The keys of a section in services.d/: one table, one function for each kind of value. Pure. */
#ifndef REGISTRATOR_VMKEY_H
#define REGISTRATOR_VMKEY_H

#include <stdbool.h>

#include "lib/err.h"
#include "registrator/vmservice.h"

/* Sets what 'key' says in 's'. The error names key, value and remedy. */
int vm_key_set(struct vm_service *s, const char *key, const char *value, struct err **err);

/* May 'key' be said on several lines? */
bool vm_key_is_list(const char *key);

/* What the keys of a section must say together. */
int vm_key_check_whole(const struct vm_service *s, struct err **err);

#endif

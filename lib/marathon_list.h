/* The elements of Marathon's list of apps, one at a time. Pure.
 *
 * An answer about thousands of apps is megabytes; as one tree of values it would be some twenty
 * times that. Each element is parsed alone, handed over and dropped. */
#ifndef LIB_MARATHON_LIST_H
#define LIB_MARATHON_LIST_H

#include <jansson.h>
#include <stddef.h>

#include "lib/err.h"

/* Calls 'each' with every element of the array "apps" in the object 'text' of 'len' bytes; it is
 * valid during the call. Fails where that is no JSON, has no such array, or one of more than
 * MARATHON_APPS_MAX elements: then some have been handed over, and are not to be believed. */
int marathon_list_each(const char *text, size_t len, void (*each)(void *arg, const json_t *app),
                       void *arg, struct err **err);

#endif

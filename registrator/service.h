/* Names, id, tags and options of the service that an endpoint is an instance of.
 *
 * SERVICE_NAME, _ID and _TAGS as registrator reads them, with its defaults. What cannot be
 * registered as it is said is mended and reported. Pure. */
#ifndef REGISTRATOR_SERVICE_H
#define REGISTRATOR_SERVICE_H

#include <stdbool.h>

#include "lib/strv.h"
#include "registrator/instance.h"
#include "registrator/reachable.h"
#include "registrator/source.h"

#define SERVICE_NAMES_MAX 16 /* of one port */

/* Appends the service's name, and further names where SERVICE_NAME is a comma list, each once. A
 * container with several ports gives one service a port, told apart by "-<port>", unless the name
 * was said for that port. */
void service_names(const struct source *s, struct strv *ret);

/* "<node>:<container>:<port>[:udp]" or what SERVICE_ID says; then "+<alias>" for a further name and
 * "@<address>:<port>" for a further way to dial the port. Either may be NULL. The caller frees it.
 */
char *service_id(const struct source *s, const char *alias, const struct reachable *way);

/* Appends the tags in declared order, "udp" at the end for UDP. */
void service_tags(const struct source *s, struct strv *ret);

/* Reads SERVICE_WEIGHT, _WEIGHT_PASSING, _WEIGHT_WARNING and _ENABLE_TAG_OVERRIDE into 'i'. */
void service_options(const struct source *s, struct instance *i);

/* Is the attribute 'key' one of those that service_options() reads? */
bool service_option_is(const char *key);

#endif

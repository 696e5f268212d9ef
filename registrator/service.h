/* Name, id and tags of the service that an endpoint is an instance of.
 *
 * SERVICE_NAME, _ID and _TAGS as registrator reads them, with its defaults. What cannot be
 * registered as it is said is mended and reported. Pure. */
#ifndef REGISTRATOR_SERVICE_H
#define REGISTRATOR_SERVICE_H

#include "lib/strv.h"
#include "registrator/source.h"

/* The service's name; the caller frees it. A container with several ports gives one service a
 * port, told apart by "-<port>", unless the name was said for that port. */
char *service_name(const struct source *s);

/* "<node>:<container>:<port>[:udp]" or what SERVICE_ID says; the caller frees it. */
char *service_id(const struct source *s);

/* Appends the tags in declared order, "udp" at the end for UDP. */
void service_tags(const struct source *s, struct strv *ret);

#endif

/* Which container name had which host port last.
 *
 * Pure; ports.h keeps it in a file. A container that is made
 * anew under its old name gets its old port where that is free, and others get it last. Each host
 * port has one name at most, and each container port of a name one host port. */
#ifndef PORTMAP_STICKY_H
#define PORTMAP_STICKY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sbuf.h"

#define STICKY_NAME_MAX 255 /* bytes of a container name */

struct sticky_port {
    uint8_t protocol;
    uint16_t host_port;
    uint16_t container_port;
    uint32_t hash; /* of the name */
    char *name;    /* owned */
};

struct sticky {
    struct sticky_port *v; /* sorted by protocol, then host port; owned */
    size_t n;
    size_t cap;
};

void sticky_done(struct sticky *s);

/* The host port that this container port had last; 0: none. */
uint16_t sticky_find(const struct sticky *s, const char *name, uint8_t protocol,
                     uint16_t container_port);

/* Did a container have that host port whose port may come back? */
bool sticky_has(const struct sticky *s, uint8_t protocol, uint16_t host_port);

/* Remembers; what contradicts it is forgotten. Returns whether that was news. A name with a blank
 * or a control character, or a longer one than STICKY_NAME_MAX, is not remembered. */
bool sticky_note(struct sticky *s, const char *name, uint8_t protocol, uint16_t container_port,
                 uint16_t host_port);

/* Reads lines "tcp HOST-PORT CONTAINER-PORT NAME" into 's' (empty). Lines of another shape, and
 * comments behind '#', are skipped. */
void sticky_read(struct sticky *s, const char *text);

/* Appends what sticky_read() reads. */
void sticky_write(const struct sticky *s, struct sbuf *out);

#endif

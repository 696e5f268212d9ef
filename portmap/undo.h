/* What berth has changed outside of its table, for `berth portmap flush` to change back.
 *
 * A small file says which ports berth added to net.ipv4.ip_local_reserved_ports, and on which
 * interfaces it switched route_localnet on. It is written before the change it speaks of; what it
 * does not say was there before us, or is somebody else's, and stays. The kernel forgets both when
 * it starts, so the file of an earlier boot says nothing. */
#ifndef PORTMAP_UNDO_H
#define PORTMAP_UNDO_H

#include "lib/err.h"
#include "lib/portset.h"
#include "lib/strv.h"

struct undo {
    char *file; /* NULL: nothing is recorded; owned */
    char *boot; /* which one this is; owned */
    struct portset reserved;
    struct strv loopback; /* names of interfaces */
    struct err *failed;   /* why the file could not be written last time, or NULL */
};

/* Reads 'file', which is copied and may be NULL or missing. */
void undo_init(struct undo *u, const char *file);

void undo_done(struct undo *u);

/* Records that 'ports' are about to be reserved, or that the interface 'name' is about to have
 * route_localnet. Where that cannot be written, 'failed' says why. */
void undo_note_reserved(struct undo *u, const struct portset *ports);
void undo_note_loopback(struct undo *u, const char *name);

/* Writes again what could not be written, if there is such. */
void undo_retry(struct undo *u);

/* Everything recorded has been undone: deletes the file. */
int undo_forget(struct undo *u, struct err **err);

#endif

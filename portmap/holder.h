/* Who has a port of this host: the program behind a socket, for messages.
 *
 * The kernel is asked for the socket (sock_diag), /proc for the process that has it open. The
 * search through /proc takes milliseconds on a large host, so an answer is kept for as long as the
 * port has the same socket. */
#ifndef PORTMAP_HOLDER_H
#define PORTMAP_HOLDER_H

#include <stddef.h>
#include <stdint.h>

struct holder {
    uint8_t protocol;
    uint16_t port;
    uint32_t inode; /* of the socket */
    char *name;     /* "nginx (pid 7)", or NULL; owned */
};

struct holders {
    struct holder *v;
    size_t n;
    size_t cap;
};

void holders_done(struct holders *l);

/* The program that has 'port' open, "nginx (pid 7)"; NULL where none shows, which may also be for
 * lack of rights, or since its socket neither listens nor is connected. Owned by 'l', valid until
 * the next call. The name comes from the program itself: any bytes. */
const char *holders_name(struct holders *l, uint8_t protocol, uint16_t port);

#endif

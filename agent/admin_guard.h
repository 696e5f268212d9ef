/* Who may ask the admin server, and for what. Pure.
 *
 * At the unix socket the file's permissions have decided already. Over TCP nobody's name is known:
 * reads are for whoever reaches the address, unless a token is asked for, and writes always need
 * the token. Host, Origin and Sec-Fetch-* are looked at so that a page of another site, in the
 * browser of somebody who reaches us, neither writes nor reads nor takes our streams, not even
 * under a name of its own that leads here (DNS rebinding). */
#ifndef AGENT_ADMIN_GUARD_H
#define AGENT_ADMIN_GUARD_H

#include <stdbool.h>

#include "lib/sbuf.h"

struct admin_guard {
    const char *node;   /* our own name, which a Host header may say */
    const char *hosts;  /* comma list of more such names; "": none */
    const char *socket; /* where writes need no token; "": there is none */
    const char *token;  /* NULL: none is taken */
    bool read_only;     /* no writes, from nobody */
    bool token_reads;   /* reads need the token, too */
};

/* What is asked, and by whom. A header that is missing is NULL. */
struct admin_asked {
    bool local;    /* at the unix socket */
    bool is_write; /* it would change something */
    bool is_open;  /* it says nothing that needs a token */
    const char *host, *origin, *authorization;
    const char *fetch_site, *fetch_dest; /* what a browser says of who asks, and what for */
};

/* 0: go on. Else the HTTP status of the refusal, 401 or 403, with a line that says what to do
 * appended to 'why'. The token is compared in a time that tells nothing of it. */
unsigned admin_guard_check(const struct admin_guard *g, const struct admin_asked *q,
                           struct sbuf *why);

#endif

/* haproxy.cfg as values: the servers, which can change at run time, and all the rest, which cannot.
 *
 * Reads any configuration leniently, whoever wrote it: what is no server line that the runtime API
 * can make counts as structure. Pure; a configuration owns its strings. */
#ifndef LB_TEMPLATE_CFG_H
#define LB_TEMPLATE_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ipaddr.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

/* A server with a numeric address. Others, and those in peers or ring sections, are structure. */
struct haproxy_cfg_server {
    char *name;
    struct ipaddr address;
    uint16_t port;
    unsigned weight;
    unsigned id;         /* 0: none is given */
    const char *options; /* the other words, one space between them; may go into a command as they
                            are. Owned by the backend: most servers have the same ones */
};

/* A backend or listen section. */
struct haproxy_cfg_backend {
    char *name;
    struct haproxy_cfg_server *servers; /* sorted by name */
    size_t n;
    size_t cap;
    struct strv options; /* of the servers */
    bool makes_cookies;  /* out of the servers' addresses (dynamic-cookie-key) */
};

struct haproxy_cfg {
    struct haproxy_cfg_backend *v; /* sorted by name */
    size_t n;
    size_t cap;
    uint16_t *ports; /* that bind lines open; in file order, may repeat */
    size_t n_ports;
    size_t cap_ports;
    struct strv sockets; /* paths of the statistics sockets that it opens */
    uint64_t structure;  /* hash of every word outside the server lines, and of their order */
    uint64_t shift;      /* what haproxy_cfg_join() needs */
};

/* The structure of a text that begins with one of 'structure' and goes on with 'c', which begins
 * with a section; 0 for no text yet. */
uint64_t haproxy_cfg_join(uint64_t structure, const struct haproxy_cfg *c);

/* Parses 'text' into '*ret', which is zeroed. */
void haproxy_cfg_parse(const char *text, struct haproxy_cfg *ret);

void haproxy_cfg_done(struct haproxy_cfg *c);

/* The backend with that name, or NULL. */
const struct haproxy_cfg_backend *haproxy_cfg_backend(const struct haproxy_cfg *c,
                                                      const char *name);

bool haproxy_cfg_opens(const struct haproxy_cfg *c, uint16_t port);

/* Does a line whose first word is 'word' begin a section? */
bool haproxy_cfg_is_section(const char *word);

/* Appends a global section whose description tells the structure, so that `show info` of a worker
 * says which structure that worker runs; and which opens a statistics socket for berth at 'socket',
 * unless that is NULL. The section is no part of the structure itself. */
void haproxy_cfg_add_mark(uint64_t structure, const char *socket, struct sbuf *text);

/* Reads the structure from a description. False where it is none of ours. */
bool haproxy_cfg_read_mark(const char *description, uint64_t *ret_structure);

#endif

/* struct lb_config, checked and with what this machine adds: what the rest of the room works with.
 */
#ifndef LB_TEMPLATE_SETTINGS_H
#define LB_TEMPLATE_SETTINGS_H

#include "lb-template/lb.h"
#include "lb-template/render.h"
#include "lb-template/route.h"
#include "lib/err.h"

struct settings {
    char *haproxy;               /* the program; owned */
    char *dir, *bind, *certs;    /* owned; 'render' borrows them; no 'certs': NULL */
    char *file;                  /* name of haproxy.cfg in 'dir'; owned */
    char *template;              /* path of the operator's; owned; NULL: the one built in */
    struct render_config render; /* with HAProxy's user and connections on this machine */
    struct route_rules rules;
    bool manage;
    struct strv sockets; /* statistics sockets of HAProxys that others run; none: ours in 'dir' */
    struct strv
        reload; /* path and arguments of the command that reloads them; none: there is none */
    double reload_timeout;
    double resync; /* seconds after which everything is read again */
    double retry;  /* seconds until what HAProxy refused is tried once more */
};

/* Fills '*ret' from 'config'. Reads the user database and our limit of file descriptors. Fails on
 * values that could not stand in haproxy.cfg or in a socket address, naming the option. */
int settings_init(struct settings *ret, const struct lb_config *config, struct err **err);

void settings_done(struct settings *s);

#endif

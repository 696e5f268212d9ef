/* Dubbo's URL of a provider, and the name of the node that carries it in ZooKeeper.
 *
 *     dubbo://192.0.2.10:28001/com.acme.Greeting?anyhost=true&application=shop&...
 * The node's name is that text, percent-encoded once as Java's URLEncoder does it. Pure. */
#ifndef REGISTRATOR_DUBBO_URL_H
#define REGISTRATOR_DUBBO_URL_H

#include <stdint.h>

#include "lib/err.h"
#include "lib/kv.h"
#include "lib/sbuf.h"

#define DUBBO_URL_MAX (32 * 1024) /* bytes of a node's name; what labels may say fits */
#define DUBBO_PARAMS_MAX 256      /* of one URL */

struct dubbo_url {
    char *protocol; /* "dubbo", "tri", "rest", ... */
    char *host;     /* without brackets */
    uint16_t port;
    char *path;        /* the interface, without the first slash */
    struct kvs params; /* in the URL's order */
};

/* Reads a node's name into the empty 'ret'. Fails on what is no such URL, and on control characters
 * in it. */
int dubbo_url_parse(const char *name, struct dubbo_url *ret, struct err **err);
void dubbo_url_done(struct dubbo_url *u);

/* Appends the URL as it is, and as a node's name. */
void dubbo_url_add(struct sbuf *b, const struct dubbo_url *u);
void dubbo_url_add_name(struct sbuf *b, const struct dubbo_url *u);

/* Appends 's' as URLEncoder writes it: all but letters, digits and ".-_*"; a blank is "+". */
void dubbo_url_add_encoded(struct sbuf *b, const char *s);

#endif

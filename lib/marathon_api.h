/* Marathon's HTTP interface: a list of nodes that answer alike, and what we show them of us.
 *
 * Any node answers for all, so one that fails is left for the next. Credentials go to the nodes of
 * the list, and to one that a node of the list has named as its leader; to nobody else, and never
 * over plain HTTP to the leader of nodes that are spoken to over TLS. */
#ifndef LIB_MARATHON_API_H
#define LIB_MARATHON_API_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/http.h"
#include "lib/http_tls.h"
#include "lib/strv.h"

/* Members may be NULL, but for 'urls'. */
struct marathon_access {
    const char *urls;           /* comma list of http://host:port or https://host:port */
    const char *user;           /* "name:password", where no file holds it */
    const char *user_file;      /* holds "name:password" */
    const char *token_file;     /* holds a token, sent as "Authorization: token=..." */
    const struct http_tls *tls; /* for https:// */
};

struct marathon_api {
    struct http *http; /* borrowed */
    struct strv nodes; /* base URLs */
    size_t at;         /* which of them is asked */
    struct http_tls tls;
    char *user_file, *token_file; /* NULL: none */
    char *user;                   /* never shown; NULL: none */
    char *authorization;          /* a header's line, never shown; NULL: none */
};

/* Copies 'access'. Fails on what is no list of nodes, and on files that cannot be read. */
int marathon_api_init(struct marathon_api *a, struct http *http,
                      const struct marathon_access *access, struct err **err);
void marathon_api_done(struct marathon_api *a);

/* Is 'urls' a comma list of at least one base URL? */
int marathon_api_check_urls(const char *urls, struct err **err);

/* Reads the files again: credentials that were refused may have been replaced. What cannot be read
 * stays as it was. */
void marathon_api_reread(struct marathon_api *a);

/* The node that is asked. */
const char *marathon_api_node(const struct marathon_api *a);

/* Turns to the next node of the list; returns whether that is the first one again. */
bool marathon_api_next(struct marathon_api *a);

/* Starts 'call', which leaves 'url', 'tls', 'user' and 'headers' to us, for 'path' at 'node' (NULL:
 * the one that is asked). 'accept' is what the answer may be. Where 'trusted', credentials go with
 * it. */
struct http_request *marathon_api_start(struct marathon_api *a, const char *node, bool trusted,
                                        const char *path, const char *accept,
                                        const struct http_call *call);

/* Is 'base' a node of the list? */
bool marathon_api_knows(const struct marathon_api *a, const char *base);

/* "http://host:port" of 'url', or NULL where it is no HTTP address; the caller frees it. */
char *marathon_api_base(const char *url);

#endif

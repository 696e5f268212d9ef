#include "agent/admin_guard.h"

#include <string.h>
#include <strings.h>

#include "lib/ipaddr.h"
#include "lib/xmalloc.h"

#define BEARER "Bearer "

static bool host_is_ours(const struct admin_guard *g, const char *host);
static bool is_listed(const char *hosts, const char *name);
static bool is_same_origin(const char *origin, const char *host);
static bool is_of_another_site(const struct admin_asked *q);
static bool has_token(const struct admin_guard *g, const char *authorization);

static unsigned refuse_token(const struct admin_guard *g, const struct admin_asked *q,
                             struct sbuf *why)
{
    if (g->token) {
        sbuf_adds(why, "this needs `Authorization: Bearer TOKEN` with the token of the file that "
                       "[agent] admin_token_file names");
        if (*g->socket && q->is_write)
            sbuf_addf(why, "; %s needs none", g->socket);
        sbuf_addch(why, '\n');
        return 401;
    }
    sbuf_adds(why, "nothing is changed over TCP without a token");
    if (*g->socket)
        sbuf_addf(why, ": ask at %s, or", g->socket);
    else
        sbuf_addch(why, ':');
    sbuf_adds(why, " set [agent] admin_token_file\n");
    return 403;
}

unsigned admin_guard_check(const struct admin_guard *g, const struct admin_asked *q,
                           struct sbuf *why)
{
    if (q->is_write && g->read_only) {
        sbuf_adds(why, "nothing is changed here: [agent] admin_read_only = yes\n");
        return 403;
    }
    if (q->local)
        return 0;
    if (q->host && !host_is_ours(g, q->host)) {
        sbuf_adds(why, "this is not asked under a name of ours: use an address, or list the name "
                       "in [agent] admin_hosts\n");
        return 403;
    }
    if ((q->origin && !is_same_origin(q->origin, q->host)) || is_of_another_site(q)) {
        sbuf_adds(why, "a page of another site does not ask here\n");
        return 403;
    }
    bool needs_token = q->is_write || (g->token_reads && !q->is_open);
    return needs_token && !has_token(g, q->authorization) ? refuse_token(g, q, why) : 0;
}

/* "name", "name:port", "1.2.3.4:port", "[2001:db8::1]:port". An address cannot be made to lead
 * elsewhere, a name can. */
static bool host_is_ours(const struct admin_guard *g, const char *host)
{
    bool bracket = *host == '[';
    size_t len = strcspn(host + bracket, bracket ? "]" : ":");
    CLEAN(free_str) char *name = xstrndup(host + bracket, len);
    struct ipaddr a;

    if (!ipaddr_parse(name, &a))
        return bracket == (a.family == AF_INET6);
    return !bracket && (!strcasecmp(name, "localhost") || !strcasecmp(name, g->node) ||
                        is_listed(g->hosts, name));
}

static bool is_listed(const char *hosts, const char *name)
{
    static const char separators[] = ", ";

    for (const char *p = hosts + strspn(hosts, separators); *p; p += strspn(p, separators)) {
        size_t len = strcspn(p, separators);

        if (len == strlen(name) && !strncasecmp(p, name, len))
            return true;
        p += len;
    }
    return false;
}

/* "http://HOST", where a proxy adds TLS "https://HOST". Scripts of files and sandboxes say "null".
 */
static bool is_same_origin(const char *origin, const char *host)
{
    const char *rest = strstr(origin, "://");

    return rest && host && !strcasecmp(rest + 3, host);
}

/* An image, a frame or a script comes without Origin. Its page sees nothing of the answer, but
 * could keep the agent at work and take all its streams. A link that somebody follows is a
 * document. */
static bool is_of_another_site(const struct admin_asked *q)
{
    if (q->is_open || !q->fetch_site)
        return false;
    return strcmp(q->fetch_site, "same-origin") != 0 && strcmp(q->fetch_site, "none") != 0 &&
           (!q->fetch_dest || strcmp(q->fetch_dest, "document") != 0);
}

/* Every byte that was sent is compared, whatever the ones before were. */
static bool has_token(const struct admin_guard *g, const char *authorization)
{
    if (!g->token || !authorization || strncasecmp(authorization, BEARER, strlen(BEARER)) != 0)
        return false;
    const char *given = authorization + strlen(BEARER);
    size_t n = strlen(g->token), sent = strlen(given);
    volatile unsigned char differs = n != sent;

    for (size_t i = 0; i < sent; i++)
        differs |= (unsigned char)(given[i] ^ g->token[i % n]);
    return !differs;
}

#include "lib/marathon_api.h"

#include <stdlib.h>
#include <string.h>

#include "lib/secret.h"
#include "lib/xmalloc.h"

#define SECRET_MAX (64 * 1024) /* bytes of a file with credentials */
#define NODES_MAX 64

static int read_nodes(const char *urls, struct strv *ret, struct err **err);
static bool is_base(const char *s);
static int read_secrets(struct marathon_api *a, struct err **err);
static char *read_secret(const char *path, struct err **err);

int marathon_api_init(struct marathon_api *a, struct http *http,
                      const struct marathon_access *access, struct err **err)
{
    *a = (struct marathon_api){.http = http};
    if (access->tls)
        http_tls_copy(&a->tls, access->tls);
    if (access->user && *access->user)
        a->user = xstrdup(access->user);
    if (access->user_file && *access->user_file)
        a->user_file = xstrdup(access->user_file);
    if (access->token_file && *access->token_file)
        a->token_file = xstrdup(access->token_file);
    if (!read_nodes(access->urls, &a->nodes, err) && !read_secrets(a, err))
        return 0;
    marathon_api_done(a);
    return -1;
}

void marathon_api_done(struct marathon_api *a)
{
    strv_done(&a->nodes);
    http_tls_done(&a->tls);
    free(a->user_file);
    free(a->token_file);
    free(a->user);
    free(a->authorization);
    *a = (struct marathon_api){0};
}

int marathon_api_check_urls(const char *urls, struct err **err)
{
    struct strv nodes = {0};
    int status = read_nodes(urls, &nodes, err);

    strv_done(&nodes);
    return status;
}

void marathon_api_reread(struct marathon_api *a)
{
    read_secrets(a, NULL);
}

const char *marathon_api_node(const struct marathon_api *a)
{
    return a->nodes.v[a->at];
}

bool marathon_api_next(struct marathon_api *a)
{
    a->at = (a->at + 1) % a->nodes.n;
    return !a->at;
}

struct http_request *marathon_api_start(struct marathon_api *a, const char *node, bool trusted,
                                        const char *path, const char *accept,
                                        const struct http_call *call)
{
    CLEAN(free_str) char *url = xasprintf("%s%s", node ? node : marathon_api_node(a), path);
    CLEAN(free_str) char *wants = xasprintf("Accept: %s", accept);
    const char *json = call->body ? "Content-Type: application/json" : NULL;
    const char *headers[4] = {wants};
    struct http_call c = *call;
    size_t n = 1;

    if (json)
        headers[n++] = json;
    if (trusted && a->authorization)
        headers[n] = a->authorization;
    c.url = url;
    c.tls = &a->tls;
    c.user = trusted && !a->authorization ? a->user : NULL;
    c.headers = headers;
    return http_start(a->http, &c);
}

bool marathon_api_knows(const struct marathon_api *a, const char *base)
{
    return strv_contains(&a->nodes, base);
}

char *marathon_api_base(const char *url)
{
    const char *host = url ? strstr(url, "://") : NULL;

    if (!host)
        return NULL;
    char *base = xstrndup(url, (size_t)(host - url) + 3 + strcspn(host + 3, "/?#"));
    if (is_base(base))
        return base;
    free(base);
    return NULL;
}

static int read_nodes(const char *urls, struct strv *ret, struct err **err)
{
    for (const char *p = urls; *p;) {
        size_t len = strcspn(p, ", ");
        CLEAN(free_str) char *node = xstrndup(p, len);

        p += len + strspn(p + len, ", ");
        if (len && node[len - 1] == '/')
            node[len - 1] = '\0';
        if (!is_base(node) || ret->n >= NODES_MAX) {
            strv_done(ret);
            return err_set(err,
                           "'%s' is no list of at most %d Marathon nodes; use "
                           "http://host:port,http://host:port",
                           urls, NODES_MAX);
        }
        strv_add(ret, node);
    }
    return ret->n ? 0 : err_set(err, "no Marathon node is named; use http://host:port");
}

/* A user's name in it would be a password, and not in a file. */
static bool is_base(const char *s)
{
    const char *host = !strncmp(s, "https://", 8) ? s + 8 : s + 7;

    return (host == s + 8 || !strncmp(s, "http://", 7)) && *host && *host != ':' &&
           strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]") ==
               strlen(host);
}

static int read_secrets(struct marathon_api *a, struct err **err)
{
    char *user = a->user_file ? read_secret(a->user_file, err) : NULL;
    char *token = a->token_file ? read_secret(a->token_file, err) : NULL;

    if (user) {
        free(a->user);
        a->user = user;
    }
    if (token) {
        free(a->authorization);
        a->authorization = xasprintf("Authorization: token=%s", token);
        free(token);
    }
    if ((a->user_file && !user) || (a->token_file && !token))
        return -1;
    return 0;
}

/* The first line, which must fit into a header. */
static char *read_secret(const char *path, struct err **err)
{
    char *text = secret_read(path, SECRET_MAX, NULL, err);

    if (!text)
        return NULL;
    text[strcspn(text, "\r\n")] = '\0';
    for (const char *p = text; *p; p++) {
        if ((unsigned char)*p >= 0x20 && *p != 0x7f)
            continue;
        free(text);
        err_set(err, "%s has a character that no credential has", path);
        return NULL;
    }
    return text;
}

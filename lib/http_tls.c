#include "lib/http_tls.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define HTTPS "https://"

static void set_authorities(CURL *easy, const struct http_tls *tls);
static struct curl_slist *set_server_name(CURL *easy, const char *name, const char *url);
static char *copy(const char *s);

void http_tls_copy(struct http_tls *dst, const struct http_tls *src)
{
    *dst = (struct http_tls){
        .ca_file = copy(src->ca_file),
        .ca_pem = copy(src->ca_pem),
        .cert_file = copy(src->cert_file),
        .key_file = copy(src->key_file),
        .server_name = copy(src->server_name),
        .insecure = src->insecure,
    };
}

void http_tls_done(struct http_tls *tls)
{
    free(tls->ca_file);
    free(tls->ca_pem);
    free(tls->cert_file);
    free(tls->key_file);
    free(tls->server_name);
    *tls = (struct http_tls){0};
}

struct curl_slist *http_tls_apply(void *easy, const struct http_tls *tls, const char *url)
{
    set_authorities(easy, tls);
    if (tls->cert_file)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert_file);
    if (tls->key_file)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_file);
    if (tls->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return tls->server_name && !strncmp(url, HTTPS, strlen(HTTPS))
               ? set_server_name(easy, tls->server_name, url)
               : NULL;
}

static void set_authorities(CURL *easy, const struct http_tls *tls)
{
    if (tls->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_file);
    } else if (tls->ca_pem) {
        struct curl_blob blob = {tls->ca_pem, strlen(tls->ca_pem), CURL_BLOB_COPY};

        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    }
}

/* libcurl checks the certificate for the URL's host: the URL gets the name, and libcurl is told to
 * connect to where the URL went. */
static struct curl_slist *set_server_name(CURL *easy, const char *name, const char *url)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL, *named = NULL;
    struct curl_slist *connect_to = NULL;

    if (!curl_url_set(u, CURLUPART_URL, url, 0) && !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
        !curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) &&
        !curl_url_set(u, CURLUPART_HOST, name, 0) && !curl_url_get(u, CURLUPART_URL, &named, 0)) {
        CLEAN(free_str) char *where = xasprintf("::%s:%s", host, port);

        connect_to = curl_slist_append(NULL, where);
        curl_easy_setopt(easy, CURLOPT_URL, named);
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
    }
    curl_free(host);
    curl_free(port);
    curl_free(named);
    curl_url_cleanup(u);
    return connect_to;
}

static char *copy(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

/* How a https:// server is checked, and what it is shown of us: a value that its owner copies and
 * frees with its server (lib/http_server.h), and lib/http.c gives to libcurl. */
#ifndef LIB_HTTP_TLS_H
#define LIB_HTTP_TLS_H

#include <stdbool.h>

struct curl_slist;

/* Paths of PEM files; NULL: none. */
struct http_tls {
    char *ca_file; /* who may have signed its certificate; NULL: 'ca_pem' says it */
    char *ca_pem;  /* certificates of who may have, not their path; NULL: the system's list */
    char *cert_file;
    char *key_file;
    char *server_name; /* whom its certificate must name; NULL: the host of the URL */
    bool insecure;     /* its certificate is taken as it is */
};

/* 'dst' is empty. */
void http_tls_copy(struct http_tls *dst, const struct http_tls *src);
void http_tls_done(struct http_tls *tls);

/* Sets what 'tls' says for the request 'easy', a CURL, to 'url'. The result, which may be NULL,
 * belongs to the caller, who frees it after the request. */
struct curl_slist *http_tls_apply(void *easy, const struct http_tls *tls, const char *url);

#endif

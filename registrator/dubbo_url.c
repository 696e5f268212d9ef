#include "registrator/dubbo_url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/text.h"

static int decode(const char *name, struct sbuf *ret, struct err **err);
static int decode_byte(const char *hex);
static int split(char *text, struct dubbo_url *ret, struct err **err);
static int read_authority(char *text, struct dubbo_url *ret, struct err **err);
static int read_params(char *text, struct kvs *ret, struct err **err);

int dubbo_url_parse(const char *name, struct dubbo_url *ret, struct err **err)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct dubbo_url url = {0};

    if (decode(name, &text, err))
        return -1;
    sbuf_str(&text);
    if (split(text.data, &url, err)) {
        dubbo_url_done(&url);
        return -1;
    }
    *ret = url;
    return 0;
}

void dubbo_url_done(struct dubbo_url *u)
{
    free(u->protocol);
    free(u->host);
    free(u->path);
    kvs_done(&u->params);
    *u = (struct dubbo_url){0};
}

void dubbo_url_add(struct sbuf *b, const struct dubbo_url *u)
{

    sbuf_addf(b, strchr(u->host, ':') ? "%s://[%s]:%u/%s" : "%s://%s:%u/%s", u->protocol, u->host,
              u->port, u->path);
    for (size_t i = 0; i < u->params.n; i++)
        sbuf_addf(b, "%c%s=%s", i ? '&' : '?', u->params.v[i].key, u->params.v[i].value);
}

void dubbo_url_add_name(struct sbuf *b, const struct dubbo_url *u)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    dubbo_url_add(&text, u);
    dubbo_url_add_encoded(b, sbuf_str(&text));
}

void dubbo_url_add_encoded(struct sbuf *b, const char *s)
{
    for (; *s; s++) {
        if (isalnum((unsigned char)*s) || strchr(".-_*", *s))
            sbuf_addch(b, *s);
        else if (*s == ' ')
            sbuf_addch(b, '+');
        else
            sbuf_addf(b, "%%%02X", (unsigned)(unsigned char)*s);
    }
}

static int decode(const char *name, struct sbuf *ret, struct err **err)
{
    if (!*name)
        return err_set(err, "it is empty");
    if (strlen(name) > DUBBO_URL_MAX)
        return err_set(err, "it is longer than %d bytes", DUBBO_URL_MAX);
    for (const char *p = name; *p; p++) {
        int byte = *p == '%' ? decode_byte(p + 1) : *p == '+' ? ' ' : (unsigned char)*p;

        if (byte < 0x20 || byte == 0x7f)
            return err_set(err, "it has a control character or a broken %% in it");
        sbuf_addch(ret, (char)byte);
        p += *p == '%' ? 2 : 0;
    }
    return 0;
}

/* -1: there are no two hexadecimal digits. */
static int decode_byte(const char *hex)
{
    char digits[3] = {0};

    if (!isxdigit((unsigned char)hex[0]) || !isxdigit((unsigned char)hex[1]))
        return -1;
    memcpy(digits, hex, 2);
    return (int)strtol(digits, NULL, 16);
}

static int split(char *text, struct dubbo_url *ret, struct err **err)
{
    char *authority = strstr(text, "://");
    char *query = strchr(text, '?');

    if (query)
        *query++ = '\0';
    if (!authority || authority == text || (query && authority > query))
        return err_set(err, "it does not begin as dubbo://host:port/ does");
    *authority = '\0';
    authority += 3;
    char *path = strchr(authority, '/');
    if (path)
        *path++ = '\0';
    ret->protocol = xstrdup(text);
    ret->path = xstrdup(path ? path : "");
    if (read_authority(authority, ret, err))
        return -1;
    return query ? read_params(query, &ret->params, err) : 0;
}

static int read_authority(char *text, struct dubbo_url *ret, struct err **err)
{
    char *user = strrchr(text, '@');
    char *host = user ? user + 1 : text;
    char *colon = strrchr(host, ':');

    if (!colon || text_port(colon + 1, &ret->port))
        return err_set(err, "it has no port from 1 to 65535");
    *colon = '\0';
    size_t len = strlen(host);
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        host++;
    }
    if (!*host)
        return err_set(err, "it has no host");
    ret->host = xstrdup(host);
    return 0;
}

static int read_params(char *text, struct kvs *ret, struct err **err)
{
    while (*text) {
        size_t len = strcspn(text, "&");
        char *next = text + len + (text[len] == '&');

        text[len] = '\0';
        char *value = strchr(text, '=');
        if (value)
            *value++ = '\0';
        if (ret->n >= DUBBO_PARAMS_MAX)
            return err_set(err, "it has more than %d parameters", DUBBO_PARAMS_MAX);
        if (*text)
            kvs_add(ret, text, value ? value : "");
        text = next;
    }
    return 0;
}

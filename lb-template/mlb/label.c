#include "lb-template/mlb/label.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lb-template/mlb/translate.h"
#include "lb-template/mlb/value.h"
#include "lib/clean.h"
#include "lib/ipaddr.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define WEIGHT_MAX 1000000
#define TEMPLATE_MAX (16 * 1024) /* bytes of a template in a label */

struct label {
    const char *name;
    bool (*read)(struct mlb_service *s, size_t at, const char *value);
    size_t at; /* of the member, where several labels are read alike */
    const char *wanted;
};

static bool read_auth(struct mlb_service *s, size_t at, const char *value);
static bool read_check_port(struct mlb_service *s, size_t at, const char *value);
static bool read_networks(struct mlb_service *s, size_t at, const char *value);
static bool read_weight(struct mlb_service *s, size_t at, const char *value);
static bool read_bind_addr(struct mlb_service *s, size_t at, const char *value);
static bool read_words(struct mlb_service *s, size_t at, const char *value);
static bool read_word(struct mlb_service *s, size_t at, const char *value);
static bool read_truth(struct mlb_service *s, size_t at, const char *value);
static bool read_text(struct mlb_service *s, size_t at, const char *value);
static bool read_mode(struct mlb_service *s, size_t at, const char *value);
static bool read_path(struct mlb_service *s, size_t at, const char *value);
static bool read_port(struct mlb_service *s, size_t at, const char *value);
static bool read_vhost(struct mlb_service *s, size_t at, const char *value);
static void read_template(struct mlb_service *s, const char *app, const char *key,
                          enum mlb_template id, const char *value, struct problems *problems);
static char **member(struct mlb_service *s, size_t at);
static void replace(char **member, const char *value);

#define AT(member) offsetof(struct mlb_service, member)
#define WORDS "words without quotes, '\\' and '#'"

static const struct label labels[] = {
    {"AUTH", read_auth, 0, "realm:user:encryptedpassword"},
    {"BACKEND_HEALTHCHECK_PORT_INDEX", read_check_port, 0, "the index of a port"},
    {"BACKEND_NETWORK_ALLOWED_ACL", read_networks, 0, "addresses or networks, with blanks between"},
    {"BACKEND_WEIGHT", read_weight, 0, "a whole number"},
    {"BALANCE", read_words, AT(balance), WORDS},
    {"BIND_ADDR", read_bind_addr, 0, "* or an address"},
    {"BIND_OPTIONS", read_words, AT(bind_options), WORDS},
    {"ENABLED", read_truth, AT(enabled), ""},
    {"GROUP", read_text, AT(groups), ""},
    {"HTTP_BACKEND_PROXYPASS_PATH", read_word, AT(proxypass), "a path"},
    {"HTTP_BACKEND_REDIR", read_word, AT(redir), "a path"},
    {"HTTP_BACKEND_REVPROXY_PATH", read_word, AT(revproxy), "a path"},
    {"MODE", read_mode, 0, "tcp or http"},
    {"PATH", read_path, 0, "paths, with -i in front or not"},
    {"PORT", read_port, 0, "a port"},
    {"REDIRECT_TO_HTTPS", read_truth, AT(redirect), ""},
    {"SSL_CERT", read_words, AT(ssl_cert), "a file's path"},
    {"STICKY", read_truth, AT(sticky), ""},
    {"USE_HSTS", read_truth, AT(hsts), ""},
    {"VHOST", read_vhost, 0, "host names, with commas between"},
};

void mlb_label_read(struct mlb_service *s, const char *app, const char *key, const char *name,
                    const char *value, struct problems *problems)
{
    enum mlb_template id;

    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        if (strcmp(name, labels[i].name))
            continue;
        if (!labels[i].read(s, labels[i].at, value)) {
            CLEAN(free_str) char *shown = mlb_shown(value);
            mlb_label_refuse(s, app, problems, "%s is not %s: \"%s\"", key, labels[i].wanted,
                             strcmp(name, "AUTH") ? shown : "...");
        }
        return;
    }
    if (mlb_template_find(name, &id))
        read_template(s, app, key, id, value, problems);
}

void mlb_label_refuse(struct mlb_service *s, const char *app, struct problems *problems,
                      const char *format, ...)
{
    CLEAN(free_str) char *subject = xasprintf("app %s", app);
    va_list args;

    va_start(args, format);
    CLEAN(free_str) char *why = xvasprintf(format, args);
    va_end(args);
    s->refused = true;
    problems_add(problems, subject, "port %u is not served: %s", s->index, why);
}

static bool read_auth(struct mlb_service *s, size_t at, const char *value)
{
    const char *user = strchr(value, ':');
    const char *password = user ? strchr(user + 1, ':') : NULL;

    (void)at;
    if (!password || strchr(password + 1, ':'))
        return false;
    free(s->realm);
    free(s->user);
    s->realm = xstrndup(value, (size_t)(user - value));
    s->user = xstrndup(user + 1, (size_t)(password - user - 1));
    replace(&s->password, password + 1);
    return mlb_quoted_ok(s->realm) && mlb_word_ok(s->user) && mlb_word_ok(s->password);
}

static bool read_check_port(struct mlb_service *s, size_t at, const char *value)
{
    long n;

    (void)at;
    if (!mlb_number(value, 0, MARATHON_PORTS_MAX, &n))
        return false;
    s->check_port = (int)n;
    return true;
}

static bool read_networks(struct mlb_service *s, size_t at, const char *value)
{
    (void)at;
    strv_done(&s->networks);
    for (const char *c = value + strspn(value, " \t\r\n"); *c; c += strspn(c, " \t\r\n")) {
        size_t len = strcspn(c, " \t\r\n");

        strv_addn(&s->networks, c, len);
        if (!mlb_network_ok(s->networks.v[s->networks.n - 1]) || s->networks.n > MLB_NETWORKS_MAX)
            return false;
        c += len;
    }
    return s->networks.n;
}

static bool read_weight(struct mlb_service *s, size_t at, const char *value)
{
    long n;

    (void)at;
    if (!mlb_number(value, -WEIGHT_MAX, WEIGHT_MAX, &n))
        return false;
    s->weight = (int)n;
    return true;
}

static bool read_bind_addr(struct mlb_service *s, size_t at, const char *value)
{
    char text[IPADDR_STRLEN];
    struct ipaddr a;

    (void)at;
    if (!strcmp(value, "*"))
        return true;
    if (ipaddr_parse(value, &a))
        return false;
    free(s->bind_addr);
    s->bind_addr = a.family == AF_INET6 ? xasprintf("[%s]", ipaddr_format(&a, text))
                                        : xstrdup(ipaddr_format(&a, text));
    return true;
}

static bool read_words(struct mlb_service *s, size_t at, const char *value)
{
    if (*value && !mlb_words_ok(value))
        return false;
    replace(member(s, at), *value ? value : NULL);
    return true;
}

static bool read_word(struct mlb_service *s, size_t at, const char *value)
{
    return !strchr(value, ' ') && read_words(s, at, value);
}

static bool read_truth(struct mlb_service *s, size_t at, const char *value)
{
    *(bool *)((char *)s + at) = mlb_truth(value);
    return true;
}

static bool read_text(struct mlb_service *s, size_t at, const char *value)
{
    replace(member(s, at), value);
    return true;
}

static bool read_mode(struct mlb_service *s, size_t at, const char *value)
{
    (void)at;
    s->said_http = !strcasecmp(value, "http");
    s->said_tcp = !strcasecmp(value, "tcp");
    return s->said_http || s->said_tcp;
}

static bool read_path(struct mlb_service *s, size_t at, const char *value)
{
    (void)at;
    if (*value && !mlb_path_ok(value))
        return false;
    replace(&s->path, *value ? value : NULL);
    return true;
}

static bool read_port(struct mlb_service *s, size_t at, const char *value)
{
    long n;

    (void)at;
    if (!mlb_number(value, 1, UINT16_MAX, &n))
        return false;
    s->port = (uint16_t)n;
    return true;
}

static bool read_vhost(struct mlb_service *s, size_t at, const char *value)
{
    (void)at;
    strv_done(&s->vhosts);
    return !*value || (mlb_vhosts(value, &s->vhosts) && s->vhosts.n <= MLB_VHOSTS_MAX);
}

static void read_template(struct mlb_service *s, const char *app, const char *key,
                          enum mlb_template id, const char *value, struct problems *problems)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (mlb_template_info(id)->scope == MLB_SCOPE_GLOBAL)
        return; /* as in marathon-lb, it is the operator's alone */
    sbuf_adds(&text, "");
    if (strlen(value) > TEMPLATE_MAX) {
        mlb_label_refuse(s, app, problems, "%s has more than %d bytes", key, TEMPLATE_MAX);
        return;
    }
    if (mlb_translate(value, &text, &err)) {
        mlb_label_refuse(s, app, problems, "%s: %s", key, err_msg(err));
        return;
    }
    mlb_options_end_line(id, &text);
    s->own = xgrow(s->own, s->n_own, &s->cap_own, sizeof *s->own);
    s->own[s->n_own++] = (struct mlb_own){id, sbuf_take(&text)};
}

static char **member(struct mlb_service *s, size_t at)
{
    return (char **)(void *)((char *)s + at);
}

static void replace(char **member, const char *value)
{
    char *old = *member;

    *member = value ? xstrdup(value) : NULL;
    free(old);
}

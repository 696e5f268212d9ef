#include "registrator/lbmeta.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/instance.h"
#include "registrator/lbtuning.h"
#include "registrator/meta.h"
#include "registrator/text.h"

#define VHOST_MAX 253 /* bytes of a host name (RFC 1035) */
#define LABEL_MAX 32  /* room for "HAPROXY_<n>_VHOST" */

static const char vhost_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";

static bool add_port(struct kvs *meta, const struct source *s, const char *label,
                     const char *value);
static void add_vhosts(struct kvs *meta, const struct source *s, const char *label,
                       const char *value);
static void add_mode(struct kvs *meta, const struct source *s, const char *label,
                     const char *value);
static void read_vhost(struct strv *good, const struct source *s, const char *label,
                       const char *said, size_t len);
static bool is_vhost(const char *name);
static void report(const struct source *s, const char *label, const char *value,
                   const char *remedy);

void lbmeta_add(struct kvs *meta, const struct source *s)
{
    const struct endpoint *e = s->e;
    const char *port = attrs_get(&s->attrs, LBMETA_ATTR_PORT);
    const char *haproxy_port = attrs_haproxy(e->env, e->labels, e->index, "PORT");
    const char *vhosts = attrs_haproxy(e->env, e->labels, e->index, "VHOST");
    const char *mode = attrs_haproxy(e->env, e->labels, e->index, "MODE");
    CLEAN(sbuf) struct sbuf port_label = SBUF_INIT;
    char label[LABEL_MAX];

    attrs_add_label(&port_label, &s->attrs, LBMETA_ATTR_PORT);
    snprintf(label, sizeof label, "HAPROXY_%u_PORT", e->index);
    if (!(port && add_port(meta, s, sbuf_str(&port_label), port)) &&
        !(haproxy_port && add_port(meta, s, label, haproxy_port)) && e->service_port) {
        snprintf(label, sizeof label, "%u", e->service_port);
        kvs_add(meta, META_SERVICE_PORT, label);
    }
    snprintf(label, sizeof label, "HAPROXY_%u_VHOST", e->index);
    if (vhosts)
        add_vhosts(meta, s, label, vhosts);
    snprintf(label, sizeof label, "HAPROXY_%u_MODE", e->index);
    if (mode)
        add_mode(meta, s, label, mode);
    lbtuning_add(meta, s);
}

/* Returns whether 'value' was a port and is used. */
static bool add_port(struct kvs *meta, const struct source *s, const char *label, const char *value)
{
    uint16_t port;
    char digits[8];

    if (text_port(value, &port)) {
        report(s, label, value, "use a port from 1 to 65535");
        return false;
    }
    snprintf(digits, sizeof digits, "%u", port);
    kvs_add(meta, META_SERVICE_PORT, digits);
    return true;
}

static void add_vhosts(struct kvs *meta, const struct source *s, const char *label,
                       const char *value)
{
    struct strv good = {0};

    for (const char *p = value; *p;) {
        size_t len = strcspn(p, ",");

        read_vhost(&good, s, label, p, len);
        p += len + (p[len] == ',');
    }
    CLEAN(free_str) char *joined = strv_join(&good, ",");
    if (good.n)
        meta_add(meta, s, label, META_VHOST, joined);
    strv_done(&good);
}

static void add_mode(struct kvs *meta, const struct source *s, const char *label, const char *value)
{
    if (!strcmp(value, "http") || !strcmp(value, "tcp"))
        kvs_add(meta, META_MODE, value);
    else
        report(s, label, value, "use http or tcp");
}

/* 'said' is one item of the list, 'len' bytes long. */
static void read_vhost(struct strv *good, const struct source *s, const char *label,
                       const char *said, size_t len)
{
    for (; len && isspace((unsigned char)*said); len--)
        said++;
    while (len && isspace((unsigned char)said[len - 1]))
        len--;
    CLEAN(free_str) char *name = xstrndup(said, len);
    for (char *p = name; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    if (!len || strv_contains(good, name))
        return;
    if (is_vhost(name))
        strv_add(good, name);
    else if (*name == '*')
        report(s, label, name, "wildcards are not supported, list the host names");
    else
        report(s, label, name, "use host names of letters, digits, '.', '-' and '_'");
}

static bool is_vhost(const char *name)
{
    size_t len = strlen(name);

    return len <= VHOST_MAX && strspn(name, vhost_characters) == len && name[0] != '.' &&
           !strstr(name, "..");
}

static void report(const struct source *s, const char *label, const char *value, const char *remedy)
{
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;

    text_add_shown(&shown, value);
    problems_add(s->problems, s->subject, "%s=%s is ignored; %s", label, sbuf_str(&shown), remedy);
}

#include "lb-template/mlb/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/mlb/value.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define BLANKS " \t\r\n"

static void set_names(struct mlb_text *t, const char *app);
static void set_labels(struct mlb_text *t);
static void set_heads(struct mlb_text *t);
static const char *or_empty(const char *text);
static int fill(struct mlb_text *t, enum mlb_template id, struct sbuf *out, struct err **err);

void mlb_text_init(struct mlb_text *t, const struct mlb_options *options,
                   const struct mlb_service *service, const char *app,
                   const struct mlb_names *names)
{
    *t = (struct mlb_text){.options = options, .service = service, .names = *names};
    set_names(t, app);
    set_heads(t);
    set_labels(t);
}

void mlb_text_done(struct mlb_text *t)
{
    free(t->ssl_cert);
    free(t->bind_options);
    free(t->hosts);
}

void mlb_text_set(struct mlb_text *t, const char *name, const char *value)
{
    for (size_t i = 0; i < t->n; i++) {
        if (!strcmp(t->values[i].name, name)) {
            t->values[i].value = value;
            return;
        }
    }
    if (t->n < MLB_VALUES_MAX)
        t->values[t->n++] = (struct mlb_value){name, value};
}

int mlb_text_add(struct mlb_text *t, enum mlb_template id, struct sbuf *out, struct err **err)
{
    if (!fill(t, id, out, err))
        return 0;
    return err_wrap(err, "template HAPROXY_%s", mlb_template_info(id)->name);
}

int mlb_text_add_words(struct mlb_text *t, enum mlb_template id, struct sbuf *out, struct err **err)
{
    CLEAN(sbuf) struct sbuf filled = SBUF_INIT;

    if (mlb_text_add(t, id, &filled, err))
        return -1;
    const char *text = sbuf_str(&filled);
    size_t len = filled.len, first = strspn(text, BLANKS);

    while (len > first && strchr(BLANKS, text[len - 1]))
        len--;
    if (len > first) {
        sbuf_addch(out, ' ');
        sbuf_add(out, text + first, len - first);
    }
    return 0;
}

static void set_names(struct mlb_text *t, const char *app)
{
    mlb_text_set(t, "backend", t->names.backend);
    mlb_text_set(t, "appId", app);
    mlb_text_set(t, "cleanedUpHostname", t->names.acl);
    mlb_text_set(t, "cleanedUpAppId", t->names.app);
    mlb_text_set(t, "haproxy_dir", t->options->dir);
}

static void set_heads(struct mlb_text *t)
{
    const struct mlb_service *s = t->service;

    snprintf(t->port, sizeof t->port, "%u", s->port);
    t->ssl_cert = s->ssl_cert ? xasprintf(" ssl crt %s", s->ssl_cert) : xstrdup("");
    t->bind_options = s->bind_options ? xasprintf(" %s", s->bind_options) : xstrdup("");
    mlb_text_set(t, "bindAddr", s->bind_addr ? s->bind_addr : "*");
    mlb_text_set(t, "servicePort", t->port);
    mlb_text_set(t, "sslCert", t->ssl_cert);
    mlb_text_set(t, "bindOptions", t->bind_options);
    mlb_text_set(t, "balance", s->balance ? s->balance : "roundrobin");
    mlb_text_set(t, "mode", s->http ? "http" : "tcp");
}

static void set_labels(struct mlb_text *t)
{
    const struct mlb_service *s = t->service;

    mlb_text_set(t, "hostname", s->vhosts.n ? s->vhosts.v[0] : "");
    mlb_text_set(t, "path", or_empty(s->path));
    mlb_text_set(t, "realm", or_empty(s->realm));
    mlb_text_set(t, "user", or_empty(s->user));
    mlb_text_set(t, "passwd", or_empty(s->password));
    mlb_text_set(t, "proxypath", or_empty(s->proxypass));
    mlb_text_set(t, "rootpath", or_empty(s->revproxy));
    mlb_text_set(t, "redirpath", or_empty(s->redir));
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static int fill(struct mlb_text *t, enum mlb_template id, struct sbuf *out, struct err **err)
{
    const char *own = mlb_service_own(t->service, id);
    const char *text = own ? own : mlb_options_template(t->options, id);
    size_t before = out->len;

    if (mlb_template_info(id)->raw)
        sbuf_adds(out, text);
    else if (mlb_format(text, t->values, t->n, out, err))
        return -1;
    return own ? mlb_rules_check(id, sbuf_str(out) + before, &t->names, err) : 0;
}

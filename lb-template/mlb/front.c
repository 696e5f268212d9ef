#include "lb-template/mlb/front.h"

#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/mlb/head.h"
#include "lb-template/mlb/value.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

/* One text in a shared frontend. */
struct rule {
    const char *vhost; /* with --group-https-by-vhost; else NULL */
    int weight;
    size_t place; /* of the port among all */
    const struct mlb_port *port;
    const char *text;
};

struct rules {
    struct rule *v;
    size_t n, cap;
};

static void add_http(const struct mlb_options *options, const struct rules *r, struct sbuf *out,
                     struct problems *problems);
static void add_by_app(const struct mlb_options *options, struct mlb_unit *const *units, size_t n,
                       struct sbuf *out, struct problems *problems);
static void add_https(const struct mlb_options *options, const struct rules *r, struct sbuf *out,
                      struct problems *problems);
static void add_grouped(const struct mlb_options *options, const struct rules *r, struct sbuf *out,
                        struct problems *problems);
static void add_vhost(const struct mlb_options *options, const struct rules *r, size_t from,
                      size_t to, struct sbuf *out, struct problems *problems);
static char *certificates(const struct mlb_options *options, const struct rules *r, size_t from,
                          size_t to);
static char *bind_options(const struct rules *r, size_t from, size_t to);
static void collect(struct mlb_unit *const *units, size_t n, struct rules *http,
                    struct rules *https, struct rules *grouped);
static void add_rule(struct rules *l, const char *vhost, const struct mlb_port *port, size_t place,
                     const char *text);
static void sort(struct rules *l);
static int by_weight(const void *a, const void *b);
static void fill(const struct mlb_options *options, enum mlb_template id,
                 const struct mlb_value *values, size_t n, struct sbuf *out,
                 struct problems *problems);
static int by_key(const void *a, const void *b);

void mlb_front_head(const struct mlb_options *options, unsigned maxconn, struct sbuf *out)
{
    mlb_head_own(options, out);
    mlb_head_default(options, maxconn, out);
    mlb_head_answers(options, out);
}

void mlb_front_rules(const struct mlb_options *options, struct mlb_unit *const *units, size_t n,
                     struct sbuf *out, struct problems *problems)
{
    struct rules http = {0}, https = {0}, grouped = {0};

    collect(units, n, &http, &https, &grouped);
    if (!options->no_vhosts)
        add_http(options, &http, out, problems);
    add_by_app(options, units, n, out, problems);
    if (!options->no_vhosts && options->grouped)
        add_grouped(options, &grouped, out, problems);
    else if (!options->no_vhosts)
        add_https(options, &https, out, problems);
    free(http.v);
    free(https.v);
    free(grouped.v);
}

void mlb_front_domains(struct mlb_unit *const *units, size_t n, struct kvs *ret,
                       struct problems *problems)
{
    struct kvs all = {0};

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < units[i]->n && !units[i]->without; k++) {
            const struct mlb_port *p = &units[i]->v[k];

            for (size_t j = 0; p->rules.in_map && j < p->service.vhosts.n; j++) {
                const char *host = p->service.vhosts.v[j];
                CLEAN(free_str) char *name = xstrndup(host, strcspn(host, ":"));
                kvs_add(&all, name, p->backend);
            }
        }
    kvs_sort(&all);
    for (size_t i = 0; i < all.n; i++) {
        if (!i || strcmp(all.v[i].key, all.v[i - 1].key)) {
            kvs_add(ret, all.v[i].key, all.v[i].value);
        } else if (strcmp(all.v[i].value, ret->v[ret->n - 1].value)) {
            CLEAN(free_str) char *subject = xasprintf("host %s", all.v[i].key);
            problems_add(problems, subject, "backends %s and %s both ask for it: the first has it",
                         ret->v[ret->n - 1].value, all.v[i].value);
        }
    }
    kvs_done(&all);
}

void mlb_front_apps(struct mlb_unit *const *units, size_t n, struct kvs *ret)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < units[i]->n && !units[i]->without; k++)
            if (units[i]->v[k].by_app)
                kvs_add(ret, units[i]->id, units[i]->v[k].backend);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_key);
}

void mlb_front_ports(const struct mlb_options *options, struct portset *ret)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct haproxy_cfg c = {0};

    mlb_front_head(options, options->maxconn, &text);
    mlb_front_rules(options, NULL, 0, &text, NULL);
    haproxy_cfg_parse(sbuf_str(&text), &c);
    for (size_t i = 0; i < c.n_ports; i++)
        portset_add(ret, c.ports[i], c.ports[i]);
    haproxy_cfg_done(&c);
}

static void add_http(const struct mlb_options *options, const struct rules *r, struct sbuf *out,
                     struct problems *problems)
{
    const struct mlb_value dir = {"haproxy_dir", options->dir};

    sbuf_adds(out, mlb_options_template(options, MLB_HTTP_FRONTEND_HEAD));
    for (size_t i = 0; i < r->n; i++)
        sbuf_adds(out, r->v[i].text);
    if (options->haproxy_map)
        fill(options, MLB_MAP_HTTP_FRONTEND_ACL, &dir, 1, out, problems);
}

static void add_by_app(const struct mlb_options *options, struct mlb_unit *const *units, size_t n,
                       struct sbuf *out, struct problems *problems)
{
    const struct mlb_value dir = {"haproxy_dir", options->dir};

    sbuf_adds(out, mlb_options_template(options, MLB_HTTP_FRONTEND_APPID_HEAD));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < units[i]->n && !units[i]->without; k++)
            if (units[i]->v[k].by_app)
                sbuf_adds(out, units[i]->v[k].by_app);
    if (options->haproxy_map)
        fill(options, MLB_MAP_HTTP_FRONTEND_APPID_ACL, &dir, 1, out, problems);
}

static void add_https(const struct mlb_options *options, const struct rules *r, struct sbuf *out,
                      struct problems *problems)
{
    CLEAN(free_str) char *certs = certificates(options, r, 0, 0);
    const struct mlb_value values[] = {{"sslCerts", certs}, {"haproxy_dir", options->dir}};

    fill(options, MLB_HTTPS_FRONTEND_HEAD, values, ARRAY_LEN(values), out, problems);
    for (size_t i = 0; i < r->n; i++)
        sbuf_adds(out, r->v[i].text);
    if (options->haproxy_map)
        fill(options, MLB_MAP_HTTPS_FRONTEND_ACL, values, ARRAY_LEN(values), out, problems);
}

/* The frontend on the port only looks at the name and hands over to the host's own frontend. */
static void add_grouped(const struct mlb_options *options, const struct rules *r, struct sbuf *out,
                        struct problems *problems)
{
    size_t from = 0;

    sbuf_adds(out, mlb_options_template(options, MLB_HTTPS_GROUPED_FRONTEND_HEAD));
    for (size_t i = 0; i < r->n; i++) {
        if (i && !strcmp(r->v[i].vhost, r->v[i - 1].vhost))
            continue;
        CLEAN(free_str) char *name = mlb_clean(r->v[i].vhost);
        const struct mlb_value values[] = {{"backend", name}, {"host", r->v[i].vhost}};
        fill(options, MLB_HTTPS_GROUPED_VHOST_FRONTEND_ACL, values, ARRAY_LEN(values), out,
             problems);
    }
    for (size_t i = 1; i <= r->n; i++) {
        if (i < r->n && !strcmp(r->v[i].vhost, r->v[from].vhost))
            continue;
        add_vhost(options, r, from, i, out, problems);
        from = i;
    }
}

static void add_vhost(const struct mlb_options *options, const struct rules *r, size_t from,
                      size_t to, struct sbuf *out, struct problems *problems)
{
    CLEAN(free_str) char *name = mlb_clean(r->v[from].vhost);
    CLEAN(free_str) char *certs = certificates(options, r, from, to);
    CLEAN(free_str) char *binds = bind_options(r, from, to);
    const struct mlb_value values[] = {{"name", name}, {"sslCerts", certs}, {"bindOpts", binds}};

    fill(options, MLB_HTTPS_GROUPED_VHOST_BACKEND_HEAD, values, ARRAY_LEN(values), out, problems);
    fill(options, MLB_HTTPS_GROUPED_VHOST_FRONTEND_HEAD, values, ARRAY_LEN(values), out, problems);
    for (size_t i = from; i < to; i++)
        sbuf_adds(out, r->v[i].text);
}

/* "crt a crt b": of the rules 'from' to 'to', or where they have none, of all. */
static char *certificates(const struct mlb_options *options, const struct rules *r, size_t from,
                          size_t to)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct strv certs = {0};

    for (size_t i = from; i < to; i++)
        if (r->v[i].port->service.ssl_cert)
            strv_add(&certs, r->v[i].port->service.ssl_cert);
    strv_sort_unique(&certs);
    if (!certs.n)
        strv_copy(&certs, &options->ssl_certs);
    sbuf_adds(&text, "");
    for (size_t i = 0; i < certs.n; i++)
        sbuf_addf(&text, "%scrt %s", i ? " " : "", certs.v[i]);
    strv_done(&certs);
    return sbuf_take(&text);
}

static char *bind_options(const struct rules *r, size_t from, size_t to)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    struct strv options = {0};

    for (size_t i = from; i < to; i++)
        if (r->v[i].port->service.bind_options)
            strv_add(&options, r->v[i].port->service.bind_options);
    strv_sort_unique(&options);
    sbuf_adds(&text, "");
    for (size_t i = 0; i < options.n; i++)
        sbuf_addf(&text, " %s", options.v[i]);
    strv_done(&options);
    return sbuf_take(&text);
}

static void collect(struct mlb_unit *const *units, size_t n, struct rules *http,
                    struct rules *https, struct rules *grouped)
{
    size_t place = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < units[i]->n && !units[i]->without; k++, place++) {
            const struct mlb_port *p = &units[i]->v[k];

            if (!p->rules.http)
                continue;
            add_rule(http, NULL, p, place, p->rules.http);
            add_rule(https, NULL, p, place, p->rules.https);
            for (size_t j = 0; j < p->rules.by_vhost.n; j++)
                add_rule(grouped, p->service.vhosts.v[j], p, place, p->rules.by_vhost.v[j]);
        }
    sort(http);
    sort(https);
    sort(grouped);
}

static void add_rule(struct rules *l, const char *vhost, const struct mlb_port *port, size_t place,
                     const char *text)
{
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct rule){vhost, port->service.weight, place, port, text};
}

static void sort(struct rules *l)
{
    if (l->n)
        qsort(l->v, l->n, sizeof *l->v, by_weight);
}

/* The host, the largest weight, and then the order of ids and ports. */
static int by_weight(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    int order = x->vhost ? strcmp(x->vhost, y->vhost) : 0;

    if (order)
        return order;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* The operator's own template can ask for what there is not. */
static void fill(const struct mlb_options *options, enum mlb_template id,
                 const struct mlb_value *values, size_t n, struct sbuf *out,
                 struct problems *problems)
{
    CLEAN(err) struct err *err = NULL;
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    if (!mlb_format(mlb_options_template(options, id), values, n, &text, &err)) {
        sbuf_adds(out, sbuf_str(&text));
        return;
    }
    CLEAN(free_str) char *subject = xasprintf("template HAPROXY_%s", mlb_template_info(id)->name);
    problems_add(problems, subject, "it is left out: %s", err_msg(err));
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct kv *)a)->key, ((const struct kv *)b)->key);
}

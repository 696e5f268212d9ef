#include "tests/unit/mlb-document.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/json.h"

static void read_list(const json_t *options, const char *key, const char *otherwise,
                      struct strv *ret)
{
    const json_t *list = json_arr(options, key), *entry;
    size_t i;

    json_array_foreach(list, i, entry) {
        if (json_is_string(entry))
            strv_add(ret, json_string_value(entry));
    }
    if (!ret->n)
        strv_add(ret, otherwise);
}

void mlb_document_read(struct mlb_document *d, const char *text, size_t len)
{
    json_t *doc = json_loadb(text, len, 0, NULL);
    const json_t *o = json_obj(doc, "options");

    *d = (struct mlb_document){.options = {
                                   .dir = "/etc/haproxy",
                                   .first_port = 10050,
                                   .last_port = 10100,
                                   .answers = "127.0.0.1:7707",
                                   .maxconn = 50000,
                                   .strict = json_is_true(json_object_get(o, "strict")),
                                   .health_check = json_is_true(json_object_get(o, "health_check")),
                                   .haproxy_map = json_is_true(json_object_get(o, "haproxy_map")),
                                   .grouped = json_is_true(json_object_get(o, "grouped")),
                                   .no_vhosts = json_is_true(json_object_get(o, "no_vhosts")),
                               }};
    read_list(o, "groups", "external", &d->options.groups);
    read_list(o, "ssl_certs", "/etc/ssl/cert.pem", &d->options.ssl_certs);
    json_decref(doc);
    marathon_apps_parse(text, len, &d->apps, &d->problems, NULL);
}

void mlb_document_done(struct mlb_document *d)
{
    mlb_options_done(&d->options);
    marathon_apps_done(&d->apps);
    problems_done(&d->problems);
}

static const struct marathon_apps *apps(void *arg)
{
    return &((struct mlb_document *)arg)->apps;
}

static bool resolve(void *arg, const char *host, struct ipaddr *ret)
{
    (void)arg;
    if (!strncmp(host, "agent1", 6))
        return !ipaddr_parse("198.51.100.1", ret);
    return !strcmp(host, "agent2") && !ipaddr_parse("198.51.100.2", ret);
}

struct mlb_source mlb_document_source(struct mlb_document *d)
{
    return (struct mlb_source){.apps = apps, .resolve = resolve, .arg = d};
}

const struct rendering *mlb_document_render(struct mlb *m, const struct strv *without,
                                            struct problems *problems)
{
    static const struct strv nobody;
    struct renderer *r = mlb_renderer(m);

    return r->render(
        r, &(struct renderer_input){.without = without ? without : &nobody, .problems = problems},
        NULL);
}

void mlb_document_show(const struct rendering *r, struct sbuf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->v[i].owner)
            sbuf_addf(out, "\n# %s", r->v[i].owner);
        sbuf_add(out, r->v[i].text, r->v[i].len);
    }
    for (size_t i = 0; i < r->n_maps; i++) {
        sbuf_addf(out, "\n# %s\n", r->maps[i].path);
        for (size_t k = 0; k < r->maps[i].pairs.n; k++)
            sbuf_addf(out, "# %s %s\n", r->maps[i].pairs.v[k].key, r->maps[i].pairs.v[k].value);
    }
}

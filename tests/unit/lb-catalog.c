#include "tests/unit/lb-catalog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

static void parse_line(const char *line, size_t len, struct instances *ret);
static char *unescape(const char *field, size_t len);
static void fill(struct instance *i, const struct strv *fields);

void lb_catalog_parse(const char *text, struct instances *ret)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        if (len && *text != '#')
            parse_line(text, len, ret);
        text += len + (text[len] == '\n');
    }
    instances_sort(ret);
}

static int open_any(void *arg, unsigned port, struct err **err)
{
    (void)arg;
    (void)port;
    (void)err;
    return 0;
}

void lb_catalog_set(struct catalog *c, const char *text)
{
    struct instances all = {0};

    lb_catalog_parse(text, &all);
    catalog_set_all(c, &all);
    instances_done(&all);
}

struct renderer_input lb_catalog_input(double now, struct problems *problems)
{
    static const struct strv nobody;

    return (struct renderer_input){
        .without = &nobody, .now = now, .probe = open_any, .problems = problems};
}

static void parse_line(const char *line, size_t len, struct instances *ret)
{
    const char *end = line + len;
    struct strv fields = {0};

    while (line <= end) {
        const char *bar = memchr(line, '|', (size_t)(end - line));
        const char *stop = bar ? bar : end;

        strv_add_take(&fields, unescape(line, (size_t)(stop - line)));
        line = stop + 1;
    }
    while (fields.n < 6)
        strv_add(&fields, "");
    fill(instances_add(ret), &fields);
    strv_done(&fields);
}

static char *unescape(const char *field, size_t len)
{
    char *text = xstrndup(field, len), *out = text;

    for (const char *in = text; *in; in++) {
        bool newline = in[0] == '\\' && in[1] == 'n';

        *out++ = newline ? '\n' : *in;
        in += newline;
    }
    *out = '\0';
    return text;
}

static void fill(struct instance *i, const struct strv *f)
{
    i->service = xstrdup(f->v[0]);
    i->node = xstrdup(f->v[1]);
    i->id = xstrdup(f->v[2]);
    i->address = xstrdup(f->v[3]);
    i->port = (uint16_t)strtoul(f->v[4], NULL, 10);
    i->state = !strcmp(f->v[5], "draining")   ? INSTANCE_DRAINING
               : !strcmp(f->v[5], "critical") ? INSTANCE_CRITICAL
                                              : INSTANCE_PASSING;
    for (size_t n = 6; n < f->n; n++) {
        const char *equals = strchr(f->v[n], '=');
        CLEAN(free_str)
        char *key = equals ? xstrndup(f->v[n], (size_t)(equals - f->v[n])) : xstrdup(f->v[n]);

        kvs_add(&i->meta, key, equals ? equals + 1 : "");
    }
    kvs_sort(&i->meta);
}

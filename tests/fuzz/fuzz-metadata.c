/* Foreign bytes: what a container's labels and environment say. The input is lines:
 * "L<key>=<value>" is a label, "E<key>=<value>" environment, "N<name>" the container's name,
 * "I<image>" its image. Whatever they say, the instances are ones that Consul takes. Each input is
 * read as registrator would, too. */
#include <stdlib.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "registrator/consul_json.h"
#include "registrator/metadata.h"
#include "registrator/text.h"
#include "registrator/url.h"
#include "tests/fuzz/fuzz.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct said {
    struct kvs env, labels;
    char *name, *image;
};

static void read_line(struct said *s, char *line)
{
    char *value = strchr(line, '=');

    if (*line == 'N' || *line == 'I') {
        char **text = *line == 'N' ? &s->name : &s->image;

        free(*text);
        *text = xstrdup(line + 1);
    } else if (value && (*line == 'L' || *line == 'E')) {
        *value = '\0';
        kvs_add(*line == 'L' ? &s->labels : &s->env, line + 1, value + 1);
    }
}

/* The one that berth feeds comes on top; ids are unique. */
static void check_probes(const struct instance *i)
{
    if (i->probes.n > PROBES_MAX + 1 || (i->probes.n && !kvs_get(&i->meta, META_PROBES)))
        abort();
    for (size_t k = 0; k < i->probes.n; k++) {
        const struct probe *p = &i->probes.v[k];

        if (!p->field[PROBE_ID] || (!p->field[PROBE_TTL] && !p->field[PROBE_INTERVAL]))
            abort();
        if (k && !strcmp(p[-1].field[PROBE_ID], p->field[PROBE_ID]))
            abort();
        for (int f = 0; f < PROBE_FIELDS; f++)
            if (p->field[f] && !text_is_clean(p->field[f]))
                abort();
    }
    char *body = consul_json_register(i);
    if (!body)
        abort();
    free(body);
}

static void check(const struct instance *i)
{
    size_t name_len = strlen(i->service);

    if (!name_len || name_len > 128 || i->meta.n > 64 || i->tags.n > 65)
        abort();
    if (!url_is_addressable(i->id) || !text_is_clean(i->id) || !url_is_addressable(i->service))
        abort();
    for (size_t k = 0; k < i->tags.n; k++)
        if (!text_is_clean(i->tags.v[k]))
            abort();
    for (size_t k = 0; k < i->meta.n; k++) {
        const struct kv *pair = &i->meta.v[k];

        if (strlen(pair->key) > 128 || strlen(pair->value) > 512 || !text_is_clean(pair->value))
            abort();
        if (k && strcmp(pair[-1].key, pair->key) >= 0)
            abort();
    }
    if (strcmp(kvs_get(&i->meta, META_NODE), "node-a") || i->weight > UINT16_MAX)
        abort();
    check_probes(i);
}

static void run(const struct said *s, bool strict)
{
    struct registrator_config config = {
        .node = "node-a", .host_addr = ipaddr_any4(), .strict = strict};
    struct endpoint v[2] = {{
        .container_id = ID,
        .container_name = s->name,
        .image = s->image,
        .env = &s->env,
        .labels = &s->labels,
        .network = "bridge",
        .reach = REACH_PUBLISHED,
        .protocol = IPPROTO_TCP,
        .container_port = 80,
        .host_port = 8080,
    }};
    struct instances l = {0};
    struct problems problems = {0};

    v[1] = v[0];
    v[1].container_port = 443;
    v[1].health = HEALTH_STARTING;
    v[1].index = 1;
    instances_from_endpoints(&config, v, 2, &l, &problems);
    for (size_t i = 0; i < l.n; i++)
        check(&l.v[i]);
    if (l.n == 2 && !strcmp(l.v[0].id, l.v[1].id))
        abort();
    for (size_t i = 0; i < problems.n; i++)
        if (!text_is_clean(problems.v[i].text) || !text_is_clean(problems.v[i].subject))
            abort();
    instances_done(&l);
    problems_done(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = xmalloc(len + 1);
    struct said s = {.name = xstrdup("web-1"), .image = xstrdup("nginx")};

    memcpy(text, data, len);
    text[len] = '\0';
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        read_line(&s, line);
    }
    run(&s, false);
    run(&s, true);
    kvs_done(&s.env);
    kvs_done(&s.labels);
    free(s.name);
    free(s.image);
    free(text);
    return 0;
}

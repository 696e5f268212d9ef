#include "tests/unit/endpoint-table.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void add_pairs(struct kvs *ret, const char *const *pairs)
{
    for (size_t i = 0; i < PAIRS_MAX && pairs[i]; i++) {
        CLEAN(free_str) char *key = xstrndup(pairs[i], strcspn(pairs[i], "="));

        kvs_add(ret, key, pairs[i] + strlen(key) + 1);
    }
}

struct endpoint endpoint_of_row(const struct row *r, struct kvs *env, struct kvs *labels)
{
    struct endpoint e = {
        .container_id = r->id ? r->id : ID_1,
        .container_name = r->name ? r->name : "web-1",
        .image = r->image ? r->image : "nginx",
        .env = env,
        .labels = labels,
        .network = "bridge",
        .reach = r->reach ? r->reach : REACH_PUBLISHED,
        .protocol = r->protocol ? r->protocol : IPPROTO_TCP,
        .container_port = r->port,
        .index = r->index,
        .host_port = r->host_port,
        .draining = r->draining,
        .paused = r->paused,
        .health = r->health,
    };

    if (r->unreachable)
        e.reach = REACH_NONE;
    add_pairs(env, r->env);
    add_pairs(labels, r->labels);
    ipaddr_parse(r->host_addr ? r->host_addr : "0.0.0.0", &e.host_addr);
    ipaddr_parse(r->inside ? r->inside : "172.17.0.2", &e.container_addr);
    if (r->inside6)
        ipaddr_parse(r->inside6, &e.container_addr6);
    return e;
}

/* Does every endpoint have the pair? Then it says nothing in a table. */
static bool is_common(const char *key)
{
    static const char *const keys[] = {META_NODE,      META_CONTAINER_ID, META_CONTAINER_PORT,
                                       META_HOST_PORT, META_PROTOCOL,     META_NETWORK};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (!strcmp(key, keys[i]))
            return true;
    return false;
}

static void render(const struct instances *l, const struct problems *problems, struct sbuf *out)
{
    for (size_t n = 0; n < l->n; n++) {
        const struct instance *i = &l->v[n];
        CLEAN(free_str) char *tags = strv_join(&i->tags, "|");

        sbuf_addf(out, "%s %s %s:%u", i->id, i->service, i->address, i->port);
        sbuf_addf(out, i->tags.n ? " [%s]" : "%s", tags);
        if (i->address6)
            sbuf_addf(out, " and %s", i->address6);
        if (i->state != INSTANCE_PASSING)
            sbuf_addf(out, " %s", instance_state_name(i->state));
        if (i->probes.n)
            sbuf_addf(out, " %zu check%s", i->probes.n, i->probes.n > 1 ? "s" : "");
        if (i->fed)
            sbuf_adds(out, " fed");
        if (i->weight)
            sbuf_addf(out, " weight=%u", i->weight);
        if (i->weight_warning)
            sbuf_addf(out, " weight_warning=%u", i->weight_warning);
        if (i->tag_override)
            sbuf_adds(out, " override");
        for (size_t k = 0; k < i->meta.n; k++)
            if (!is_common(i->meta.v[k].key) && strcmp(i->meta.v[k].key, META_PROBES))
                sbuf_addf(out, " %s=%s", i->meta.v[k].key, i->meta.v[k].value);
        sbuf_addch(out, '\n');
    }
    for (size_t i = 0; i < problems->n; i++)
        sbuf_addf(out, "! %s: %s\n", problems->v[i].subject, problems->v[i].text);
}

static void run(const struct endpoint_test *t, const struct registrator_config *base)
{
    struct registrator_config config = base ? *base : (struct registrator_config){0};
    struct kvs env[ENDPOINTS_MAX] = {0}, labels[ENDPOINTS_MAX] = {0};
    struct endpoint v[ENDPOINTS_MAX];
    struct instances l = {0};
    struct problems problems = {0};
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;
    size_t n = 0;

    config.node = "hostname";
    ipaddr_parse("192.168.1.102", &config.host_addr);
    for (; n < ENDPOINTS_MAX && t->rows[n].port; n++)
        v[n] = endpoint_of_row(&t->rows[n], &env[n], &labels[n]);
    instances_from_endpoints(&config, v, n, &l, &problems);
    render(&l, &problems, &got);
    is_str(sbuf_str(&got), t->wanted, "%s", t->name);
    instances_done(&l);
    problems_done(&problems);
    for (size_t i = 0; i < n; i++) {
        kvs_done(&env[i]);
        kvs_done(&labels[i]);
    }
}

void endpoint_table_run(const struct registrator_config *base, const struct endpoint_test *tests,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        run(&tests[i], base);
}

#include "registrator/vmrecord.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define CHECK_PREFIX "berth:" /* of our checks' ids; the service's id follows */
#define TXN_MAX 64            /* operations that Consul takes at once */

#define META_MANAGED_BY "managed-by"
#define META_DIGEST "berth-digest"

static json_t *parse_list(const char *text, size_t len, const char *what, struct err **err);
static void add_record(struct vm_records *l, const json_t *node);
static void add_check(struct vm_records *l, const json_t *check);
static int compare(const void *a, const void *b);
static struct vm_record *find(const struct vm_records *l, const char *node);
static char *digest_of(const struct vm_group *g);
static json_t *service_json(const struct vm_member *m);
static json_t *node_json(const struct vm_group *g, const char *writer, const char *digest);
static json_t *check_json(const struct vm_group *g, const struct vm_member *m);
static const char *status_of(const struct vm_member *m);
static const struct vm_member *member(const struct vm_group *g, const char *id);
static json_t *txn_new(const char *key, const char *session);
static void txn_add(json_t *txn, const char *kind, const char *verb, const char *node,
                    json_t *object);

int vm_records_read(const char *nodes, size_t nodes_len, const char *checks, size_t checks_len,
                    struct vm_records *ret, struct err **err)
{
    CLEAN(json) json_t *n = parse_list(nodes, nodes_len, "external nodes", err);
    CLEAN(json) json_t *c = n ? parse_list(checks, checks_len, "their checks", err) : NULL;
    json_t *item;
    size_t at;

    if (!c)
        return -1;
    json_array_foreach(n, at, item)
        add_record(ret, item);
    if (ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, compare);
    json_array_foreach(c, at, item)
        add_check(ret, item);
    return 0;
}

void vm_records_done(struct vm_records *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct vm_record *r = &l->v[i];

        free(r->node);
        free(r->file);
        free(r->writer);
        free(r->digest);
        kvs_done(&r->checks);
        kvs_done(&r->names);
    }
    free(l->v);
    *l = (struct vm_records){0};
}

bool vm_records_have(const struct vm_records *l, const struct instance *i)
{
    const struct vm_record *r = find(l, i->node);
    const char *status = r ? kvs_get(&r->checks, i->id) : NULL;

    return status && !strcmp(status, i->state == INSTANCE_PASSING ? "passing" : "critical");
}

int vm_record_cmp_group(const struct vm_record *r, const struct vm_group *g)
{
    return strcmp(r->node, g->node);
}

bool vm_record_matches(const struct vm_record *r, const struct vm_group *g)
{
    CLEAN(free_str) char *digest = digest_of(g);

    if (strcmp(r->digest, digest) || r->checks.n != g->n)
        return false;
    for (size_t i = 0; i < g->n; i++) {
        const char *status = kvs_get(&r->checks, g->v[i].instance.id);

        if (!status || strcmp(status, status_of(&g->v[i])))
            return false;
    }
    return true;
}

/* Services that are not wanted any more are removed as far as there is room; the next pass sees
 * the rest. */
char *vm_record_put(const struct vm_record *r, const struct vm_group *g, const char *writer,
                    const char *key, const char *session)
{
    CLEAN(json) json_t *txn = txn_new(key, session);
    CLEAN(free_str) char *digest = digest_of(g);

    txn_add(txn, "Node", "set", NULL, node_json(g, writer, digest));
    for (size_t i = 0; i < g->n; i++) {
        txn_add(txn, "Service", "set", g->node, service_json(&g->v[i]));
        txn_add(txn, "Check", "set", NULL, check_json(g, &g->v[i]));
    }
    for (size_t i = 0; r && i < r->checks.n && json_array_size(txn) < TXN_MAX; i++) {
        const char *id = r->checks.v[i].key;

        if (!member(g, id))
            txn_add(txn, "Service", "delete", g->node,
                    json_pack("{s:s,s:s}", "ID", id, "Service", kvs_get(&r->names, id)));
    }
    return json_dumps(txn, JSON_COMPACT);
}

char *vm_record_remove(const struct vm_record *r, const char *key, const char *session)
{
    CLEAN(json) json_t *txn = txn_new(key, session);

    txn_add(txn, "Node", "delete", NULL, json_pack("{s:s}", "Node", r->node));
    return json_dumps(txn, JSON_COMPACT);
}

static json_t *parse_list(const char *text, size_t len, const char *what, struct err **err)
{
    json_t *j = json_parse(text, len, err);

    if (!j) {
        err_wrap(err, "Consul's answer about %s", what);
        return NULL;
    }
    if (json_is_array(j))
        return j;
    json_decref(j);
    err_set(err, "Consul's answer about %s is no JSON array", what);
    return NULL;
}

static void add_record(struct vm_records *l, const json_t *node)
{
    const json_t *meta = json_obj(node, "Meta");
    const char *name = json_str(node, "Node"), *by = json_str(meta, META_MANAGED_BY);
    const char *file = json_str(meta, META_FILE), *writer = json_str(meta, META_NODE);
    const char *digest = json_str(meta, META_DIGEST);

    if (!name || !file || !by || strcmp(by, "berth"))
        return;
    l->v = xgrow(l->v, l->n, &l->cap, sizeof *l->v);
    l->v[l->n++] = (struct vm_record){
        .node = xstrdup(name),
        .file = xstrdup(file),
        .writer = xstrdup(writer ? writer : ""),
        .digest = xstrdup(digest ? digest : ""),
    };
}

static void add_check(struct vm_records *l, const json_t *check)
{
    const char *node = json_str(check, "Node"), *id = json_str(check, "CheckID");
    const char *service = json_str(check, "ServiceID"), *name = json_str(check, "ServiceName");
    const char *status = json_str(check, "Status");
    struct vm_record *r = node ? find(l, node) : NULL;

    if (!r || !id || !service || !status || strncmp(id, CHECK_PREFIX, strlen(CHECK_PREFIX)))
        return;
    kvs_set(&r->checks, service, status);
    kvs_set(&r->names, service, name ? name : "");
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct vm_record *)a)->node, ((const struct vm_record *)b)->node);
}

static struct vm_record *find(const struct vm_records *l, const char *node)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->v[i].node, node))
            return &l->v[i];
    return NULL;
}

/* FNV-1a over the definition: it tells versions of our own writing apart, nothing more. */
static char *digest_of(const struct vm_group *g)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    struct sbuf text = SBUF_INIT;

    sbuf_adds(&text, g->address);
    for (size_t i = 0; i < g->n; i++) {
        CLEAN(json) json_t *service = service_json(&g->v[i]);
        CLEAN(free_str) char *dump = json_dumps(service, JSON_COMPACT | JSON_SORT_KEYS);

        sbuf_adds(&text, dump);
    }
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    sbuf_done(&text);
    return xasprintf("%016" PRIx64, hash);
}

static json_t *service_json(const struct vm_member *m)
{
    const struct instance *i = &m->instance;
    const char *weight = kvs_get(&i->meta, META_WEIGHT);
    json_t *service = json_object(), *tags = json_array(), *meta = json_object();

    for (size_t k = 0; k < i->tags.n; k++)
        json_array_append_new(tags, json_string(i->tags.v[k]));
    for (size_t k = 0; k < i->meta.n; k++)
        json_set_str(meta, i->meta.v[k].key, i->meta.v[k].value);
    json_set_str(service, "ID", i->id);
    json_set_str(service, "Service", i->service);
    json_set_str(service, "Address", i->address);
    json_object_set_new(service, "Port", json_integer(i->port));
    json_object_set_new(service, "Tags", tags);
    json_object_set_new(service, "Meta", meta);
    if (weight)
        json_object_set_new(
            service, "Weights",
            json_pack("{s:I,s:i}", "Passing", (json_int_t)strtol(weight, NULL, 10), "Warning", 1));
    return service;
}

static json_t *node_json(const struct vm_group *g, const char *writer, const char *digest)
{
    json_t *node = json_object(), *meta = json_object();

    json_set_str(meta, "external-node", "true");
    json_set_str(meta, "external-probe", "false");
    json_set_str(meta, META_MANAGED_BY, "berth");
    json_set_str(meta, META_FILE, g->file);
    json_set_str(meta, META_NODE, writer);
    json_set_str(meta, META_DIGEST, digest);
    json_set_str(node, "Node", g->node);
    json_set_str(node, "Address", g->address);
    json_object_set_new(node, "Meta", meta);
    return node;
}

static json_t *check_json(const struct vm_group *g, const struct vm_member *m)
{
    CLEAN(free_str) char *id = xasprintf(CHECK_PREFIX "%s", m->instance.id);
    json_t *check = json_object();

    json_set_str(check, "Node", g->node);
    json_set_str(check, "CheckID", id);
    json_set_str(check, "Name", "checked by berth");
    json_set_str(check, "ServiceID", m->instance.id);
    json_set_str(check, "Status", status_of(m));
    json_set_str(check, "Output", m->why ? m->why : "");
    return check;
}

static const char *status_of(const struct vm_member *m)
{
    return m->state == VM_UP ? "passing" : "critical";
}

static const struct vm_member *member(const struct vm_group *g, const char *id)
{
    for (size_t i = 0; i < g->n; i++)
        if (!strcmp(g->v[i].instance.id, id))
            return &g->v[i];
    return NULL;
}

static json_t *txn_new(const char *key, const char *session)
{
    return json_pack("[{s:{s:s,s:s,s:s}}]", "KV", "Verb", "check-session", "Key", key, "Session",
                     session);
}

/* Takes 'object' over. */
static void txn_add(json_t *txn, const char *kind, const char *verb, const char *node,
                    json_t *object)
{
    json_t *body = json_object(), *op = json_object();

    json_set_str(body, "Verb", verb);
    if (node)
        json_set_str(body, "Node", node);
    json_object_set_new(body, kind, object);
    json_object_set_new(op, kind, body);
    json_array_append_new(txn, op);
}

#include "registrator/vmcatalog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/consul_journal.h"
#include "registrator/vmacl.h"
#include "registrator/vmrecord.h"

#define AREA "services.d"
#define TIMEOUT 10.
#define WRITES_MAX 8 /* transactions in flight at once */

/* One transaction. */
struct write {
    struct vm_catalog *catalog;
    struct http_request *request;
    bool is_put;
    const char *verb; /* in the log */
    char *node;
    char *body;
    struct strv services; /* that it changes */
};

struct vm_catalog {
    struct consul_client *client;
    struct vm_locks *locks;
    struct consul_journal *journal;
    char *node;
    struct sync sync;
    struct strv files, unsure;
    struct vm_groups groups;
    bool wanted; /* vm_catalog_want() has been called */

    struct http_request *request; /* of the listing */
    struct sbuf nodes;            /* its first answer */
    struct vm_records records;    /* as last listed */
    struct write *v;              /* of this pass */
    size_t n, cap, at, flying, puts_flying;
    struct err *err; /* the first failure of this pass */
};

static void pass(void *owner);
static void on_nodes(void *arg, const struct http_answer *answer);
static void on_checks(void *arg, const struct http_answer *answer);
static void want_locks(struct vm_catalog *g);
static void plan(struct vm_catalog *g);
static void walk(struct vm_catalog *g,
                 void (*visit)(struct vm_catalog *g, const struct vm_record *r,
                               const struct vm_group *w, const char *key));
static void put(struct vm_catalog *g, const struct vm_record *r, const struct vm_group *w,
                const char *key);
static void take_out(struct vm_catalog *g, const struct vm_record *r, const struct vm_group *w,
                     const char *key);
static struct strv services_of(const struct vm_record *r, const struct vm_group *w);
static void add_write(struct vm_catalog *g, struct write w);
static void pump(struct vm_catalog *g);
static void on_written(void *arg, const struct http_answer *answer);
static void written(const struct write *w);
static void end_writes(struct vm_catalog *g);

struct vm_catalog *vm_catalog_new(struct consul_client *c, struct vm_locks *locks, const char *node,
                                  double resync)
{
    struct vm_catalog *g = xcalloc(1, sizeof *g);

    g->client = c;
    g->locks = locks;
    g->node = xstrdup(node);
    CLEAN(free_str) char *writer = xasprintf("%s:machines", node); /* the containers' is apart */
    g->journal = consul_journal_new(c, writer);
    sync_init(&g->sync, c->loop, AREA " catalog", pass, g, resync);
    return g;
}

void vm_catalog_free(struct vm_catalog *g)
{
    if (!g)
        return;
    sync_done(&g->sync);
    http_cancel(g->request);
    end_writes(g);
    consul_journal_free(g->journal);
    free(g->v);
    sbuf_done(&g->nodes);
    vm_records_done(&g->records);
    vm_groups_done(&g->groups);
    strv_done(&g->files);
    strv_done(&g->unsure);
    free(g->node);
    free(g);
}

void vm_catalog_set_resync(struct vm_catalog *g, double resync)
{
    sync_set_resync(&g->sync, resync);
}

void vm_catalog_resync(struct vm_catalog *g)
{
    if (g->wanted)
        sync_kick(&g->sync);
}

void vm_catalog_want(struct vm_catalog *g, const struct strv *files, const struct strv *unsure,
                     struct vm_groups *groups)
{
    strv_done(&g->files);
    strv_copy(&g->files, files);
    strv_done(&g->unsure);
    strv_copy(&g->unsure, unsure);
    vm_groups_done(&g->groups);
    g->groups = *groups;
    *groups = (struct vm_groups){0};
    g->wanted = true;
    sync_kick(&g->sync);
}

bool vm_catalog_has(const struct vm_catalog *g, const struct instance *i)
{
    return vm_records_have(&g->records, i);
}

const struct sync *vm_catalog_sync(const struct vm_catalog *g)
{
    return &g->sync;
}

static void pass(void *owner)
{
    struct vm_catalog *g = owner;

    g->request = consul_client_start(g->client, NULL, "/v1/catalog/nodes" VM_RECORD_FILTER, NULL,
                                     TIMEOUT, on_nodes, g);
}

static void on_nodes(void *arg, const struct http_answer *answer)
{
    struct vm_catalog *g = arg;
    struct err *err = NULL;

    g->request = NULL;
    if (!http_answer_ok(answer)) {
        vm_acl_err(answer, "cannot list the machines in Consul", VM_ACL_CATALOG, &err);
        sync_finish(&g->sync, err);
        return;
    }
    sbuf_clear(&g->nodes);
    sbuf_add(&g->nodes, answer->body, answer->len);
    g->request = consul_client_start(g->client, NULL, "/v1/health/state/any" VM_RECORD_FILTER, NULL,
                                     TIMEOUT, on_checks, g);
}

static void on_checks(void *arg, const struct http_answer *answer)
{
    struct vm_catalog *g = arg;
    struct err *err = NULL;

    g->request = NULL;
    vm_records_done(&g->records);
    if (!http_answer_ok(answer))
        vm_acl_err(answer, "cannot list the machines' checks in Consul", VM_ACL_CATALOG, &err);
    else
        vm_records_read(g->nodes.data, g->nodes.len, answer->body, answer->len, &g->records, &err);
    sbuf_done(&g->nodes);
    if (err) {
        sync_finish(&g->sync, err);
        return;
    }
    want_locks(g);
    plan(g);
    pump(g);
}

/* Beside those of the files that there are: what is left of files that are gone. */
static void want_locks(struct vm_catalog *g)
{
    struct strv files = {0};

    strv_copy(&files, &g->files);
    for (size_t i = 0; i < g->records.n; i++) {
        const struct vm_record *r = &g->records.v[i];

        if (vm_locks_has(g->locks, r->file) || !strcmp(r->writer, g->node))
            strv_add(&files, r->file);
    }
    strv_sort_unique(&files);
    vm_locks_want(g->locks, &files);
    strv_done(&files);
}

/* Puts come before removals: no service is empty in between. */
static void plan(struct vm_catalog *g)
{
    walk(g, put);
    walk(g, take_out);
}

/* A merge-walk over two lists that are sorted by node. 'r' is what Consul has of it, 'w' what is
 * wanted; either may be NULL. Nodes of files whose lock we do not have are passed over. */
static void walk(struct vm_catalog *g,
                 void (*visit)(struct vm_catalog *g, const struct vm_record *r,
                               const struct vm_group *w, const char *key))
{
    size_t i = 0, k = 0;

    while (i < g->records.n || k < g->groups.n) {
        const struct vm_record *r = i < g->records.n ? &g->records.v[i] : NULL;
        const struct vm_group *w = k < g->groups.n ? &g->groups.v[k] : NULL;
        int order = !r ? 1 : !w ? -1 : vm_record_cmp_group(r, w);
        const char *file = order >= 0 ? w->file : r->file;
        CLEAN(free_str) char *key = vm_lock_key(file);

        if (vm_locks_session(g->locks) && vm_locks_has(g->locks, file))
            visit(g, order <= 0 ? r : NULL, order >= 0 ? w : NULL, key);
        i += order <= 0;
        k += order >= 0;
    }
}

/* A node of which not all is known waits for the results of its first checks. */
static void put(struct vm_catalog *g, const struct vm_record *r, const struct vm_group *w,
                const char *key)
{
    if (w && vm_group_is_known(w) && !(r && vm_record_matches(r, w)))
        add_write(
            g, (struct write){.node = xstrdup(w->node),
                              .body = vm_record_put(r, w, g->node, key, vm_locks_session(g->locks)),
                              .verb = r ? "changed" : "added",
                              .services = services_of(r, w),
                              .is_put = true});
}

static void take_out(struct vm_catalog *g, const struct vm_record *r, const struct vm_group *w,
                     const char *key)
{
    if (!w && !strv_contains(&g->unsure, r->file))
        add_write(g, (struct write){.node = xstrdup(r->node),
                                    .body = vm_record_remove(r, key, vm_locks_session(g->locks)),
                                    .verb = "removed",
                                    .services = services_of(r, NULL)});
}

/* The services that the node has, or shall have. */
static struct strv services_of(const struct vm_record *r, const struct vm_group *w)
{
    struct strv names = {0};

    for (size_t i = 0; r && i < r->names.n; i++)
        strv_add(&names, r->names.v[i].value);
    for (size_t i = 0; w && i < w->n; i++)
        strv_add(&names, w->v[i].instance.service);
    strv_sort_unique(&names);
    return names;
}

/* Takes what 'w' holds over. */
static void add_write(struct vm_catalog *g, struct write w)
{
    w.catalog = g;
    g->v = xgrow(g->v, g->n, &g->cap, sizeof *g->v);
    g->v[g->n++] = w;
}

static void pump(struct vm_catalog *g)
{
    while (g->flying < WRITES_MAX && g->at < g->n && (g->v[g->at].is_put || !g->puts_flying)) {
        struct write *w = &g->v[g->at++];

        g->flying++;
        g->puts_flying += w->is_put;
        w->request =
            consul_client_start(g->client, "PUT", "/v1/txn", w->body, TIMEOUT, on_written, w);
    }
    if (g->flying)
        return;
    struct err *err = TAKE_PTR(g->err);
    end_writes(g);
    sync_finish(&g->sync, err);
}

static void on_written(void *arg, const struct http_answer *answer)
{
    struct write *w = arg;
    struct vm_catalog *g = w->catalog;
    CLEAN(free_str) char *what = xasprintf("cannot write the machine %s to Consul", w->node);

    w->request = NULL;
    g->flying--;
    g->puts_flying -= w->is_put;
    if (http_answer_ok(answer))
        written(w);
    else if (!g->err)
        vm_acl_err(answer, what, VM_ACL_CATALOG, &g->err);
    /* One more look: a lock may not be wanted any more, or a transaction had no room for all. */
    if (g->at == g->n && !g->flying && g->n && !g->err)
        sync_kick(&g->sync);
    pump(g);
}

static void written(const struct write *w)
{
    log_info(AREA, "%s node=%s", w->verb, w->node);
    for (size_t i = 0; i < w->services.n; i++)
        consul_journal_note(w->catalog->journal, w->services.v[i]);
}

static void end_writes(struct vm_catalog *g)
{
    for (size_t i = 0; i < g->n; i++) {
        http_cancel(g->v[i].request);
        free(g->v[i].node);
        free(g->v[i].body);
        strv_done(&g->v[i].services);
    }
    g->n = g->at = g->flying = g->puts_flying = 0;
    err_free(g->err);
    g->err = NULL;
}

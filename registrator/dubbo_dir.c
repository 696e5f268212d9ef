#include "registrator/dubbo_dir.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/search.h"
#include "lib/xmalloc.h"
#include "registrator/dubbo_node.h"
#include "registrator/zk_request.h"

#define IN_FLIGHT_MAX 64
#define PACE_MIN .05      /* seconds between two listings of one interface */
#define PACE_EACH .000005 /* and as much more for each provider: reading them takes time */
#define RETRY 2.          /* seconds until what could not be listed is tried again */

static void later(struct dubbo_dir *d, double delay);
static void on_timer(struct ev_loop *loop, ev_timer *w, int events);
static void list_root(struct dubbo_dir *d);
static void on_root(void *arg, const struct zk_answer *answer);
static void make_root(struct dubbo_dir *d);
static void take_root(struct dubbo_dir *d, const struct zk_answer *answer);
static void drop_unseen(struct dubbo_dir *d);
static void list_interface(struct dubbo_interface *i);
static void on_interface(void *arg, const struct zk_answer *answer);
static void on_folder(void *arg, const struct zk_answer *answer);
static void take_children(struct dubbo_interface *i, const struct zk_answer *answer);
static void listing_failed(struct dubbo_dir *d, const char *what, int rc);
static void clear(struct dubbo_interface *i);
static struct dubbo_interface *touch(struct dubbo_dir *d, const char *name);
static void interface_free(struct dubbo_interface *i);
static int compare_key(const void *key, const void *member);
static int compare_children(const void *a, const void *b);

void dubbo_dir_init(struct dubbo_dir *d, struct ev_loop *loop, struct zk_session *session,
                    const char *root, const char *node, const struct dubbo_locals *locals,
                    void (*on_change)(void *arg), void *arg)
{
    *d = (struct dubbo_dir){.loop = loop,
                            .session = session,
                            .root = xstrdup(root),
                            .node = xstrdup(node),
                            .locals = locals,
                            .on_change = on_change,
                            .arg = arg};
    ev_timer_init(&d->timer, on_timer, 0., 0.);
    d->timer.data = d;
}

void dubbo_dir_done(struct dubbo_dir *d)
{
    if (d->loop)
        ev_timer_stop(d->loop, &d->timer);
    for (size_t i = 0; i < d->n; i++)
        interface_free(d->v[i]);
    free(d->v);
    free(d->root);
    free(d->node);
    free(d->error);
}

void dubbo_dir_renew(struct dubbo_dir *d)
{
    d->listed = false;
    d->stale = true;
    for (size_t i = 0; i < d->n; i++) {
        d->v[i]->listed = false;
        d->v[i]->stale = true;
    }
    later(d, 0.);
}

bool dubbo_dir_event(struct dubbo_dir *d, const char *path)
{
    size_t len = strlen(d->root);

    if (!strcmp(path, d->root)) {
        d->stale = true;
        later(d, 0.);
        return true;
    }
    if (strncmp(path, d->root, len) || path[len] != '/')
        return false;
    CLEAN(free_str) char *name = xstrndup(path + len + 1, strcspn(path + len + 1, "/"));
    struct dubbo_interface *i = dubbo_dir_find(d, name);
    if (i)
        i->stale = true;
    later(d, 0.);
    return i != NULL;
}

void dubbo_dir_keep(struct dubbo_dir *d, const char *interface)
{
    touch(d, interface)->kept = true;
}

struct dubbo_interface *dubbo_dir_find(const struct dubbo_dir *d, const char *interface)
{
    bool found;
    size_t at = search_sorted(d->v, d->n, sizeof *d->v, interface, compare_key, &found);

    return found ? d->v[at] : NULL;
}

bool dubbo_interface_has(const struct dubbo_interface *i, const char *name)
{
    struct dubbo_child key = {.name = (char *)(uintptr_t)name};

    return i->n && bsearch(&key, i->v, i->n, sizeof *i->v, compare_children);
}

bool dubbo_dir_is_complete(const struct dubbo_dir *d)
{
    if (!d->listed)
        return false;
    for (size_t i = 0; i < d->n; i++)
        if (!d->v[i]->listed)
            return false;
    return true;
}

/* The timer comes at 'delay' or before. */
static void later(struct dubbo_dir *d, double delay)
{
    if (ev_is_active(&d->timer) && ev_timer_remaining(d->loop, &d->timer) <= delay)
        return;
    ev_timer_stop(d->loop, &d->timer);
    ev_timer_set(&d->timer, delay, 0.);
    ev_timer_start(d->loop, &d->timer);
}

/* Lists what is stale and due. */
static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
    struct dubbo_dir *d = w->data;
    double now = ev_now(loop);

    (void)events;
    if (!zk_session_is_up(d->session))
        return;
    if (d->stale && !d->listing)
        list_root(d);
    for (size_t i = 0; i < d->n && d->in_flight < IN_FLIGHT_MAX; i++) {
        struct dubbo_interface *interface = d->v[i];

        if (!interface->stale || interface->listing)
            continue;
        if (interface->next <= now)
            list_interface(interface);
        else
            later(d, interface->next - now);
    }
}

/* ---- the root ---- */

static void list_root(struct dubbo_dir *d)
{
    d->stale = false;
    d->listing = !zk_children(d->session, d->root, true, on_root, d, NULL);
    if (!d->listing)
        listing_failed(d, "Dubbo's root", 0);
}

static void on_root(void *arg, const struct zk_answer *answer)
{
    struct dubbo_dir *d = arg;

    d->listing = false;
    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
        take_root(d, answer);
        later(d, 0.);
        d->on_change(d->arg);
        break;
    case ZK_ABSENT:
        make_root(d);
        break;
    case ZK_EXISTS:
    case ZK_NOT_EMPTY:
    case ZK_DENIED:
    case ZK_FAILED:
        d->stale = true;
        listing_failed(d, d->root, answer->rc);
        break;
    }
}

/* What is not there cannot be watched. */
static void make_root(struct dubbo_dir *d)
{
    CLEAN(free_str) char *path = xasprintf("%s/", d->root);

    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        CLEAN(free_str) char *folder = xstrndup(path, (size_t)(slash - path));

        zk_create(d->session, folder, "", false, NULL, NULL, NULL);
    }
    d->stale = true;
    later(d, PACE_MIN);
}

/* Dubbo 3 keeps other things beside the interfaces. */
static bool is_interface(const char *name)
{
    return strcmp(name, "mapping") && strcmp(name, "metadata") && strcmp(name, "config");
}

static void take_root(struct dubbo_dir *d, const struct zk_answer *answer)
{
    d->listed = true;
    d->sweep++;
    d->overfull = answer->n_children > DUBBO_INTERFACES_MAX;
    d->has_mapping = false;
    for (size_t i = 0; i < answer->n_children; i++)
        d->has_mapping = d->has_mapping || !strcmp(answer->children[i], "mapping");
    for (size_t i = 0; i < answer->n_children && i < DUBBO_INTERFACES_MAX; i++)
        if (is_interface(answer->children[i]))
            touch(d, answer->children[i])->sweep = d->sweep;
    drop_unseen(d);
    free(d->error);
    d->error = NULL;
}

static void drop_unseen(struct dubbo_dir *d)
{
    size_t kept = 0;

    for (size_t i = 0; i < d->n; i++) {
        struct dubbo_interface *interface = d->v[i];

        if (interface->sweep == d->sweep || interface->kept || interface->listing)
            d->v[kept++] = interface;
        else
            interface_free(interface);
    }
    d->n = kept;
}

/* ---- one interface ---- */

static void list_interface(struct dubbo_interface *i)
{
    CLEAN(free_str) char *path = xasprintf("%s/%s/providers", i->dir->root, i->name);

    i->stale = false;
    i->listing = !zk_children(i->dir->session, path, true, on_interface, i, NULL);
    if (i->listing)
        i->dir->in_flight++;
    else
        i->stale = true;
}

static void on_interface(void *arg, const struct zk_answer *answer)
{
    struct dubbo_interface *i = arg;
    struct dubbo_dir *d = i->dir;

    i->listing = false;
    d->in_flight--;
    switch (zk_rc_kind(answer->rc)) {
    case ZK_DONE:
        take_children(i, answer);
        break;
    case ZK_ABSENT: {
        CLEAN(free_str) char *folder = xasprintf("%s/%s", d->root, i->name);

        clear(i);
        i->listed = true;
        i->turn = ++d->turn;
        i->listing = !zk_children(d->session, folder, true, on_folder, i, NULL);
        d->in_flight += i->listing;
        break;
    }
    case ZK_EXISTS:
    case ZK_NOT_EMPTY:
    case ZK_DENIED:
    case ZK_FAILED:
        i->stale = true;
        i->next = ev_now(d->loop) + RETRY;
        listing_failed(d, i->name, answer->rc);
        return;
    }
    later(d, 0.);
    d->on_change(d->arg);
}

/* There were no providers, which cannot be watched: the folder above tells when there are. */
static void on_folder(void *arg, const struct zk_answer *answer)
{
    struct dubbo_interface *i = arg;

    i->listing = false;
    i->dir->in_flight--;
    for (size_t n = 0; n < answer->n_children; n++)
        if (!strcmp(answer->children[n], "providers")) {
            i->stale = true;
            i->next = ev_now(i->dir->loop) + PACE_MIN;
        }
    later(i->dir, 0.);
}

/* Keeps 'name' where it concerns us. */
static void take_child(struct dubbo_interface *i, const char *name, size_t *cap)
{
    struct dubbo_child child = {0};

    if (dubbo_url_parse(name, &child.url, NULL)) {
        if (!i->malformed++)
            i->example = xstrdup(name);
        return;
    }
    const char *node = kvs_get(&child.url.params, DUBBO_MARK_NODE);
    child.ours = node && !strcmp(node, i->dir->node);
    child.machine = !node && kvs_get(&child.url.params, DUBBO_MARK_FILE);
    if (!child.ours && !child.machine &&
        (node || !dubbo_locals_near(i->dir->locals, child.url.host))) {
        dubbo_url_done(&child.url);
        return;
    }
    child.name = xstrdup(name);
    i->v = xgrow(i->v, i->n, cap, sizeof *i->v);
    i->v[i->n++] = child;
}

static void take_children(struct dubbo_interface *i, const struct zk_answer *answer)
{
    size_t cap = 0;

    clear(i);
    i->listed = true;
    i->turn = ++i->dir->turn;
    i->total = answer->n_children;
    i->next = ev_now(i->dir->loop) + PACE_MIN + PACE_EACH * (double)i->total;
    for (size_t n = 0; n < answer->n_children; n++)
        take_child(i, answer->children[n], &cap);
    if (i->n)
        qsort(i->v, i->n, sizeof *i->v, compare_children);
}

/* A broken connection is no news here: the session says so. */
static void listing_failed(struct dubbo_dir *d, const char *what, int rc)
{
    if (zk_rc_kind(rc) == ZK_DENIED) {
        free(d->error);
        d->error = xasprintf("ZooKeeper does not let us read %s: its ACL is for another user; say "
                             "that one's name and password in [dubbo] digest_file",
                             what);
        d->on_change(d->arg);
    }
    later(d, RETRY);
}

static void clear(struct dubbo_interface *i)
{
    for (size_t n = 0; n < i->n; n++) {
        free(i->v[n].name);
        dubbo_url_done(&i->v[n].url);
    }
    free(i->v);
    free(i->example);
    i->v = NULL;
    i->example = NULL;
    i->n = i->total = i->malformed = 0;
}

static struct dubbo_interface *touch(struct dubbo_dir *d, const char *name)
{
    bool found;
    size_t at = search_sorted(d->v, d->n, sizeof *d->v, name, compare_key, &found);

    if (found)
        return d->v[at];
    d->v = xgrow(d->v, d->n, &d->cap, sizeof *d->v);
    memmove(d->v + at + 1, d->v + at, (d->n - at) * sizeof *d->v);
    d->n++;
    d->v[at] = xcalloc(1, sizeof **d->v);
    d->v[at]->name = xstrdup(name);
    d->v[at]->dir = d;
    d->v[at]->stale = true;
    later(d, 0.);
    return d->v[at];
}

static void interface_free(struct dubbo_interface *i)
{
    clear(i);
    free(i->name);
    free(i);
}

static int compare_key(const void *key, const void *member)
{
    return strcmp(key, (*(struct dubbo_interface *const *)member)->name);
}

static int compare_children(const void *a, const void *b)
{
    return strcmp(((const struct dubbo_child *)a)->name, ((const struct dubbo_child *)b)->name);
}

#include "portmap/kernel.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "portmap/bridge.h"
#include "portmap/conntrack.h"
#include "portmap/docker_user.h"
#include "portmap/hairpin.h"
#include "portmap/netdev.h"
#include "portmap/nft_batch.h"
#include "portmap/nft_elems.h"
#include "portmap/nft_table.h"

#define ENDS_SOON 2000   /* milliseconds */
#define ENDS_AT_ONCE 0.5 /* seconds */

struct kernel {
    struct nft *nft;
    uint32_t mark;
    bool written;            /* 'fingerprint' counts */
    uint64_t fingerprint;    /* of the table as it was written last */
    bool accepted;           /* the rule in DOCKER-USER has been in place */
    struct elements guarded; /* interfaces, as committed last */
    struct undo *undo;       /* borrowed */
};

/* The elements that the table is to have. */
struct wanted {
    struct elements ports, bridges, hairpin, quarantine;
    struct bridges behind; /* where the mapped containers are */
};

static int make_wanted(struct wanted *w, const struct mapping *mappings, size_t n,
                       struct problems *problems, struct err **err);
static void keep_guards(const struct kernel *k, const struct kernel_view *view, struct wanted *w);
static void want_quarantine(const struct kernel_view *view, const struct quarantine *resting,
                            double now, struct wanted *w);
static void wanted_done(struct wanted *w);
static int apply(struct kernel *k, const struct kernel_view *view, const struct wanted *w,
                 struct err **err);
static int transact(struct kernel *k, const struct kernel_view *view, const struct wanted *w,
                    bool replace, struct err **err);
static void remember(struct kernel *k, uint32_t generation);
static void allow_loopback(const struct kernel *k, const struct wanted *w,
                           struct problems *problems);
static int pass_on(struct err **err, struct err *failed);

struct kernel *kernel_new(uint32_t mark, struct err **err)
{
    struct nft *nft = nft_new(err);

    if (!nft)
        return NULL;
    struct kernel *k = xcalloc(1, sizeof *k);
    k->nft = nft;
    k->mark = mark;
    return k;
}

void kernel_free(struct kernel *k)
{
    if (!k)
        return;
    nft_free(k->nft);
    elements_done(&k->guarded);
    free(k);
}

void kernel_set_undo(struct kernel *k, struct undo *undo)
{
    k->undo = undo;
}

uint32_t kernel_port(const struct kernel *k)
{
    return nft_port(k->nft);
}

int kernel_look(struct kernel *k, struct kernel_view *ret, struct err **err)
{
    uint64_t fingerprint;

    if (nft_generation(k->nft, &ret->generation, err) < 0 ||
        nft_table_fingerprint(k->nft, &fingerprint, err) < 0 ||
        nft_elems_dump(k->nft, NFT_MAP_PORTS, &ret->ports, err) < 0 ||
        nft_elems_dump(k->nft, NFT_SET_BRIDGES, &ret->bridges, err) < 0 ||
        nft_elems_dump(k->nft, NFT_SET_HAIRPIN, &ret->hairpin, err) < 0 ||
        nft_elems_dump(k->nft, NFT_SET_QUARANTINE, &ret->quarantine, err) < 0)
        return -1;
    ret->first = !k->written;
    ret->intact = k->written && fingerprint == k->fingerprint;
    ret->leases = xcalloc(ret->ports.n + 1, sizeof *ret->leases);
    for (size_t i = 0; i < ret->ports.n; i++)
        if (!element_to_mapping(&ret->ports.v[i], &ret->leases[ret->n_leases]))
            ret->n_leases++;
    return 0;
}

void kernel_view_done(struct kernel_view *view)
{
    elements_done(&view->ports);
    elements_done(&view->bridges);
    elements_done(&view->hairpin);
    elements_done(&view->quarantine);
    free(view->leases);
    *view = (struct kernel_view){0};
}

int kernel_commit(struct kernel *k, const struct kernel_view *view, const struct mapping *wanted,
                  size_t n, const struct quarantine *resting, double now, struct problems *problems,
                  struct err **err)
{
    struct wanted w = {0};
    int r = make_wanted(&w, wanted, n, problems, err);

    if (!r) {
        keep_guards(k, view, &w);
        want_quarantine(view, resting, now, &w);
        r = apply(k, view, &w, err);
    }
    if (!r) {
        /* Only now: the rules that guard 127.0.0.1 are in place. */
        allow_loopback(k, &w, problems);
        elements_done(&k->guarded);
        k->guarded = w.bridges;
        w.bridges = (struct elements){0};
    }
    wanted_done(&w);
    return r;
}

int kernel_accept(struct kernel *k, struct problems *problems, bool *ret_repaired, struct err **err)
{
    CLEAN(err) struct err *failed = NULL;
    enum docker_user state;

    if (!docker_user_ensure(k->nft, k->mark, &state, &failed)) {
        *ret_repaired = state == DOCKER_USER_WRITTEN && k->accepted;
        /* Docker makes the chain anew after its table was deleted: no rule is missed there. */
        k->accepted = state != DOCKER_USER_NO_CHAIN;
        return 0;
    }
    if (nft_is_stale(failed))
        return pass_on(err, TAKE_PTR(failed));
    *ret_repaired = false;
    problems_add(problems, "chain DOCKER-USER",
                 "cannot insert the rule by which Docker's firewall lets other hosts in: %s",
                 err_msg(failed));
    return 0;
}

int kernel_hairpin(struct kernel *k, const struct mapping *v, size_t n, struct problems *problems,
                   struct err **err)
{
    CLEAN(err) struct err *failed = NULL;

    (void)k;
    if (!hairpin_ensure(v, n, &failed))
        return 0;
    if (nft_is_stale(failed))
        return pass_on(err, TAKE_PTR(failed));
    problems_add(problems, "bridge ports",
                 "a container does not reach itself by its host port while "
                 "net.bridge.bridge-nf-call-iptables is 1: %s",
                 err_msg(failed));
    return 0;
}

int kernel_forget(struct kernel *k, const struct flow_ports *ports, const struct mapping *v,
                  size_t n, size_t *ret_n, bool *ret_all, struct err **err)
{
    return conntrack_flush(k->nft, ports, v, n, k->mark, ret_n, ret_all, err);
}

static int make_wanted(struct wanted *w, const struct mapping *mappings, size_t n,
                       struct problems *problems, struct err **err)
{
    struct bridges all = {0};
    int r = netdev_networks(&all, err);

    if (!r)
        bridges_of_mappings(&all, mappings, n, &w->behind, problems);
    bridges_done(&all);
    for (size_t i = 0; i < n; i++) {
        struct element e = element_from_mapping(&mappings[i]);
        elements_add(&w->ports, &e);
    }
    for (size_t i = 0; i < w->behind.n; i++) {
        struct element name = element_from_ifname(w->behind.v[i].name);
        struct element network = element_from_bridge(&w->behind.v[i]);
        elements_add(&w->bridges, &name);
        elements_add(&w->hairpin, &network);
    }
    elements_sort(&w->ports);
    elements_sort(&w->hairpin);
    return r;
}

/* An interface once guarded stays guarded as long as it exists: its route_localnet stays on, and
 * may have been switched on by others, too. Somebody may have wiped the kernel's list. */
static void keep_guards(const struct kernel *k, const struct kernel_view *view, struct wanted *w)
{
    const struct elements *lists[] = {&k->guarded, &view->bridges};
    char name[IFNAMSIZ];

    for (size_t l = 0; l < ARRAY_LEN(lists); l++)
        for (size_t i = 0; i < lists[l]->n; i++)
            if (!element_to_ifname(&lists[l]->v[i], name) && if_nametoindex(name))
                elements_add(&w->bridges, &lists[l]->v[i]);
    elements_sort(&w->bridges);
    elements_unique(&w->bridges);
}

/* An element that is about to end is left to end: it may be gone before a deletion arrives, which
 * would then fail. One that would end at once is not worth adding. */
static void want_quarantine(const struct kernel_view *view, const struct quarantine *resting,
                            double now, struct wanted *w)
{
    for (size_t i = 0; i < resting->n; i++) {
        struct element e = element_from_rest(&resting->v[i], now);

        if (resting->v[i].ends - now > ENDS_AT_ONCE)
            elements_add(&w->quarantine, &e);
    }
    for (size_t i = 0; i < view->quarantine.n; i++) {
        const struct element *e = &view->quarantine.v[i];

        if (e->timeout && e->timeout < ENDS_SOON)
            elements_add(&w->quarantine, e);
    }
    elements_sort(&w->quarantine);
    elements_unique(&w->quarantine);
}

static void wanted_done(struct wanted *w)
{
    elements_done(&w->ports);
    elements_done(&w->bridges);
    elements_done(&w->hairpin);
    elements_done(&w->quarantine);
    bridges_done(&w->behind);
}

/* A table of our name that is built otherwise, by hand or by another version, is replaced. */
static int apply(struct kernel *k, const struct kernel_view *view, const struct wanted *w,
                 struct err **err)
{
    CLEAN(err) struct err *failed = NULL;

    if (!transact(k, view, w, false, &failed))
        return 0;
    if (view->intact || nft_is_stale(failed) || err_code(failed) == EPERM)
        return pass_on(err, TAKE_PTR(failed));
    if (transact(k, view, w, true, err) < 0)
        return -1;
    log_warn("portmap", "table ip " NFT_TABLE " was of another make and has been replaced: %s",
             err_msg(failed));
    return 0;
}

static int transact(struct kernel *k, const struct kernel_view *view, const struct wanted *w,
                    bool replace, struct err **err)
{
    static const struct elements none;
    CLEAN(nft_batch) struct nft_batch b;

    nft_batch_init(&b, k->nft, view->generation);
    if (!view->intact)
        nft_table_define(&b, k->mark, replace);
    nft_elems_diff(&b, NFT_MAP_PORTS, &w->ports, replace ? &none : &view->ports);
    nft_elems_diff(&b, NFT_SET_BRIDGES, &w->bridges, replace ? &none : &view->bridges);
    nft_elems_diff(&b, NFT_SET_HAIRPIN, &w->hairpin, replace ? &none : &view->hairpin);
    nft_elems_diff(&b, NFT_SET_QUARANTINE, &w->quarantine, replace ? &none : &view->quarantine);
    if (nft_batch_commit(&b, err) < 0)
        return -1;
    if (!view->intact)
        remember(k, view->generation);
    return 0;
}

/* What the kernel says of the rules just written is what later looks compare with, provided that
 * nobody has changed a ruleset since: our transaction made one generation. Else they are written
 * again at the next pass. */
static void remember(struct kernel *k, uint32_t generation)
{
    uint64_t fingerprint;
    uint32_t now;

    k->written = !nft_table_fingerprint(k->nft, &fingerprint, NULL) &&
                 !nft_generation(k->nft, &now, NULL) && now == generation + 1;
    if (k->written)
        k->fingerprint = fingerprint;
}

static void allow_loopback(const struct kernel *k, const struct wanted *w,
                           struct problems *problems)
{
    struct undo none = {0};

    for (size_t i = 0; i < w->behind.n; i++) {
        CLEAN(err) struct err *err = NULL;

        if (i && !strcmp(w->behind.v[i].name, w->behind.v[i - 1].name))
            continue;
        if (netdev_allow_loopback(w->behind.v[i].name, k->undo ? k->undo : &none, &err) < 0) {
            CLEAN(free_str) char *subject = xasprintf("interface %s", w->behind.v[i].name);

            problems_add(problems, subject,
                         "host ports of its containers do not work at 127.0.0.1: %s", err_msg(err));
        }
    }
}

/* Returns -1 with 'failed', which it takes over. */
static int pass_on(struct err **err, struct err *failed)
{
    if (err)
        *err = failed;
    else
        err_free(failed);
    return -1;
}

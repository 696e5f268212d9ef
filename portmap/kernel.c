#include "portmap/kernel.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/xmalloc.h"
#include "portmap/conntrack.h"
#include "portmap/docker_user.h"
#include "portmap/hairpin.h"
#include "portmap/lease.h"
#include "portmap/netdev.h"
#include "portmap/remedy.h"
#include "portmap/wanted.h"

struct kernel {
    struct nft *nft;
    struct ruleset tables[KERNEL_TABLES];
    bool accepted[KERNEL_TABLES]; /* the rule that lets our connections pass has been in place */
    struct elements guarded;      /* interfaces, as committed last */
    char *no_ipv6;                /* why the kernel refuses `ip6 berth`, or NULL */

    bool settled;         /* the tables are as 'known' says while this is their generation */
    uint32_t generation;  /* after our last transaction */
    struct wanted *known; /* what it committed; NULL: nobody knows */
    struct undo *undo;    /* borrowed */
};

static int read_tables(struct kernel *k, struct kernel_view *ret, struct err **err);
static void take_known(struct kernel *k, struct kernel_view *ret);
static void read_leases(struct kernel_view *view);
static int commit_tables(struct kernel *k, const struct kernel_view *view, struct wanted *w,
                         struct err **err);
static int refuse_ipv6(struct kernel *k, const struct err *failed, struct err **err);
static void forget_known(struct kernel *k);
static void allow_loopback(const struct kernel *k, const struct wanted *w,
                           struct problems *problems);
static int accept_one(struct kernel *k, int table, struct problems *problems, bool *ret_repaired,
                      struct err **err);
static int pass_on(struct err **err, struct err *failed);

struct kernel *kernel_new(uint32_t mark, struct err **err)
{
    static const uint8_t families[KERNEL_TABLES] = {AF_INET, AF_INET6};
    struct nft *nft = nft_new(err);

    if (!nft) {
        if (err)
            remedy_of_opening(err);
        return NULL;
    }
    struct kernel *k = xcalloc(1, sizeof *k);
    k->nft = nft;
    for (int i = 0; i < KERNEL_TABLES; i++)
        k->tables[i] = (struct ruleset){.nft = nft, .family = families[i], .mark = mark};
    return k;
}

void kernel_free(struct kernel *k)
{
    if (!k)
        return;
    forget_known(k);
    nft_free(k->nft);
    elements_done(&k->guarded);
    free(k->no_ipv6);
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
    if (nft_generation(k->nft, &ret->generation, err) < 0)
        return -1;
    ret->known = k->settled && ret->generation == k->generation;
    if (!ret->known)
        return read_tables(k, ret, err);
    take_known(k, ret);
    return ruleset_look_at_quarantine(&k->tables[0], &ret->tables[0], err);
}

void kernel_view_done(struct kernel_view *view)
{
    for (int i = 0; i < KERNEL_TABLES; i++)
        ruleset_view_done(&view->tables[i]);
    free(view->leases);
    *view = (struct kernel_view){0};
}

int kernel_commit(struct kernel *k, const struct kernel_view *view, const struct mapping *wanted,
                  size_t n, const struct quarantine *resting, double now, struct problems *problems,
                  struct err **err)
{
    struct wanted *w = wanted_new(wanted, n, problems, err);

    forget_known(k);
    if (!w)
        return -1;
    wanted_keep_guards(w, &k->guarded);
    wanted_keep_guards(w, &view->tables[0].sets[RULESET_BRIDGES]);
    wanted_add_rests(w, resting, &view->tables[0].sets[RULESET_QUARANTINE], now);
    if (commit_tables(k, view, w, err) < 0) {
        wanted_free(w);
        return -1;
    }
    /* Only now: the rules that guard 127.0.0.1 are in place. */
    allow_loopback(k, w, problems);
    elements_copy(&k->guarded, &w->sets[0][RULESET_BRIDGES]);
    k->known = w;
    return 0;
}

const char *kernel_no_ipv6(const struct kernel *k)
{
    return k->no_ipv6;
}

void kernel_retry_ipv6(struct kernel *k)
{
    free(k->no_ipv6);
    k->no_ipv6 = NULL;
}

/* Where nothing has changed since the rules were in place, they are in place. */
int kernel_accept(struct kernel *k, const struct kernel_view *view, struct problems *problems,
                  bool *ret_repaired, struct err **err)
{
    *ret_repaired = false;
    for (int i = 0; i < KERNEL_TABLES; i++) {
        bool needed = !i || (k->known && wanted_has_ipv6(k->known) && !k->no_ipv6);

        if (needed && !(view->known && k->accepted[i]) &&
            accept_one(k, i, problems, ret_repaired, err) < 0)
            return -1;
    }
    return 0;
}

int kernel_hairpin(struct kernel *k, const struct mapping *v, size_t n, struct problems *problems,
                   struct err **err)
{
    CLEAN(err) struct err *failed = NULL;

    (void)k;
    if (!hairpin_ensure(v, n, &failed))
        return 0;
    if (nft_is_passing(failed))
        return pass_on(err, TAKE_PTR(failed));
    problems_add(problems, "bridge ports",
                 "a container does not reach itself by its host port while "
                 "net.bridge.bridge-nf-call-iptables, or -ip6tables, is 1: %s",
                 err_msg(failed));
    return 0;
}

void kernel_settled(struct kernel *k)
{
    uint32_t now;

    k->settled = k->known && !k->no_ipv6 && k->tables[0].written &&
                 !nft_generation(k->nft, &now, NULL) && now == k->generation;
}

int kernel_forget(struct kernel *k, const struct flow_ports *ports, const struct mapping *v,
                  size_t n, size_t *ret_n, bool *ret_all, struct err **err)
{
    return conntrack_flush(k->nft, ports, v, n, k->tables[0].mark, ret_n, ret_all, err);
}

static int read_tables(struct kernel *k, struct kernel_view *ret, struct err **err)
{
    forget_known(k);
    for (int i = 0; i < KERNEL_TABLES; i++) {
        if (ruleset_look(&k->tables[i], &ret->tables[i], err) < 0)
            return -1;
        ret->damaged |= ruleset_is_damaged(&k->tables[i], &ret->tables[i]);
    }
    read_leases(ret);
    return 0;
}

static void take_known(struct kernel *k, struct kernel_view *ret)
{
    for (int i = 0; i < KERNEL_TABLES; i++) {
        struct ruleset_view *view = &ret->tables[i];

        view->exists = view->intact = k->tables[i].written;
        memcpy(view->sets, k->known->sets[i], sizeof view->sets);
        memset(k->known->sets[i], 0, sizeof view->sets);
    }
    forget_known(k);
}

static void read_leases(struct kernel_view *view)
{
    static const enum ruleset_set maps[] = {RULESET_PORTS, RULESET_PORTS_IP};
    size_t n = 0, read = 0;

    for (int i = 0; i < KERNEL_TABLES; i++)
        for (size_t m = 0; m < ARRAY_LEN(maps); m++)
            n += view->tables[i].sets[maps[m]].n;
    view->leases = xcalloc(n + 1, sizeof *view->leases);
    for (int i = 0; i < KERNEL_TABLES; i++)
        for (size_t m = 0; m < ARRAY_LEN(maps); m++)
            lease_read(&view->tables[i].sets[maps[m]], view->leases, &read);
    view->n_foreign = n - read;
    view->n_leases = lease_join(view->leases, read);
}

/* The tables are independent: no client uses both for one connection. */
static int commit_tables(struct kernel *k, const struct kernel_view *view, struct wanted *w,
                         struct err **err)
{
    CLEAN(err) struct err *failed = NULL;

    k->generation = view->generation;
    if (ruleset_commit(&k->tables[0], &k->generation, &view->tables[0], w->sets[0], err) < 0) {
        if (err_code(*err) == EPERM || (!view->tables[0].intact && !nft_is_passing(*err)))
            remedy_of_table(err);
        return -1;
    }
    if (k->no_ipv6)
        return 0;
    if (!wanted_has_ipv6(w) && !view->tables[1].exists) {
        k->tables[1].written = false;
        return 0;
    }
    if (!ruleset_commit(&k->tables[1], &k->generation, &view->tables[1], w->sets[1], &failed))
        return 0;
    if (nft_is_passing(failed))
        return pass_on(err, TAKE_PTR(failed));
    return refuse_ipv6(k, failed, err);
}

/* The error makes the caller look again, and do without. */
static int refuse_ipv6(struct kernel *k, const struct err *failed, struct err **err)
{
    k->no_ipv6 = xstrdup(err_msg(failed));
    return err_set_code(err, EINTR, "table ip6 " NFT_TABLE " is left out");
}

static void forget_known(struct kernel *k)
{
    wanted_free(k->known);
    k->known = NULL;
    k->settled = false;
}

static void allow_loopback(const struct kernel *k, const struct wanted *w,
                           struct problems *problems)
{
    const struct bridges *behind = &w->behind[0];
    struct undo none = {0};

    for (size_t i = 0; i < behind->n; i++) {
        CLEAN(err) struct err *err = NULL;

        if (i && !strcmp(behind->v[i].name, behind->v[i - 1].name))
            continue;
        if (netdev_allow_loopback(behind->v[i].name, k->undo ? k->undo : &none, &err) < 0) {
            CLEAN(free_str) char *subject = xasprintf("interface %s", behind->v[i].name);

            problems_add(problems, subject,
                         "host ports of its containers do not work at 127.0.0.1: %s", err_msg(err));
        }
    }
}

static int accept_one(struct kernel *k, int table, struct problems *problems, bool *ret_repaired,
                      struct err **err)
{
    CLEAN(err) struct err *failed = NULL;
    enum docker_user state;
    uint32_t mark = k->tables[table].mark;
    int r = table ? docker_user_ensure6(k->nft, mark, &state, &failed)
                  : docker_user_ensure(k->nft, mark, &state, &failed);

    if (!r) {
        *ret_repaired |= state == DOCKER_USER_WRITTEN && k->accepted[table];
        /* Docker makes the chain anew after its table was deleted: no rule is missed there. */
        k->accepted[table] = state != DOCKER_USER_NO_CHAIN;
        return 0;
    }
    if (nft_is_passing(failed))
        return pass_on(err, TAKE_PTR(failed));
    k->accepted[table] = false;
    problems_add(problems, table ? "chain FORWARD of ip6tables" : "chain DOCKER-USER",
                 "cannot insert the rule by which %s lets other hosts in: %s",
                 table ? "this host's IPv6 firewall" : "Docker's firewall", err_msg(failed));
    return 0;
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

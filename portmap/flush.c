#include "portmap/flush.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter.h>
#include <net/if.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "portmap/docker_user.h"
#include "portmap/kernel.h"
#include "portmap/legacy_rule.h"
#include "portmap/netdev.h"
#include "portmap/nft_drop.h"
#include "portmap/pool.h"
#include "portmap/undo.h"

#define TRIES 10 /* of each step, where others keep changing rulesets */

/* One flush in progress. */
struct work {
    const struct flush_config *config;
    struct kernel *kernel;
    struct nft *nft;
    struct undo undo;
    struct strv *done;
};

static int again(struct work *w, int (*step)(struct work *w, struct err **err), struct err **err);
static int remove_mappings(struct work *w, struct err **err);
static void forget_connections(struct work *w, const struct kernel_view *view);
static int remove_rule(struct work *w, struct err **err);
static int restore_loopback(struct work *w, struct err **err);
static int remove_tables(struct work *w, struct err **err);
static int drop_table(struct work *w, uint8_t family, const char *name, struct err **err);
static int restore_reserved(struct work *w, struct err **err);
static int delete_record(struct work *w, struct err **err);
static void say(struct work *w, char *line);

int portmap_flush(const struct flush_config *config, struct strv *ret, struct err **err)
{
    static int (*const steps[])(struct work * w, struct err * *err) = {
        remove_mappings, remove_rule,      restore_loopback,
        remove_tables,   restore_reserved, delete_record};
    struct work w = {.config = config, .done = ret};
    int r = -1;

    undo_init(&w.undo, config->undo_file);
    w.kernel = kernel_new(config->mark, err);
    w.nft = w.kernel ? nft_new(err) : NULL;
    if (w.nft) {
        r = 0;
        for (size_t i = 0; !r && i < ARRAY_LEN(steps); i++)
            r = again(&w, steps[i], err);
    }
    nft_free(w.nft);
    kernel_free(w.kernel);
    undo_done(&w.undo);
    return r;
}

/* Whoever changes a ruleset in the middle of a step makes us take it anew. */
static int again(struct work *w, int (*step)(struct work *w, struct err **err), struct err **err)
{
    for (int i = 1;; i++) {
        struct err *failed = NULL;

        if (!step(w, &failed))
            return 0;
        if (i == TRIES || !nft_is_stale(failed)) {
            *err = failed;
            return -1;
        }
        err_free(failed);
    }
}

/* Committed with the table as it should be, and nothing in it: the way in is closed, the guard
 * stays. */
static int remove_mappings(struct work *w, struct err **err)
{
    struct kernel_view view = {0};
    struct quarantine none = {0};
    struct problems problems = {0};
    size_t n;
    int r = kernel_look(w->kernel, &view, err);

    n = view.n_leases;
    if (!r && !w->config->dry_run && n)
        r = kernel_commit(w->kernel, &view, NULL, 0, &none, 0., &problems, err);
    if (!r && n) {
        say(w, xasprintf("%zu host port%s", n, n == 1 ? "" : "s"));
        forget_connections(w, &view);
    }
    problems_done(&problems);
    kernel_view_done(&view);
    return r;
}

/* Without conntrack's own interface they end by themselves. */
static void forget_connections(struct work *w, const struct kernel_view *view)
{
    struct flow_ports *ports = xcalloc(1, sizeof *ports);
    CLEAN(err) struct err *err = NULL;
    bool all = false;
    size_t n = 0;

    for (size_t i = 0; i < view->n_leases; i++)
        flow_ports_add(ports, view->leases[i].protocol, view->leases[i].host_port);
    for (int i = 0; !w->config->dry_run && !all && i < TRIES; i++) {
        size_t some = 0;

        if (kernel_forget(w->kernel, ports, NULL, 0, &some, &all, &err) < 0)
            break;
        n += some;
    }
    free(ports);
    if (n)
        say(w, xasprintf("%zu connection%s to them", n, n == 1 ? "" : "s"));
}

static int remove_rule(struct work *w, struct err **err)
{
    const struct flush_config *c = w->config;
    size_t n, legacy;

    if (docker_user_remove(w->nft, c->dry_run, &n, err) < 0 ||
        legacy_rule_remove(ev_default_loop(0), c->mark, c->dry_run, &legacy, err) < 0)
        return -1;
    if (n || legacy)
        say(w, xstrdup("the rule in chain DOCKER-USER"));
    return 0;
}

/* While the guard is still there. */
static int restore_loopback(struct work *w, struct err **err)
{
    const struct strv *names = &w->undo.loopback;

    for (size_t i = 0; i < names->n; i++) {
        if (!if_nametoindex(names->v[i]))
            continue;
        if (!w->config->dry_run && netdev_refuse_loopback(names->v[i], err) < 0)
            return -1;
        say(w, xasprintf("route_localnet of interface %s", names->v[i]));
    }
    return 0;
}

static int remove_tables(struct work *w, struct err **err)
{
    return drop_table(w, NFPROTO_IPV4, "ip", err) || drop_table(w, NFPROTO_IPV6, "ip6", err) ? -1
                                                                                             : 0;
}

static int drop_table(struct work *w, uint8_t family, const char *name, struct err **err)
{
    bool there;

    if (nft_table_drop(w->nft, family, w->config->dry_run, &there, err) < 0)
        return nft_is_stale(*err) ? -1 : err_wrap(err, "table %s " NFT_TABLE, name);
    if (there)
        say(w, xasprintf("table %s " NFT_TABLE, name));
    return 0;
}

static int restore_reserved(struct work *w, struct err **err)
{
    struct portset gone;

    if (pool_release(&w->undo.reserved, w->config->dry_run, &gone, err) < 0)
        return -1;
    if (portset_size(&gone)) {
        CLEAN(free_str) char *ports = portset_format(&gone);
        say(w, xasprintf("the reservation of ports %s", ports));
    }
    return 0;
}

static int delete_record(struct work *w, struct err **err)
{
    return w->config->dry_run ? 0 : undo_forget(&w->undo, err);
}

/* Takes 'line' over. */
static void say(struct work *w, char *line)
{
    strv_add_take(w->done, line);
}

#include "portmap/ruleset.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/log.h"
#include "portmap/nft_batch.h"
#include "portmap/nft_elems.h"
#include "portmap/nft_fingerprint.h"
#include "portmap/nft_table.h"

static const char *const names[RULESET_SETS] = {
    [RULESET_PORTS] = NFT_MAP_PORTS,           [RULESET_PORTS_IP] = NFT_MAP_PORTS_IP,
    [RULESET_HAIRPIN] = NFT_SET_HAIRPIN,       [RULESET_BRIDGES] = NFT_SET_BRIDGES,
    [RULESET_QUARANTINE] = NFT_SET_QUARANTINE,
};

static int n_sets(const struct ruleset *r);
static int transact(struct ruleset *r, uint32_t *generation, const struct ruleset_view *view,
                    const struct elements *wanted, bool replace, struct err **err);
static void remember(struct ruleset *r, uint32_t generation);

int ruleset_look(const struct ruleset *r, struct ruleset_view *ret, struct err **err)
{
    uint64_t fingerprint;

    if (nft_fingerprint(r->nft, r->family, &fingerprint, &ret->exists, err) < 0)
        return -1;
    for (int i = 0; ret->exists && i < n_sets(r); i++)
        if (nft_elems_dump(r->nft, r->family, names[i], &ret->sets[i], err) < 0)
            return -1;
    ret->intact = ret->exists && r->written && fingerprint == r->fingerprint;
    return 0;
}

int ruleset_look_at_quarantine(const struct ruleset *r, struct ruleset_view *view, struct err **err)
{
    elements_done(&view->sets[RULESET_QUARANTINE]);
    return nft_elems_dump(r->nft, r->family, names[RULESET_QUARANTINE],
                          &view->sets[RULESET_QUARANTINE], err);
}

void ruleset_view_done(struct ruleset_view *view)
{
    for (int i = 0; i < RULESET_SETS; i++)
        elements_done(&view->sets[i]);
    *view = (struct ruleset_view){0};
}

bool ruleset_is_damaged(const struct ruleset *r, const struct ruleset_view *view)
{
    return r->written && !view->intact;
}

int ruleset_commit(struct ruleset *r, uint32_t *generation, const struct ruleset_view *view,
                   const struct elements wanted[RULESET_SETS], struct err **err)
{
    CLEAN(err) struct err *failed = NULL;

    if (!transact(r, generation, view, wanted, false, &failed))
        return 0;
    if (view->intact || nft_is_stale(failed) || err_code(failed) == EPERM) {
        *err = TAKE_PTR(failed);
        return -1;
    }
    if (transact(r, generation, view, wanted, true, err) < 0)
        return -1;
    if (view->exists)
        log_warn("portmap", "table %s " NFT_TABLE " was of another make and has been replaced: %s",
                 nft_family_name(r->family), err_msg(failed));
    return 0;
}

static int n_sets(const struct ruleset *r)
{
    return r->family == AF_INET6 ? RULESET_BRIDGES : RULESET_SETS;
}

static int transact(struct ruleset *r, uint32_t *generation, const struct ruleset_view *view,
                    const struct elements *wanted, bool replace, struct err **err)
{
    static const struct elements none;
    CLEAN(nft_batch) struct nft_batch b;

    nft_batch_init(&b, r->nft, *generation);
    b.family = r->family;
    if (!view->intact)
        nft_table_define(&b, r->mark, replace);
    for (int i = 0; i < n_sets(r); i++)
        nft_elems_diff(&b, names[i], &wanted[i], replace ? &none : &view->sets[i]);
    if (nft_batch_commit(&b, err) < 0)
        return -1;
    *generation += b.count != 0;
    if (!view->intact)
        remember(r, *generation);
    return 0;
}

/* What the kernel says of the rules just written is what later looks compare with, provided that
 * nobody has changed a ruleset since: our transaction made one generation. Else they are written
 * again at the next pass. */
static void remember(struct ruleset *r, uint32_t generation)
{
    uint64_t fingerprint;
    uint32_t now;
    bool exists;

    r->written = !nft_fingerprint(r->nft, r->family, &fingerprint, &exists, NULL) &&
                 !nft_generation(r->nft, &now, NULL) && now == generation;
    if (r->written)
        r->fingerprint = fingerprint;
}

#include "portmap/remedy.h"

#include <errno.h>
#include <stddef.h>

enum meaning {
    OTHER,
    FORBIDDEN,
    LACKING,
};

static enum meaning meaning_of(const struct err *err);
static void explain(struct err **err, const char *text);

void remedy_of_opening(struct err **err)
{
    switch (meaning_of(*err)) {
    case FORBIDDEN:
        explain(err, "berth lacks CAP_NET_ADMIN, without which nobody programs nf_tables: run it "
                     "as root, or with AmbientCapabilities=CAP_NET_ADMIN in its unit");
        break;
    case LACKING:
        explain(err, "this kernel has no nf_tables: modprobe nf_tables, or take a kernel with "
                     "CONFIG_NF_TABLES");
        break;
    case OTHER:
        break;
    }
}

void remedy_of_table(struct err **err)
{
    switch (meaning_of(*err)) {
    case FORBIDDEN:
        explain(err, "table ip berth belongs to another program, which keeps others out of it "
                     "(flag owner): end that program");
        break;
    case LACKING:
        explain(err, "this kernel lacks a part of nf_tables that berth needs: modprobe nft_nat "
                     "nft_masq nft_fib_ipv4 nft_ct, or take Linux 5.6 or later; `berth doctor` "
                     "tries each");
        break;
    case OTHER:
        break;
    }
}

bool remedy_is_needed(const struct err *err)
{
    return meaning_of(err) != OTHER;
}

/* Without nf_tables the netlink family may be missing, or nobody in it answers for the subsystem,
 * which is EINVAL. An expression or a type of chain that is missing is ENOENT. */
static enum meaning meaning_of(const struct err *err)
{
    switch (err_code(err)) {
    case EPERM:
    case EACCES:
        return FORBIDDEN;
    case EPROTONOSUPPORT:
    case EAFNOSUPPORT:
    case EOPNOTSUPP:
    case EINVAL:
    case ENOENT:
        return LACKING;
    default:
        return OTHER;
    }
}

/* The number's own text follows, for those who look further. */
static void explain(struct err **err, const char *text)
{
    struct err *first = *err;

    *err = NULL;
    err_set_code(err, first->code, "%s (%s)", text, first->msg);
    err_free(first);
}

#include "portmap/legacy.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter/xt_connmark.h>
#include <string.h>

/* One entry of the table: a rule, or the head of a chain. */
struct entry {
    const uint8_t *bytes;
    size_t target; /* offsets */
    size_t end;
};

static bool next_entry(const uint8_t **bytes, size_t *len, struct entry *ret);
static bool is_head(const struct entry *e, const char *name);
static bool is_accept(const struct entry *e);
static bool asks_for_mark(const struct entry *e, uint32_t mark);

bool legacy_entries_have_chain(const void *entries, size_t len, const char *name)
{
    const uint8_t *at = entries;

    for (struct entry e; next_entry(&at, &len, &e);)
        if (is_head(&e, name))
            return true;
    return false;
}

bool legacy_entries_accept_mark(const void *entries, size_t len, const char *name, uint32_t mark)
{
    const uint8_t *at = entries;
    bool inside = false;

    for (struct entry e; next_entry(&at, &len, &e);) {
        if (is_head(&e, NULL))
            inside = is_head(&e, name);
        else if (inside && is_accept(&e) && asks_for_mark(&e, mark))
            return true;
    }
    return false;
}

static bool next_entry(const uint8_t **bytes, size_t *len, struct entry *ret)
{
    struct ipt_entry e;

    if (*len < sizeof e)
        return false;
    memcpy(&e, *bytes, sizeof e);
    if (e.next_offset < sizeof e || e.next_offset > *len || e.target_offset < sizeof e ||
        e.target_offset > e.next_offset)
        return false;
    *ret = (struct entry){*bytes, e.target_offset, e.next_offset};
    *bytes += e.next_offset;
    *len -= e.next_offset;
    return true;
}

/* A user-defined chain begins with a rule whose target is ERROR and carries the chain's name.
 * 'name' NULL: any. */
static bool is_head(const struct entry *e, const char *name)
{
    struct xt_error_target target;

    if (e->end - e->target < sizeof target)
        return false;
    memcpy(&target, e->bytes + e->target, sizeof target);
    return !strncmp(target.target.u.user.name, XT_ERROR_TARGET, sizeof XT_ERROR_TARGET) &&
           (!name || !strncmp(target.errorname, name, sizeof target.errorname));
}

static bool is_accept(const struct entry *e)
{
    struct xt_standard_target target;

    if (e->end - e->target < sizeof target)
        return false;
    memcpy(&target, e->bytes + e->target, sizeof target);
    return !target.target.u.user.name[0] && target.verdict == -NF_ACCEPT - 1;
}

static bool asks_for_mark(const struct entry *e, uint32_t mark)
{
    struct xt_connmark_mtinfo1 info;
    struct xt_entry_match match;

    for (size_t at = sizeof(struct ipt_entry); at + sizeof match <= e->target;
         at += match.u.match_size) {
        memcpy(&match, e->bytes + at, sizeof match);
        if (match.u.match_size < sizeof match || match.u.match_size > e->target - at)
            return false;
        if (match.u.match_size < sizeof match + sizeof info ||
            strncmp(match.u.user.name, "connmark", sizeof match.u.user.name))
            continue;
        memcpy(&info, e->bytes + at + sizeof match, sizeof info);
        if (info.mark == mark && info.mask == mark && !info.invert)
            return true;
    }
    return false;
}

#include "portmap/legacy.h"

#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <linux/netfilter_ipv4/ip_tables.h>
#include <string.h>

static bool is_chain_head(const uint8_t *entry, size_t target_offset, size_t next_offset,
                          const char *name);

bool legacy_entries_have_chain(const void *entries, size_t len, const char *name)
{
    const uint8_t *entry = entries;
    struct ipt_entry e;

    while (len >= sizeof e) {
        memcpy(&e, entry, sizeof e);
        if (e.next_offset < sizeof e || e.next_offset > len)
            return false;
        if (is_chain_head(entry, e.target_offset, e.next_offset, name))
            return true;
        entry += e.next_offset;
        len -= e.next_offset;
    }
    return false;
}

/* A user-defined chain begins with a rule whose target is ERROR and carries the chain's name. */
static bool is_chain_head(const uint8_t *entry, size_t target_offset, size_t next_offset,
                          const char *name)
{
    struct xt_error_target target;

    if (target_offset > next_offset || next_offset - target_offset < sizeof target)
        return false;
    memcpy(&target, entry + target_offset, sizeof target);
    return !strncmp(target.target.u.user.name, XT_ERROR_TARGET, sizeof XT_ERROR_TARGET) &&
           !strncmp(target.errorname, name, sizeof target.errorname);
}
